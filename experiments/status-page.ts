import type { StatusPages } from '../src/engine/ports.ts';
import type { VirtualClock } from '../test/kit/virtual-clock.ts';
import { intervalChart } from './chart.ts';
import { MINUTE, NOON, SECOND, servedBy, within } from './episode.ts';
import { type Experiment, type Findings, type Measured, type Results, type Scale, shown } from './experiment.ts';
import { INCIDENT_MODEL, type Incident, symptomsOf } from './incidents.ts';
import { drawsFor, logNormal } from './random.ts';
import { quantile } from './statistics.ts';
import { FIRST_CONTENT } from './workload.ts';
import { play } from './world.ts';

/** A vendor's page as people keep it. */
interface Page {
  /** From the beginning of an outage until the page says so, and from its end until the page says that. */
  readonly lagMs: number;
  /** Share of the outages that it never mentions. */
  readonly omitted: number;
  /** Whether it speaks of an outage of ours between two real ones. */
  readonly falseAlarms: boolean;
}

const PAGES: Readonly<Record<string, Page | undefined>> = {
  'no page': undefined,
  'page at once': { lagMs: 0, omitted: 0, falseAlarms: false },
  'page 7 min late': { lagMs: 7 * MINUTE, omitted: 0, falseAlarms: false },
  'page 15 min late': { lagMs: 15 * MINUTE, omitted: 0, falseAlarms: false },
  'page 15 min late, half omitted': { lagMs: 15 * MINUTE, omitted: 0.5, falseAlarms: false },
  'page 15 min late, false alarms': { lagMs: 15 * MINUTE, omitted: 0, falseAlarms: true },
};
const NO_PAGE = 'no page';

interface Traffic {
  readonly perSecond: Readonly<Record<Scale, number>>;
  readonly outages: Readonly<Record<Scale, number>>;
  readonly words: string;
}

const TRAFFIC: Readonly<Record<string, Traffic>> = {
  busy: { perSecond: { full: 2, small: 0.2 }, outages: { full: 1, small: 1 }, words: '2 calls a second' },
  quiet: {
    perSecond: { full: 1 / 120, small: 1 / 120 },
    outages: { full: 40, small: 3 },
    words: 'a call in two minutes',
  },
};

const ARMS = Object.keys(TRAFFIC).flatMap((traffic) => Object.keys(PAGES).map((page) => `${traffic}: ${page}`));
/** What an outage is cut to, so that a cycle has room for it, for its lag and for a false alarm. */
const LONGEST_MS = 55 * MINUTE;
/** From the beginning of one outage to that of the next. */
const CYCLE_MS = 100 * MINUTE;
const FALSE_ALARM_MS = 15 * MINUTE;
/** From the beginning of the cycle: when everything has long been well again. */
const FALSE_ALARM_AT_MS = 82 * MINUTE;
/** How often the page is read. */
const READ_EVERY_MS = 30 * SECOND;

async function measure(name: string, seed: number, scale: Scale): Promise<Measured> {
  const [kind = '', pageName = ''] = name.split(': ');
  const traffic = TRAFFIC[kind];
  if (!traffic || !(pageName in PAGES)) throw new RangeError(`status-page has no arm "${name}"`);
  const outages = outagesOf(seed, traffic.outages[scale]);
  const page = PAGES[pageName];
  const ms = traffic.outages[scale] * CYCLE_MS;
  const window = { from: 0, until: ms };
  const seen = await play({
    seed,
    providers: [
      { name: 'primary', temper: { incidents: symptomsOf(outages, window) } },
      { name: 'fallback', temper: { firstContent: FIRST_CONTENT.steady, incidents: symptomsOf([], window) } },
    ],
    ...(page && { status: (clock: VirtualClock) => pagesOf(announced(outages, page, seed), clock) }),
    from: NOON,
    ms,
    rate: () => traffic.perSecond[scale],
  });
  const during = outages.flatMap((outage) => within(seen.calls, outage));
  const doomed = outages
    .flatMap((outage) => within(seen.arrivals, outage))
    .filter(({ provider }) => provider === 'primary');
  const wellFrom = outages.map(({ until }, index) => ({ from: until, until: (index + 1) * CYCLE_MS }));
  const well = wellFrom.flatMap((stretch) => within(seen.calls, stretch));
  const waits = during.flatMap(({ outcome, firstContentMs }) =>
    outcome === 'served' ? [(firstContentMs ?? 0) / SECOND] : [],
  );
  return {
    numbers: {
      doomed: doomed.length / outages.length,
      'doomed per 100': (100 * doomed.length) / Math.max(1, during.length),
      answered: (100 * during.filter(({ outcome }) => outcome === 'served').length) / Math.max(1, during.length),
      'mean wait': waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
      'p95 wait': quantile(waits, 0.95),
      needless: (100 * servedBy(well, 'fallback')) / Math.max(1, well.length),
    },
  };
}

