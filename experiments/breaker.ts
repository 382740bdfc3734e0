import type { Route } from '../src/engine/route.ts';
import { type BreakerPolicy, DEFAULT_BREAKER } from '../src/resilience/breaker.ts';
import type { VirtualTemper } from '../test/kit/virtual-provider.ts';
import { type LineChart, lineChart } from './chart.ts';
import { arrivalsAt, binned, MINUTE, microspikes, NOON, SECOND, type Stretch, servedBy, within } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { symptomsOf } from './incidents.ts';
import { quantile } from './statistics.ts';
import { FIRST_CONTENT } from './workload.ts';
import { play, type WorldSeen } from './world.ts';

const AT_ONCE = { shares: [1], dwellMs: 1 };
const NEVER = { consecutive: 1_000_000_000, minimumSamples: 1_000_000_000 };

interface Arm {
  readonly breaker: Partial<BreakerPolicy>;
  readonly route?: Partial<Route>;
}

const ARMS: Readonly<Record<string, Arm>> = {
  'as shipped: 5 in a row, 30 s, ramp': { breaker: {} },
  'as shipped, one attempt a target': { breaker: {}, route: { attempts: 1 } },
  '5 in a row, 30 s, no ramp': { breaker: { ramp: AT_ONCE } },
  '3 in a row, 30 s, ramp': { breaker: { consecutive: 3 } },
  '3 in a row, 30 s, no ramp': { breaker: { consecutive: 3, ramp: AT_ONCE } },
  '10 in a row, 30 s, ramp': { breaker: { consecutive: 10 } },
  '20 in a row, 30 s, ramp': { breaker: { consecutive: 20, minimumSamples: 40 } },
  '5 in a row, 10 s, ramp': { breaker: { probeIntervalMs: 10 * SECOND } },
  '5 in a row, 60 s, ramp': { breaker: { probeIntervalMs: 60 * SECOND } },
  'no breaker': { breaker: NEVER },
};
const SHIPPED = 'as shipped: 5 in a row, 30 s, ramp';
const NO_RAMP = '5 in a row, 30 s, no ramp';
const NO_BREAKER = 'no breaker';

const PER_SECOND: Readonly<Record<Scale, number>> = { full: 20, small: 2 };
const OUTAGE: Stretch = { from: MINUTE, until: 5 * MINUTE };
const AFTER: Stretch = { from: OUTAGE.until, until: OUTAGE.until + 2.5 * MINUTE };
const WHOLE: Stretch = { from: 0, until: AFTER.until };
const BIN_MS = 5 * SECOND;
/** An outage from the first moment on, and a primary that comes back with room for half of the traffic. */
const COLD_OUTAGE: Stretch = { from: 0, until: MINUTE };
const COLD: Stretch = { from: COLD_OUTAGE.until, until: COLD_OUTAGE.until + 2 * MINUTE };
/** Seconds that an answer occupies its place, in the mean: first content, then 2.5 pieces of about a second. */
const ANSWER_S = 3.8;
const SPIKY_MS: Readonly<Record<Scale, number>> = { full: 40 * MINUTE, small: 2 * MINUTE };
const SPIKES_PER_HOUR = 18;
/** Little traffic makes the difference between breakers; much of it opens every one of them. */
const SPIKY_PER_SECOND = 3;

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS[name];
  if (!arm) throw new RangeError(`breaker has no arm "${name}"`);
  const outage = await playOutage(arm, seed, PER_SECOND[scale]);
  const cold = await playCold(arm, seed, PER_SECOND[scale]);
  const spiky = await playSpikes(arm, seed, SPIKY_MS[scale]);
  return {
    numbers: { ...inOutage(outage, PER_SECOND[scale]), ...inCold(cold, PER_SECOND[scale]), ...inSpikes(spiky) },
    series: {
      primary: perSecond(outage, 'primary'),
      fallback: perSecond(outage, 'fallback'),
    },
  };
}

