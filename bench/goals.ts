import { CASES, OURS, wayName, YARDSTICK } from './cases.ts';
import type { Figure } from './figure.ts';
import { ratiosOf, type Selection, type Spread, spreadOf, valuesOf } from './ratios.ts';
import { CPU_A_REQUEST, CPU_AN_EVENT } from './run-cases.ts';
import { START, WARM } from './run-starts.ts';

/** What the gateway is held to. */
export interface Goal {
  readonly what: string;
  readonly unit: 'us' | 'ms' | 'KiB' | 'times' | 'count';
  readonly bound: { readonly atMost: number } | { readonly atLeast: number };
  /** Where several figures stand for it, the worst counts: each is given as its median over the rounds. */
  readonly of: readonly Measured[];
}

type Measured = Selection | { readonly of: Selection; readonly beside: Selection };

export interface Verdict {
  readonly goal: Goal;
  /** Undefined where nothing was measured. */
  readonly worst: Spread | undefined;
  readonly met: boolean;
}

const SAME = [
  { caller: 'openai-chat', provider: 'openai-chat' },
  { caller: 'anthropic-messages', provider: 'anthropic-messages' },
] as const;
const CROSS = [
  { caller: 'openai-chat', provider: 'anthropic-messages' },
  { caller: 'anthropic-messages', provider: 'openai-chat' },
] as const;
type Pair = (typeof SAME)[number] | (typeof CROSS)[number];

const WHOLE = CASES.filter(({ events, quality }) => events === 0 && quality === undefined);
const STREAMS = CASES.filter(({ events }) => events > 0);

/** CPU through the gateway as a multiple of that through another, who passes the same caller's dialect on. */
function besides(cases: typeof CASES, pairs: readonly Pair[], metric: string, other: string): Measured[] {
  return cases.flatMap(({ name: scenario }) =>
    pairs.map((pair) => ({
      of: { scenario, metric, contestant: wayName(OURS, pair) },
      beside: { scenario, metric, contestant: wayName(other, { caller: pair.caller, provider: pair.caller }) },
    })),
  );
}

const ours = (scenario: string, metric: string): Selection => ({ scenario, metric, contestant: OURS });
const [FIRST_SAME] = SAME;

/** In the order of the page. */
export const GOALS: readonly Goal[] = [
  {
    what: 'CPU a whole answer, same dialect, beside the bare proxy',
    unit: 'times',
    bound: { atMost: 2 },
    of: besides(WHOLE, SAME, CPU_A_REQUEST, YARDSTICK),
  },
  {
    what: 'CPU a whole answer of 1 kB, same dialect, beside Portkey',
    unit: 'times',
    bound: { atMost: 1 / 12 },
    of: besides(WHOLE.slice(0, 1), [FIRST_SAME], CPU_A_REQUEST, 'portkey'),
  },
  {
    what: 'CPU a whole answer, cross-dialect, beside the bare proxy',
    unit: 'times',
    bound: { atMost: 2.5 },
    of: besides(WHOLE, CROSS, CPU_A_REQUEST, YARDSTICK),
  },
  {
    what: 'CPU a stream event, beside the bare proxy that parses each',
    unit: 'times',
    bound: { atMost: 1.5 },
    of: besides(STREAMS.slice(-1), SAME, CPU_AN_EVENT, YARDSTICK),
  },
  {
    what: 'added latency at 500 requests a second on one core, p50',
    unit: 'ms',
    bound: { atMost: 0.5 },
    of: [ours('added latency', 'added p50, provider 20 ms'), ours('added latency', 'added p50, provider 0 ms')],
  },
  {
    what: 'added latency at 500 requests a second on one core, p99',
    unit: 'ms',
    bound: { atMost: 3 },
    of: [ours('added latency', 'added p99, provider 20 ms'), ours('added latency', 'added p99, provider 0 ms')],
  },
  {
    what: 'added first-content delay of streams, p99',
    unit: 'ms',
    bound: { atMost: 2 },
    of: [ours('added first-content delay', 'added p99')],
  },
  {
    what: '5,000 streams open in one process: those that failed',
    unit: 'count',
    bound: { atMost: 0 },
    of: [ours('open streams', 'failed')],
  },
  {
    what: '5,000 streams open in one process: RSS a stream',
    unit: 'KiB',
    bound: { atMost: 150 },
    of: [ours('open streams', 'RSS a stream')],
  },
  {
    what: 'primary answers 503, breaker open: first content over the secondary’s own, p50',
    unit: 'ms',
    bound: { atMost: 2 },
    of: [ours('failover', '503, breaker open, added p50')],
  },
  { what: 'start to ready, warm', unit: 'ms', bound: { atMost: 1_000 }, of: [ours(START, WARM)] },
  {
    what: 'throughput with 2 workers on 2 cores beside one, load elsewhere accounted',
    unit: 'times',
    bound: { atLeast: 1.7 },
    of: [ours('throughput at saturation', 'accounted, 2 workers, beside one')],
  },
];

/** How a goal stands: the worst of what stands for it. */
export function judge(goal: Goal, figures: readonly Figure[]): Verdict {
  const spreads = goal.of.flatMap((each) => {
    const spread = spreadOf(measuredOf(each, figures, goal.unit));
    return spread === undefined ? [] : [spread];
  });
  const { bound } = goal;
  const worst = spreads.reduce<Spread | undefined>((one, other) => {
    if (one === undefined) return other;
    return 'atMost' in bound === other.median > one.median ? other : one;
  }, undefined);
  const met = worst !== undefined && ('atMost' in bound ? worst.median <= bound.atMost : worst.median >= bound.atLeast);
  return { goal, worst, met };
}

function measuredOf(each: Measured, figures: readonly Figure[], unit: Goal['unit']): number[] {
  if ('beside' in each) return ratiosOf(figures, each.of, each.beside);
  const found = valuesOf(figures, each);
  const [first] = figures.filter(({ scenario, metric }) => scenario === each.scenario && metric === each.metric);
  return unit === 'ms' && first?.unit === 'us' ? found.map((micros) => micros / 1_000) : found;
}