/** One outage at the beginning of each cycle, as long as the model has them, but over before the cycle is. */
function outagesOf(seed: number, count: number): Incident[] {
  const draw = drawsFor(seed, 'status-page', 'outages');
  const { medianMs, sigma, shortestMs } = INCIDENT_MODEL.outage;
  return Array.from({ length: count }, (_, index) => {
    const length = Math.min(LONGEST_MS, Math.max(shortestMs, logNormal(medianMs, sigma, draw)));
    const from = index * CYCLE_MS + 5 * MINUTE;
    return { kind: 'outage', from, until: from + length };
  });
}

/** When the page says that there is an outage. */
function announced(outages: readonly Incident[], page: Page, seed: number): { from: number; until: number }[] {
  const draw = drawsFor(seed, 'status-page', 'omitted');
  const told = outages.flatMap(({ from, until }) => {
    const posted = { from: from + page.lagMs, until: until + page.lagMs };
    return draw() < page.omitted || posted.from >= until ? [] : [posted];
  });
  if (!page.falseAlarms) return told;
  const alarms = outages.map((_, index) => {
    const from = index * CYCLE_MS + FALSE_ALARM_AT_MS;
    return { from, until: from + FALSE_ALARM_MS };
  });
  return [...told, ...alarms];
}

function pagesOf(told: readonly { from: number; until: number }[], clock: VirtualClock): StatusPages {
  return {
    of: (target) => {
      const readAt = Math.floor(clock.now() / READ_EVERY_MS) * READ_EVERY_MS;
      const isTold = target.provider === 'primary' && told.some(({ from, until }) => readAt >= from && readAt < until);
      return { state: isTold ? 'outage' : 'operational', readAt };
    },
  };
}

function findings(results: Results): Findings {
  const table = (kind: string) => ({
    caption: `${TRAFFIC[kind]?.words ?? kind}`,
    head: [
      'page',
      'doomed attempts an outage',
      'saved against no page',
      'mean wait in outages, s',
      'p95 wait in outages, s',
      'answered in outages, %',
      'needlessly by the fallback, %',
    ],
    rows: Object.keys(PAGES).map((page) => {
      const arm = `${kind}: ${page}`;
      const saved = results.gain(`${kind}: ${NO_PAGE}`, arm, 'doomed');
      return [
        page,
        shown(results.of(arm, 'doomed'), 2),
        page === NO_PAGE ? '' : shown(saved, 2),
        shown(results.of(arm, 'mean wait'), 2),
        shown(results.of(arm, 'p95 wait'), 2),
        shown(results.share(arm, 'answered'), 2),
        shown(results.share(arm, 'needless'), 2),
      ];
    }),
  });
  return {
    tables: Object.keys(TRAFFIC).map(table),
    charts: [
      {
        file: 'status-page',
        alt: 'Doomed attempts by what the status page says',
        svg: intervalChart({
          title: 'Attempts at a dead primary, of 100 calls during outages',
          x: {
            label: 'doomed attempts (mean and 95 % interval over seeds)',
            from: 0,
            format: (value) => value.toFixed(1),
          },
          groups: Object.entries(TRAFFIC).map(([kind, { words }]) => ({
            name: `${kind}: ${words}`,
            rows: Object.keys(PAGES).map((page) => {
              const { mean, low, high } = results.of(`${kind}: ${page}`, 'doomed per 100');
              return { label: page, value: mean, low, high };
            }),
          })),
        }),
      },
    ],
  };
}

export const statusPage: Experiment = {
  name: 'status-page',
  title: 'What a vendor’s status page is worth',
  arms: ARMS,
  setting: [
    'busy: one outage a seed; quiet: 40 outages; lengths of the incident model, at most 55 minutes, one in 100 minutes',
    'the page is read every 30 s; its lag holds for the beginning of an outage and for its end; an outage shorter than the lag is never told',
    'false alarms: 15 minutes of "outage" in each cycle while all is well',
    'doomed: sent to the primary while it was down; needless: answered by the fallback while nothing was wrong',
  ],
  measure,
  findings,
};
