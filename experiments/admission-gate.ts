import type { GateLimits } from '../src/engine/route.ts';
import { lineChart } from './chart.ts';
import { arrivalsAt, binned, MINUTE, NOON, SECOND, type Stretch, within } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { symptomsOf } from './incidents.ts';
import { quantile } from './statistics.ts';
import { FIRST_CONTENT } from './workload.ts';
import { play } from './world.ts';

interface Arm {
  readonly gate: GateLimits;
  /** The fallback puts what remains of its limit on every answer. */
  readonly tellsHeadroom: boolean;
  /** Its 429 names no wait. */
  readonly silent?: boolean;
}

const OPEN: GateLimits = { concurrency: 100_000, queue: 0, queueMs: 1 };
const SHIPPED: GateLimits = { concurrency: 256, queue: 256, queueMs: 500 };
/** Ten answers a second of about 3.3 s each are 33 at a time (Little's law). */
const FITTED = 33;

const ARMS: Readonly<Record<string, Arm>> = {
  'no gate': { gate: OPEN, tellsHeadroom: false },
  'gate as shipped: 256': { gate: SHIPPED, tellsHeadroom: false },
  'gate of 33, waits 0.5 s': { gate: { concurrency: FITTED, queue: 20, queueMs: 500 }, tellsHeadroom: false },
  'gate of 33, waits 3 s': { gate: { concurrency: FITTED, queue: 40, queueMs: 3_000 }, tellsHeadroom: false },
  'gate of 26, waits 3 s': { gate: { concurrency: 26, queue: 40, queueMs: 3_000 }, tellsHeadroom: false },
  'no gate, 429 without Retry-After': { gate: OPEN, tellsHeadroom: false, silent: true },
  'gate of 33, waits 3 s, 429 without Retry-After': {
    gate: { concurrency: FITTED, queue: 40, queueMs: 3_000 },
    tellsHeadroom: false,
    silent: true,
  },
  'no gate, limit told in headers': { gate: OPEN, tellsHeadroom: true },
  'gate of 33, waits 3 s, limit told': {
    gate: { concurrency: FITTED, queue: 40, queueMs: 3_000 },
    tellsHeadroom: true,
  },
};

const DRAWN = [
  'no gate',
  'gate of 33, waits 3 s',
  'no gate, 429 without Retry-After',
  'no gate, limit told in headers',
];

const PER_SECOND = 20;
const LIMIT_PER_SECOND = PER_SECOND / 2;
const OUTAGE_MS: Readonly<Record<Scale, number>> = { full: 6 * MINUTE, small: MINUTE };
/** Until the breaker has opened and the fallback's burst is used up. */
const SETTLED_MS = 30 * SECOND;
const BIN_MS = 5 * SECOND;

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS[name];
  if (!arm) throw new RangeError(`admission-gate has no arm "${name}"`);
  const outage: Stretch = { from: 0, until: OUTAGE_MS[scale] };
  const rateLimit = { perMinute: LIMIT_PER_SECOND * 60, burst: 2 * LIMIT_PER_SECOND, tells: !arm.silent };
  const seen = await play({
    seed,
    providers: [
      { name: 'primary', temper: { incidents: symptomsOf([{ kind: 'outage', ...outage }], outage) } },
      {
        name: 'fallback',
        temper: { firstContent: FIRST_CONTENT.steady, rateLimit, tellsHeadroom: arm.tellsHeadroom, incidents: [] },
        target: { gate: arm.gate },
      },
    ],
    from: NOON,
    ms: outage.until,
    rate: () => PER_SECOND,
  });
  const settled: Stretch = { from: SETTLED_MS, until: outage.until };
  const seconds = (settled.until - settled.from) / SECOND;
  const calls = within(seen.calls, settled);
  const served = calls.filter(({ outcome }) => outcome === 'served');
  const told = calls.filter(({ outcome }) => outcome === 'failed').map((call) => (call.endedAt - call.at) / SECOND);
  const sent = arrivalsAt(seen, 'fallback', settled);
  const meter = seen.upstream.providers.get('fallback')?.meter;
  return {
    numbers: {
      answered: (100 * served.length) / calls.length,
      'limit used': (100 * served.length) / (LIMIT_PER_SECOND * seconds),
      sent: sent.length / seconds,
      'refused by the fallback': (100 * (meter?.refused ?? 0)) / Math.max(1, meter?.seen ?? 0),
      'sent to the dead primary': arrivalsAt(seen, 'primary', settled).length / seconds,
      'wait p95': quantile(
        served.map(({ firstContentMs }) => (firstContentMs ?? 0) / SECOND),
        0.95,
      ),
      'told after': quantile(told, 0.95),
    },
    series: {
      sent: rateOf(arrivalsAt(seen, 'fallback', outage), outage),
    },
  };
}

function rateOf(moments: readonly number[], stretch: Stretch): number[] {
  return binned(moments, stretch, BIN_MS).map((count) => (count * SECOND) / BIN_MS);
}

function findings(results: Results): Findings {
  const arms = Object.keys(ARMS);
  return {
    tables: [
      {
        caption: 'A fallback that takes half of the traffic, while the primary is down',
        head: [
          'gate of the fallback',
          'answered, % of calls',
          'limit used, %',
          'sent to the fallback a second',
          'refused there, % (from the first second on)',
          'sent to the dead primary a second',
          'p95 wait of the answered, s',
          'p95 until the others are told, s',
        ],
        rows: arms.map((arm) => [
          arm,
          shown(results.share(arm, 'answered'), 1),
          shown(results.of(arm, 'limit used'), 0),
          shown(results.of(arm, 'sent'), 1),
          shown(results.share(arm, 'refused by the fallback'), 1),
          shown(results.of(arm, 'sent to the dead primary'), 1),
          shown(results.of(arm, 'wait p95'), 2),
          shown(results.of(arm, 'told after'), 2),
        ]),
      },
    ],
    charts: [
      {
        file: 'admission-gate',
        alt: 'Requests sent to a fallback with half the limit',
        svg: lineChart({
          title: `Requests sent to a fallback that takes ${LIMIT_PER_SECOND} a second`,
          x: { label: 'time since the outage began, min', from: 0, to: OUTAGE_MS.full / MINUTE },
          y: { label: 'requests a second', from: 0 },
          series: arms
            .filter((arm) => DRAWN.includes(arm))
            .map((arm) => ({
              name: arm,
              points: results.series(arm, 'sent').map((y, at) => ({ x: ((at + 0.5) * BIN_MS) / MINUTE, y })),
            })),
        }),
      },
    ],
  };
}

export const admissionGate: Experiment = {
  name: 'admission-gate',
  title: 'A fallback that takes half of the traffic',
  arms: Object.keys(ARMS),
  setting: [
    `${PER_SECOND} calls a second while the primary is down for 6 minutes; the figures leave out the first half minute`,
    `the fallback takes ${LIMIT_PER_SECOND} requests a second, ${2 * LIMIT_PER_SECOND} at once, and answers the others with 429 and a Retry-After in whole seconds`,
    'a refused request does not count against the limit; with some vendors it does',
  ],
  measure,
  findings,
};
