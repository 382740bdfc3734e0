import { structuralGrades } from '../src/engine/grader.ts';
import type { QuorumPolicy, Route } from '../src/engine/route.ts';
import { intervalChart } from './chart.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { type Illness, MONTHLY_RATE, type MonthArm, monthOf, playMonth } from './month.ts';
import { FIRST_CONTENT } from './workload.ts';

interface Arm extends MonthArm, Illness {}

const ILLNESS: Illness = { shared: 0.05, primaryTimes: 1 };

function plan(route: Partial<Route>, more: Partial<Arm> = {}): Arm {
  const fallback = { temper: { firstContent: FIRST_CONTENT.steady }, ...more.fallback };
  return { ...ILLNESS, ...more, fallback, world: { route } };
}

/** A fallback whose vendor lets through so many requests a minute. */
function limitedTo(perMinute: number): Partial<Arm> {
  const rateLimit = { perMinute, burst: Math.ceil(perMinute / 6), tells: true };
  return { fallback: { temper: { firstContent: FIRST_CONTENT.steady, rateLimit } } };
}

const PEAK_PER_MINUTE = MONTHLY_RATE * 1.6 * 60;
const SHED: Partial<Route> = { attempts: 3 };

function quorumOf(share: number): QuorumPolicy {
  return { kind: 'quorum', size: 2, pick: 'first', share, patienceMs: 0, grader: structuralGrades };
}

const PLANS: Readonly<Record<string, Arm>> = {
  single: plan({ policy: { kind: 'single' }, attempts: 1 }),
  'single + retry': plan({ policy: { kind: 'single' }, attempts: 3 }),
  'hot-cold, no retry': plan({ attempts: 1 }),
  'retry-and-shed': plan(SHED),
  'quorum of 2 for 5 %': plan({ policy: quorumOf(0.05) }),
  'quorum of 2 for all': plan({ policy: quorumOf(1) }),
  'hot-hot, half each': plan({ policy: { kind: 'same-model', balance: 'weighted' } }),
};

const LIMITS: Readonly<Record<string, Arm>> = {
  'shared incidents 0 %': plan(SHED, { shared: 0 }),
  'shared incidents 25 %': plan(SHED, { shared: 0.25 }),
  'shared incidents 50 %': plan(SHED, { shared: 0.5 }),
  'shared incidents 100 %': plan(SHED, { shared: 1 }),
  'fallback for half the peak': plan(SHED, limitedTo(PEAK_PER_MINUTE / 2)),
  'fallback for a quarter of the peak': plan(SHED, limitedTo(PEAK_PER_MINUTE / 4)),
};

const ILL_SINGLE = 'single, primary ill three times as often';
const ILL_SHED = 'primary ill three times as often';
const ILL: Readonly<Record<string, Arm>> = {
  [ILL_SINGLE]: plan({ policy: { kind: 'single' }, attempts: 1 }, { primaryTimes: 3 }),
  [ILL_SHED]: plan(SHED, { primaryTimes: 3 }),
};

const ARMS: Readonly<Record<string, Arm>> = { ...PLANS, ...LIMITS, ...ILL };
const PERCENT = 100;

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS[name];
  if (!arm) throw new RangeError(`availability has no arm "${name}"`);
  const month = monthOf(seed, scale, arm);
  const { all, incidents, between } = await playMonth(month, arm);
  return {
    numbers: {
      availability: all.availability * PERCENT,
      'availability in incidents': incidents.availability * PERCENT,
      'availability between': between.availability * PERCENT,
      elsewhere: all.elsewhere * PERCENT,
      'elsewhere between': between.elsewhere * PERCENT,
      attempts: all.attemptsPerCall,
      'p50 wait': all.waitMs(0.5) / 1_000,
      'p99 wait': all.waitMs(0.99) / 1_000,
      'mean wait': all.meanWaitMs / 1_000,
      'p95 wait in incidents': incidents.waitMs(0.95) / 1_000,
    },
  };
}

function baselineOf(arm: string): string {
  return arm === ILL_SHED || arm === ILL_SINGLE ? ILL_SINGLE : 'single';
}

function findings(results: Results): Findings {
  const plans = Object.keys(PLANS);
  const row = (arm: string) => [
    arm,
    shown(results.share(arm, 'availability'), 3),
    baselineOf(arm) === arm ? '' : shown(results.gain(arm, baselineOf(arm), 'availability'), 3),
    shown(results.share(arm, 'availability in incidents'), 2),
    shown(results.share(arm, 'elsewhere'), 2),
  ];
  const wait = (arm: string) => [
    arm,
    shown(results.of(arm, 'p50 wait'), 2),
    shown(results.of(arm, 'p99 wait'), 2),
    arm === 'single' ? '' : shown(results.gain(arm, 'single', 'mean wait'), 3),
    shown(results.of(arm, 'p95 wait in incidents'), 2),
    shown(results.of(arm, 'attempts'), 4),
  ];
  const head = [
    'plan',
    'answered, %',
    'against single, points',
    'answered while an incident lasts, %',
    'by the fallback, %',
  ];
  const dots = (arms: readonly string[]) =>
    arms.map((arm) => {
      const { mean, low, high } = results.share(arm, 'availability');
      return { label: arm, value: mean, low, high };
    });
  return {
    tables: [
      { caption: 'Availability by plan', head, rows: plans.map(row) },
      {
        caption: 'Time to the first content of what was answered, in seconds',
        head: ['plan', 'p50', 'p99', 'mean, against single', 'p95 while an incident lasts', 'attempts a call'],
        rows: plans.map(wait),
      },
      {
        caption: 'When the gain shrinks: retry-and-shed with other providers',
        head,
        rows: ['single', 'retry-and-shed', ...Object.keys(LIMITS), ILL_SINGLE, ILL_SHED].map(row),
      },
    ],
    charts: [
      {
        file: 'availability',
        alt: 'Answered calls by plan, with intervals',
        svg: intervalChart({
          title: 'Calls answered in 30 days',
          x: { label: 'answered calls, % (mean and 95 % interval over seeds)', format: (value) => value.toFixed(2) },
          groups: [
            { name: 'plans', rows: dots(plans) },
            { name: 'retry-and-shed, other providers', rows: dots([...Object.keys(LIMITS), ILL_SHED]) },
          ],
        }),
      },
    ],
  };
}

export const availability: Experiment = {
  name: 'availability',
  title: 'Availability and added latency by plan',
  arms: Object.keys(ARMS),
  setting: [
    `30 days a seed, ${MONTHLY_RATE} requests a second in the mean with the daily curve, streams, impatient callers`,
    'primary: first content as the model `frontier`; fallback: as `steady`; both with incidents of the incident model',
    `5 % of the primary's outages, brown-outs and rate-limit spikes hit the fallback too, unless the arm says otherwise`,
    'a call counts as answered when its whole answer arrived; a caller who left does not',
  ],
  measure,
  findings,
};
