import { describe, expect, it } from 'vitest';
import { ALERT_INTERVAL_MS, Alerts } from './alerts.ts';
import type { Alert, Observer } from './observer.ts';

function watched() {
  const raised: Alert[] = [];
  const nothing = () => {};
  const observer: Observer = {
    requestBegun: nothing,
    attemptBegun: nothing,
    attemptEnded: nothing,
    requestEnded: nothing,
    breakerMoved: nothing,
    tokensCounted: nothing,
    qualityMoved: nothing,
    alert: (alert) => raised.push(alert),
  };
  return { alerts: new Alerts(observer), raised };
}

const alert = (target: string, kind: Alert['kind'] = 'credential-refused'): Alert => ({ kind, target, message: 'm' });

describe('alerts', () => {
  it('an outage is one page an hour, not one a request', () => {
    const { alerts, raised } = watched();
    for (let now = 0; now < ALERT_INTERVAL_MS; now += 60_000) alerts.raise(alert('a/b'), now);
    expect(raised).toEqual([alert('a/b')]);
    alerts.raise(alert('a/b'), ALERT_INTERVAL_MS);
    expect(raised).toHaveLength(2);
  });

  it('another target, another kind, and one without a target are alerts of their own', () => {
    const { alerts, raised } = watched();
    alerts.raise(alert('a/b'), 0);
    alerts.raise(alert('c/d'), 1);
    alerts.raise(alert('a/b', 'quota-exhausted'), 2);
    alerts.raise({ kind: 'ledger-trouble', message: 'm' }, 3);
    expect(raised).toHaveLength(4);
  });

  it('what is remembered is bounded, and forgetting raises rather than swallows', () => {
    const { alerts, raised } = watched();
    for (let i = 0; i < 1_500; i += 1) alerts.raise(alert(`a/${i}`), 0);
    expect(raised).toHaveLength(1_500);
    alerts.raise(alert('a/1499'), 1);
    expect(raised).toHaveLength(1_500);
    alerts.raise(alert('a/0'), 1);
    expect(raised).toHaveLength(1_501);
  });
});
