import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { attemptEnded, REQUEST, requestEnded, target, tellFailover } from './test-kit.ts';

function metrics(gauges = { open: 0, queued: 0, lost: 0 }) {
  return createMetrics({
    openRequests: () => gauges.open,
    shed: () => ({ 'loop-delay': 2 * gauges.open, memory: 0 }),
    sheddingShare: () => 0.25,
    unkeptResponses: () => 0,
    configGeneration: () => 3,
    configTakenAt: () => 1_700_000_000,
    jobs: {
      waiting: () => 2,
      running: () => 1,
      dead: () => 0,
      oldestAgeMs: () => 90_000,
      webhooksPending: () => 3,
      webhooksDead: () => 0,
    },
    ledgerQueued: () => gauges.queued,
    ledgerLost: () => gauges.lost,
  });
}

/** The value behind one exact series; undefined where there is none. */
async function series(of: ReturnType<typeof metrics>, name: string): Promise<number | undefined> {
  const { text } = await of.render();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

describe('metrics of a failover', () => {
  it.each([
    ['understudy_requests_total{route="reply",dialect="openai-chat",outcome="served"}', 1],
    ['understudy_attempts_total{route="reply",target="alpha/one",result="server-error"}', 1],
    ['understudy_attempts_total{route="reply",target="beta/two",result="ok"}', 1],
    ['understudy_failovers_total{route="reply",primary="alpha/one",target="beta/two",cause="server-error"}', 1],
    ['understudy_degraded_total{route="reply",reason="fallback"}', 1],
    ['understudy_cost_usd_total{route="reply",target="beta/two"}', 0.25],
    ['understudy_tokens_total{target="beta/two",direction="input"}', 10],
    ['understudy_tokens_total{target="beta/two",direction="output"}', 5],
    ['understudy_request_duration_seconds_sum{route="reply",outcome="served"}', 1.5],
    ['understudy_first_content_seconds_sum{route="reply"}', 0.7],
    ['understudy_attempt_first_content_seconds_sum{target="beta/two"}', 0.15],
    ['understudy_attempt_first_content_seconds_count{target="alpha/one"}', undefined],
    ['understudy_overhead_seconds_sum{route="reply"}', 0.003],
    ['understudy_unpriced_attempts_total{route="reply",target="alpha/one"}', undefined],
  ])('%s is %s', async (name, value) => {
    const one = metrics();
    tellFailover(one.observer);
    expect(await series(one, name)).toBe(value);
  });

  it('hold nothing of what was said', async () => {
    const one = metrics();
    tellFailover(one.observer);
    expect((await one.render()).text).not.toContain('the words of the caller');
  });
});

describe('the rest', () => {
  it('counts of tokens, by what they were asked for and what came of it', async () => {
    const one = metrics();
    const count = { requestId: 'r', route: 'reply', target: target('alpha/one'), ms: 3 } as const;
    one.observer.tokensCounted({ ...count, result: 'counted', for: 'window', tokens: 7 });
    one.observer.tokensCounted({ ...count, result: 'refused', for: 'caller' });
    const name = 'understudy_token_counts_total';
    expect(await series(one, `${name}{target="alpha/one",for="window",result="counted"}`)).toBe(1);
    expect(await series(one, `${name}{target="alpha/one",for="caller",result="refused"}`)).toBe(1);
  });

  it('an attempt that may be billed at a cost nobody knows is counted as such', async () => {
    const one = metrics();
    one.observer.attemptEnded({
      requestId: 'r',
      route: 'reply',
      target: target('alpha/one'),
      ended: attemptEnded({ state: 'unknown' }),
    });
    expect(await series(one, 'understudy_unpriced_attempts_total{route="reply",target="alpha/one"}')).toBe(1);
  });

  it('a failover that served nobody names no target', async () => {
    const one = metrics();
    const failover = { primary: 'alpha/one', error: 'timed-out', latencyDeltaMs: 5 };
    const { servedBy: _, ...ended } = requestEnded({ outcome: 'failed', failover });
    one.observer.requestEnded({ route: 'reply', request: REQUEST, ended });
    const name = 'understudy_failovers_total{route="reply",primary="alpha/one",target="none",cause="timed-out"}';
    expect(await series(one, name)).toBe(1);
  });

  it('breaker states are numbers that grow with the trouble, and alerts are counted', async () => {
    const one = metrics();
    for (const [to, number] of [
      ['ramping', 1],
      ['half-open', 2],
      ['open', 3],
      ['isolated', 4],
      ['closed', 0],
    ] as const) {
      one.observer.breakerMoved({ lane: 'alpha/one', from: 'closed', to });
      expect(await series(one, 'understudy_breaker_state{lane="alpha/one"}')).toBe(number);
    }
    one.observer.alert({ kind: 'quota-exhausted', message: 'm' });
    expect(await series(one, 'understudy_alerts_total{kind="quota-exhausted"}')).toBe(1);
  });

  it('gauges are read when somebody looks', async () => {
    const gauges = { open: 1, queued: 0, lost: 0 };
    const one = metrics(gauges);
    gauges.open = 7;
    gauges.queued = 8;
    gauges.lost = 9;
    expect(await series(one, 'understudy_open_requests')).toBe(7);
    expect(await series(one, 'understudy_shed_total{reason="loop-delay"}')).toBe(14);
    // Asked twice it is the same number: it was counted elsewhere.
    expect(await series(one, 'understudy_shed_total{reason="loop-delay"}')).toBe(14);
    expect(await series(one, 'understudy_shedding_share')).toBe(0.25);
    expect(await series(one, 'understudy_ledger_queued_rows')).toBe(8);
    expect(await series(one, 'understudy_ledger_lost_rows')).toBe(9);
  });

  it('callers who name ever new models do not make ever new series', async () => {
    const one = metrics();
    for (let i = 0; i < 2_000; i += 1) {
      const ended = attemptEnded({ costUsd: 1 });
      one.observer.attemptEnded({ requestId: 'r', route: `m${i}`, target: target(`alpha/m${i}`), ended });
    }
    const { text, contentType } = await one.render();
    expect(text.split('\n').filter((line) => line.startsWith('understudy_attempts_total{')).length).toBeLessThan(510);
    expect(text).toContain('route="other"');
    expect(contentType).toContain('text/plain');
  });

  it.each([
    ['stalled-reader', 'caller-gone', 1],
    ['slow-reader', 'caller-gone', 1],
    ['caller-gone', 'caller-gone', undefined],
    ['slow-reader', 'failed', undefined],
  ] as const)('a request that stopped for %s with the outcome %s: %s reader cut', async (reason, outcome, value) => {
    const one = metrics();
    const ended = requestEnded({ outcome, decisions: [{ type: 'stopped', reason, atMs: 3 }] });
    one.observer.requestEnded({ route: 'reply', request: REQUEST, ended });
    expect(await series(one, `understudy_readers_cut_total{route="reply",why="${reason}"}`)).toBe(value);
  });

  it('two gateways in one process do not share a number', async () => {
    const [one, two] = [metrics(), metrics()];
    one.observer.alert({ kind: 'unknown', message: 'm' });
    expect(await series(two, 'understudy_alerts_total{kind="unknown"}')).toBeUndefined();
  });
});