function playOutage(arm: Arm, seed: number, perSecond: number): Promise<WorldSeen> {
  const incidents = symptomsOf([{ kind: 'outage', ...OUTAGE }], WHOLE);
  return play({ ...pair(seed, { incidents }, WHOLE), ...arm, ms: WHOLE.until, rate: () => perSecond });
}

function playCold(arm: Arm, seed: number, perSecond: number): Promise<WorldSeen> {
  const places = Math.round((perSecond * ANSWER_S) / 2);
  const incidents = [{ fromMs: 0, untilMs: COLD.from, share: 1, fault: { kind: 'status' as const, status: 503 } }];
  const temper = { incidents, capacity: { concurrent: places, queue: 2 * perSecond } };
  return play({ ...pair(seed, temper, COLD), ...arm, ms: COLD.until, rate: () => perSecond });
}

function pair(seed: number, primary: VirtualTemper, window: Stretch) {
  const fallback = { firstContent: FIRST_CONTENT.steady, incidents: symptomsOf([], window) };
  const providers = [
    { name: 'primary', temper: primary },
    { name: 'fallback', temper: fallback },
  ];
  return { seed, from: NOON, providers };
}

function playSpikes(arm: Arm, seed: number, ms: number): Promise<WorldSeen> {
  const window = { from: 0, until: ms };
  const incidents = symptomsOf(microspikes(seed, 'primary', SPIKES_PER_HOUR, ms), window);
  return play({ ...pair(seed, { incidents }, window), ...arm, ms, rate: () => SPIKY_PER_SECOND });
}

function inOutage(seen: WorldSeen, perSecond: number): Record<string, number> {
  const opened = seen.moves.find(({ to, at }) => to === 'open' && at >= OUTAGE.from);
  const doomed = arrivalsAt(seen, 'primary', OUTAGE).length;
  const onset = { from: OUTAGE.from, until: OUTAGE.from + 30 * SECOND };
  const peak = Math.max(...binned(arrivalsAt(seen, 'fallback', onset), onset, SECOND));
  const calls = within(seen.calls, OUTAGE);
  return {
    'opened after': ((opened?.at ?? OUTAGE.until) - OUTAGE.from) / SECOND,
    doomed: (100 * doomed) / ((perSecond * (OUTAGE.until - OUTAGE.from)) / SECOND),
    'fallback peak': peak / perSecond,
    answered: (100 * calls.filter(({ outcome }) => outcome === 'served').length) / calls.length,
    'p95 wait': quantile(waitsOf(calls), 0.95),
    'back after': backAfter(seen) / SECOND,
  };
}

function inCold(seen: WorldSeen, perSecond: number): Record<string, number> {
  const calls = within(seen.calls, COLD);
  const arrived = arrivalsAt(seen, 'primary', COLD).length;
  const expected = (perSecond * (COLD.until - COLD.from)) / SECOND;
  return {
    'cold arrivals': (100 * arrived) / expected,
    'cold by primary': (100 * servedBy(calls, 'primary')) / calls.length,
    'cold p95 wait': quantile(waitsOf(calls), 0.95),
    'cold answered': (100 * calls.filter(({ outcome }) => outcome === 'served').length) / calls.length,
  };
}

function waitsOf(calls: WorldSeen['calls']): number[] {
  return calls.flatMap(({ outcome, firstContentMs }) => (outcome === 'served' ? [(firstContentMs ?? 0) / SECOND] : []));
}

/** From the end of the trouble until the primary answers 95 % of the calls of ten seconds. */
function backAfter(seen: WorldSeen): number {
  const step = 10 * SECOND;
  for (let from = AFTER.from; from + step <= AFTER.until; from += SECOND) {
    const calls = within(seen.calls, { from, until: from + step });
    if (calls.length > 0 && servedBy(calls, 'primary') >= 0.95 * calls.length) return from - AFTER.from;
  }
  return AFTER.until - AFTER.from;
}

function inSpikes(seen: WorldSeen): Record<string, number> {
  return {
    'spiky elsewhere': (100 * servedBy(seen.calls, 'fallback')) / seen.calls.length,
    'spiky openings': seen.moves.filter(({ to }) => to === 'open').length,
    'spiky answered': (100 * seen.calls.filter(({ outcome }) => outcome === 'served').length) / seen.calls.length,
  };
}

