import { describe, expect, test } from 'vitest';
import {
  correlated,
  DAY,
  INCIDENT_KINDS,
  INCIDENT_MODEL,
  type Incident,
  incidentsOf,
  symptomsOf,
} from '../../experiments/incidents.ts';
import { drawsFor } from '../../experiments/random.ts';
import { dailyCurve, expectedArrivals, nextArrival } from '../../experiments/workload.ts';

const MONTH = 30 * DAY;
/** Moments of a month carry fewer digits than lengths do. */
const ROUNDING_MS = 1e-3;
const months = Array.from({ length: 20 }, (_, index) => incidentsOf(index + 1, 'primary', MONTH));

test.each(INCIDENT_KINDS)('%s comes as often as the model says, and as long', (kind) => {
  const { perMonth, shortestMs, longestMs } = INCIDENT_MODEL[kind];
  const all = months.flat().filter((incident) => incident.kind === kind);
  const expected = perMonth * months.length;
  expect(Math.abs(all.length - expected)).toBeLessThan(4 * Math.sqrt(expected));
  const lengths = all.map(({ from, until }) => until - from);
  const uncut = all.filter(({ until }) => until < MONTH).map(({ from, until }) => until - from);
  expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(longestMs + ROUNDING_MS);
  expect(Math.min(longestMs, ...uncut)).toBeGreaterThanOrEqual(shortestMs - ROUNDING_MS);
});

test('shares of one incident leave something over, or make up all', () => {
  for (const kind of INCIDENT_KINDS) {
    const whole = INCIDENT_MODEL[kind].effects.reduce((sum, { share }) => sum + share, 0);
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThanOrEqual(1);
  }
});

test('effects that are asked one after another meet their shares of all requests', () => {
  const outage: Incident = { kind: 'outage', from: 0, until: 1_000 };
  const symptoms = symptomsOf([outage], { from: 0, until: 1_000 }).filter(({ untilMs }) => untilMs === 1_000);
  let left = 1;
  const met = symptoms.map(({ share }) => {
    const here = left * share;
    left -= here;
    return here;
  });
  expect(met.map((share) => Number(share.toFixed(6)))).toEqual([0.55, 0.2, 0.2]);
});

test('a window sees its own incidents, in its own time', () => {
  const outage: Incident = { kind: 'outage', from: 5_000, until: 9_000 };
  const [first] = symptomsOf([outage], { from: 4_000, until: 6_000 });
  expect(first).toMatchObject({ fromMs: 1_000, untilMs: 5_000 });
  const without = symptomsOf([outage], { from: 9_000, until: 10_000 });
  expect(without.every(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)).toBe(true);
});

describe('incidents that two providers share', () => {
  const primary = months[0] ?? [];
  const own = incidentsOf(1, 'fallback', MONTH);
  const large = ({ kind }: Incident) => kind === 'outage' || kind === 'brown-out' || kind === 'rate-limit spike';

  test('none of them', () => {
    expect(correlated(own, primary, 0, 1)).toEqual(own);
  });

  test('all of them: what is large is the primary’s, what is small stays its own', () => {
    const both = correlated(own, primary, 1, 1);
    expect(both.filter(large)).toEqual(primary.filter(large));
    expect(both.filter((incident) => !large(incident))).toEqual(own.filter((incident) => !large(incident)));
  });
});

test('a day of the curve has as many arrivals as its mean says', () => {
  const rate = dailyCurve(0.5);
  expect(expectedArrivals(rate, 0, DAY)).toBeCloseTo(0.5 * 86_400, 0);
  expect(rate(DAY / 2)).toBeGreaterThan(rate(0));
  const draw = drawsFor(1, 'arrivals');
  let count = 0;
  for (let now = nextArrival(0, rate, draw); now < DAY; now = nextArrival(now, rate, draw)) count += 1;
  expect(Math.abs(count - 43_200)).toBeLessThan(4 * Math.sqrt(43_200));
});
