import { lineChart } from './chart.ts';
import { MINUTE, microspikes, NOON, servedBy } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { type Incident, type IncidentKind, symptomsOf } from './incidents.ts';
import { quantile } from './statistics.ts';
import { FIRST_CONTENT } from './workload.ts';
import { play, type WorldSeen } from './world.ts';

const BUDGETS_S = [2, 4, 6, 8, 12, 20] as const;
const SPEEDS = ['frontier', 'thinking'] as const;
type Speed = (typeof SPEEDS)[number];

interface Arm {
  readonly speed: Speed;
  readonly budgetS: number;
}

function nameOf({ speed, budgetS }: Arm): string {
  return `${speed}, ${budgetS} s`;
}

const ARMS: readonly Arm[] = SPEEDS.flatMap((speed) => BUDGETS_S.map((budgetS) => ({ speed, budgetS })));
const PER_SECOND = 1.5;
/** Ten times as often as in the model, so that half an hour holds enough of them. */
const SPIKES_PER_HOUR = 20;
const HEALTHY_MS: Readonly<Record<Scale, number>> = { full: 45 * MINUTE, small: 3 * MINUTE };
const SPIKY_MS: Readonly<Record<Scale, number>> = { full: 30 * MINUTE, small: 2 * MINUTE };
const OUTAGE_MS: Readonly<Record<Scale, number>> = { full: 8 * MINUTE, small: 2 * MINUTE };
const BROWN_OUT_MS: Readonly<Record<Scale, number>> = { full: 15 * MINUTE, small: 2 * MINUTE };

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS.find((one) => nameOf(one) === name);
  if (!arm) throw new RangeError(`primary-budget has no arm "${name}"`);
  const spiky = microspikes(seed, 'primary', SPIKES_PER_HOUR, SPIKY_MS[scale]);
  const healthy = await playWith(arm, seed, HEALTHY_MS[scale], []);
  const spikes = await playWith(arm, seed, SPIKY_MS[scale], spiky);
  const outage = await playWith(arm, seed, OUTAGE_MS[scale], throughout('outage', OUTAGE_MS[scale]));
  const brownOut = await playWith(arm, seed, BROWN_OUT_MS[scale], throughout('brown-out', BROWN_OUT_MS[scale]));
  return {
    numbers: {
      'needless healthy': elsewhere(healthy),
      'needless spiky': elsewhere(spikes),
      ...waitsOf('outage', outage),
      ...waitsOf('brown-out', brownOut),
      'elsewhere brown-out': elsewhere(brownOut),
    },
  };
}

function throughout(kind: IncidentKind, ms: number): Incident[] {
  return [{ kind, from: 0, until: ms }];
}

function playWith({ speed, budgetS }: Arm, seed: number, ms: number, incidents: readonly Incident[]) {
  const window = { from: 0, until: ms };
  // A slow model's clock for the first content is the budget's: the workload class would set it by itself.
  const stream = { connectMs: 3_000, headersMs: 10_000, firstContentMs: 30_000, gapMs: 30_000, totalMs: 600_000 };
  const target = { stream: { ...stream, minCharsPerSecond: 0 } };
  return play({
    seed,
    providers: [
      {
        name: 'primary',
        temper: { firstContent: FIRST_CONTENT[speed], incidents: symptomsOf(incidents, window) },
        target,
      },
      { name: 'fallback', temper: { firstContent: FIRST_CONTENT[speed], incidents: symptomsOf([], window) }, target },
    ],
    route: { streamBudget: { primaryBudgetMs: budgetS * 1_000, deadlineMs: 60_000 } },
    from: NOON,
    ms,
    rate: () => PER_SECOND,
  });
}

/** Percent of the calls that the fallback answered. */
function elsewhere({ calls }: WorldSeen): number {
  return (100 * servedBy(calls, 'fallback')) / calls.length;
}

function waitsOf(name: string, { calls }: WorldSeen): Record<string, number> {
  const served = calls.filter(({ outcome }) => outcome === 'served');
  const waits = served.map(({ firstContentMs }) => (firstContentMs ?? 0) / 1_000);
  return {
    [`mean wait ${name}`]: waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
    [`p95 wait ${name}`]: quantile(waits, 0.95),
    [`answered ${name}`]: (100 * served.length) / calls.length,
  };
}

/** Percent; a logarithmic axis has no zero. */
const LEAST_SHOWN = 0.01;

function findings(results: Results): Findings {
  const table = (speed: Speed) => ({
    caption: `Primary and fallback as fast as the model \`${speed}\``,
    head: [
      'primary budget',
      'needless failovers, healthy, %',
      'failovers at 20 microspikes an hour, %',
      'outage: answered, %',
      'outage: p95 wait, s',
      'brown-out: answered, %',
      'brown-out: mean wait, s',
      'brown-out: p95 wait, s',
    ],
    rows: BUDGETS_S.map((budgetS) => {
      const arm = nameOf({ speed, budgetS });
      return [
        `${budgetS} s`,
        shown(results.share(arm, 'needless healthy'), 2),
        shown(results.share(arm, 'needless spiky'), 2),
        shown(results.share(arm, 'answered outage'), 2),
        shown(results.of(arm, 'p95 wait outage'), 1),
        shown(results.share(arm, 'answered brown-out'), 2),
        shown(results.of(arm, 'mean wait brown-out'), 2),
        shown(results.of(arm, 'p95 wait brown-out'), 1),
      ];
    }),
  });
  const lines = (measure: string, least = 0) =>
    SPEEDS.map((speed) => ({
      name: `model ${speed}`,
      points: BUDGETS_S.map((budgetS) => {
        const { mean, low, high } = results.of(nameOf({ speed, budgetS }), measure);
        const shownAt = (value: number | undefined) => (value === undefined ? undefined : Math.max(least, value));
        return { x: budgetS, y: Math.max(least, mean), low: shownAt(low), high: shownAt(high) };
      }),
    }));
  return {
    tables: SPEEDS.map(table),
    charts: [
      {
        file: 'primary-budget-needless',
        alt: 'Needless failovers by primary budget',
        svg: lineChart({
          title: 'Needless failovers of a healthy primary',
          x: { label: 'primary budget, s', from: 0, to: 20 },
          y: { label: 'calls that the fallback answered, %', scale: 'log', from: LEAST_SHOWN, to: 100 },
          series: lines('needless healthy', LEAST_SHOWN),
          dots: true,
        }),
      },
      {
        file: 'primary-budget-wait',
        alt: 'Waiting during a brown-out by primary budget',
        svg: lineChart({
          title: 'Time to the first content while the primary browns out',
          x: { label: 'primary budget, s', from: 0, to: 20 },
          y: { label: 'p95 of answered calls, s', from: 0 },
          series: lines('p95 wait brown-out'),
          dots: true,
        }),
      },
    ],
  };
}

export const primaryBudget: Experiment = {
  name: 'primary-budget',
  title: 'How long the primary may take',
  arms: ARMS.map(nameOf),
  setting: [
    `${PER_SECOND} streams a second, impatient callers, retry-and-shed with 3 attempts a target, deadline 60 s`,
    'healthy: 45 minutes without incidents; microspikes: 30 minutes with 20 an hour, ten times the model, at the primary alone',
    'outage: 8 minutes; brown-out: 15 minutes, everything five times slower and 13 % failing, both at the primary alone',
    'needless: the fallback answered although nothing was wrong with the primary',
  ],
  measure,
  findings,
};