function perSecond(seen: WorldSeen, provider: string): number[] {
  return binned(arrivalsAt(seen, provider, WHOLE), WHOLE, BIN_MS).map((count) => (count * SECOND) / BIN_MS);
}

function findings(results: Results): Findings {
  const arms = Object.keys(ARMS);
  return {
    tables: [
      {
        caption: 'An outage of four minutes at 20 calls a second',
        head: [
          'breaker',
          'opens after, s',
          'sent to the dead primary, % of traffic',
          'p95 wait, s',
          'answered, %',
          'busiest second of the fallback, × traffic',
          'traffic back after, s',
        ],
        rows: arms.map((arm) => [
          arm,
          arm === NO_BREAKER ? 'never' : shown(results.of(arm, 'opened after'), 1),
          shown(results.of(arm, 'doomed'), 1),
          shown(results.of(arm, 'p95 wait'), 2),
          shown(results.share(arm, 'answered'), 2),
          shown(results.of(arm, 'fallback peak'), 2),
          shown(results.of(arm, 'back after'), 0),
        ]),
      },
      {
        caption: `${SPIKES_PER_HOUR} microspikes an hour at ${SPIKY_PER_SECOND} calls a second, ${SPIKY_MS.full / MINUTE} minutes`,
        head: ['breaker', 'openings', 'answered by the fallback, %', 'answered, %'],
        rows: arms.map((arm) => [
          arm,
          shown(results.of(arm, 'spiky openings'), 1),
          shown(results.share(arm, 'spiky elsewhere'), 2),
          shown(results.share(arm, 'spiky answered'), 3),
        ]),
      },
      {
        caption: 'A primary that comes back with room for half of the traffic: the two minutes after its return',
        head: ['breaker', 'sent to it, % of traffic', 'answered by it, % of calls', 'p95 wait, s', 'answered, %'],
        rows: arms.map((arm) => [
          arm,
          shown(results.of(arm, 'cold arrivals'), 0),
          shown(results.share(arm, 'cold by primary'), 0),
          shown(results.of(arm, 'cold p95 wait'), 2),
          shown(results.share(arm, 'cold answered'), 2),
        ]),
      },
    ],
    charts: [
      chartOf(results, 'primary', 'breaker-primary', 'Requests that reach the primary'),
      chartOf(results, 'fallback', 'breaker-fallback', 'Requests that reach the fallback'),
    ],
  };
}

function chartOf(results: Results, series: string, file: string, title: string) {
  const chart: LineChart = {
    title: `${title}, before, in and after an outage`,
    x: { label: 'time, min', from: 0, to: WHOLE.until / MINUTE },
    y: { label: 'requests a second', from: 0 },
    spans: [{ label: 'outage', from: OUTAGE.from / MINUTE, to: OUTAGE.until / MINUTE }],
    series: [SHIPPED, NO_RAMP, NO_BREAKER].map((arm) => ({
      name: arm,
      points: results.series(arm, series).map((y, at) => ({ x: ((at + 0.5) * BIN_MS) / MINUTE, y })),
    })),
  };
  return { file, alt: title, svg: lineChart(chart) };
}

export const breaker: Experiment = {
  name: 'breaker',
  title: 'When to open, and how to come back',
  arms: Object.keys(ARMS),
  setting: [
    `besides the number in a row, a breaker opens at ${DEFAULT_BREAKER.failureShare * 100} % of ${DEFAULT_BREAKER.minimumSamples} or more results in ${DEFAULT_BREAKER.windowMs / SECOND} s (40 or more for "20 in a row")`,
    'ramp: 1, 5, 25, 100 % of the traffic for 7.5 s each; no ramp: everything at once after one good probe',
    'outage: 75 % refused with 503 or 529, 20 % never answered; the primary with little room refuses with 503 what does not find a place',
    'retry-and-shed with 3 attempts a target, primary budget 8 s, impatient callers',
  ],
  measure,
  findings,
};
