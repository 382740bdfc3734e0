import { NO_DEMANDS } from '../src/engine/demands.ts';
import { structuralGrades } from '../src/engine/grader.ts';
import type { Policy, Route } from '../src/engine/route.ts';
import { lineChart } from './chart.ts';
import { binned, MINUTE, NOON, type Stretch } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { symptomsOf } from './incidents.ts';
import { FIRST_CONTENT } from './workload.ts';
import { costOfAnswer, type Price, play } from './world.ts';

/** List prices of the class of model that each stands for, in 2026; that the better fallback is dearer is an assumption. */
const PRIMARY: Price = { input: 3, output: 15 };
const DEARER: Price = { input: 5, output: 25 };
const CHEAPER: Price = { input: 0.5, output: 2 };

interface Arm {
  readonly route: Partial<Route>;
  readonly fallback: Price;
}

function budgeted(perIncidentUsd: number): Partial<Route> {
  return { demands: { ...NO_DEMANDS, spending: { perIncidentUsd, unknownPrice: 'refuse' } } };
}

function quorumOf(share: number): Policy {
  return { kind: 'quorum', size: 2, pick: 'first', share, patienceMs: 0, grader: structuralGrades };
}

const ARMS: Readonly<Record<string, Arm>> = {
  'single + retry': { route: { policy: { kind: 'single' } }, fallback: DEARER },
  'hot-cold, no retry': { route: { attempts: 1 }, fallback: DEARER },
  'retry-and-shed': { route: {}, fallback: DEARER },
  'retry-and-shed, cheaper fallback': { route: {}, fallback: CHEAPER },
  'quorum of 2 for 5 %': { route: { policy: quorumOf(0.05) }, fallback: DEARER },
  'quorum of 2 for all': { route: { policy: quorumOf(1) }, fallback: DEARER },
  'hot-hot, half each': { route: { policy: { kind: 'same-model', balance: 'weighted' } }, fallback: DEARER },
  'retry-and-shed, $15 an incident': { route: budgeted(15), fallback: DEARER },
  'retry-and-shed, $5 an incident': { route: budgeted(5), fallback: DEARER },
};

const PER_SECOND = 2;
const BEFORE_MS = 5 * MINUTE;
const OUTAGE_MS: Readonly<Record<Scale, number>> = { full: 45 * MINUTE, small: 1 * MINUTE };
const AFTER_MS = 5 * MINUTE;
const BIN_MS = MINUTE;

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const arm = ARMS[name];
  if (!arm) throw new RangeError(`outage-cost has no arm "${name}"`);
  const outage: Stretch = { from: BEFORE_MS, until: BEFORE_MS + OUTAGE_MS[scale] };
  const whole: Stretch = { from: 0, until: outage.until + AFTER_MS };
  const { calls } = await play({
    seed,
    providers: [
      { name: 'primary', temper: { incidents: symptomsOf([{ kind: 'outage', ...outage }], whole) }, price: PRIMARY },
      {
        name: 'fallback',
        temper: { firstContent: FIRST_CONTENT.steady, incidents: symptomsOf([], whole) },
        price: arm.fallback,
      },
    ],
    route: arm.route,
    from: NOON,
    ms: whole.until,
    rate: () => PER_SECOND,
  });
  const served = calls.filter(({ outcome }) => outcome === 'served');
  const settled = calls.reduce((sum, call) => sum + call.settledUsd, 0);
  const unknown = calls.reduce((sum, call) => sum + call.unknownUsd, 0);
  const answers = binned(
    served.map(({ at }) => at),
    whole,
    BIN_MS,
  );
  const asked = binned(
    calls.map(({ at }) => at),
    whole,
    BIN_MS,
  );
  return {
    numbers: {
      settled,
      unknown,
      answered: (100 * served.length) / calls.length,
      'cent an answer': (100 * settled) / Math.max(1, served.length),
      extra: settled - served.length * costOfAnswer(PRIMARY),
    },
    series: { answered: answers.map((count, at) => (100 * count) / Math.max(1, asked[at] ?? 0)) },
  };
}

function findings(results: Results): Findings {
  const arms = Object.keys(ARMS);
  const drawn = [
    'retry-and-shed',
    'retry-and-shed, $15 an incident',
    'retry-and-shed, $5 an incident',
    'single + retry',
  ];
  return {
    tables: [
      {
        caption: 'The bill of 55 minutes, 45 of them an outage',
        head: [
          'plan',
          'billed, $',
          'beyond the primary’s price, $',
          'may be billed too, $',
          'cents an answer',
          'answered, %',
        ],
        rows: arms.map((arm) => [
          arm,
          shown(results.of(arm, 'settled'), 2),
          shown(results.of(arm, 'extra', { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY }), 2),
          shown(results.of(arm, 'unknown'), 2),
          shown(results.of(arm, 'cent an answer'), 3),
          shown(results.share(arm, 'answered'), 1),
        ]),
      },
    ],
    charts: [
      {
        file: 'outage-cost',
        alt: 'Answered calls over the outage, with and without an incident budget',
        svg: lineChart({
          title: 'Calls answered, minute by minute',
          x: { label: 'time, min', from: 0, to: (BEFORE_MS + OUTAGE_MS.full + AFTER_MS) / MINUTE },
          y: { label: 'answered calls, %', from: 0, to: 100 },
          spans: [{ label: 'outage', from: BEFORE_MS / MINUTE, to: (BEFORE_MS + OUTAGE_MS.full) / MINUTE }],
          series: drawn.map((arm) => ({
            name: arm,
            points: results.series(arm, 'answered').map((y, at) => ({ x: at + 0.5, y })),
          })),
        }),
      },
    ],
  };
}

export const outageCost: Experiment = {
  name: 'outage-cost',
  title: 'What an outage costs',
  arms: Object.keys(ARMS),
  setting: [
    `${PER_SECOND} calls a second; five minutes of health, an outage of 45 minutes at the primary, five minutes of health`,
    `primary $${PRIMARY.input} / $${PRIMARY.output} a million tokens in / out; fallback $${DEARER.input} / $${DEARER.output}, the cheaper one $${CHEAPER.input} / $${CHEAPER.output}`,
    '1,000 tokens asked, 80 to 480 answered',
    'may be billed too: one ordinary answer for each attempt that a provider took and nobody finished (hung, cut, or outrun by another)',
  ],
  measure,
  findings,
};
