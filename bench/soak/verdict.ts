import type { CallersCount } from './callers.ts';
import type { Reconciled } from './ledger-rows.ts';
import { type Influence, influenceOn, type Phase, type Timetable } from './phases.ts';
import type { Sample } from './sample.ts';
import { type Moment, slopeOf } from './slope.ts';

/** Everything that one soak saw. */
export interface Soaked {
  readonly timetable: Timetable;
  readonly samples: readonly Sample[];
  readonly phases: readonly Phase[];
  readonly callers: CallersCount;
  readonly reconciled: Reconciled;
  /** As `/metrics` counts them, at the end. */
  readonly counted: number;
  readonly stalledReaders: { readonly opened: number; readonly cut: number; readonly outlived: number };
  /** At the end of each rest, with the garbage collected. */
  readonly rests: readonly Sample[];
  /** Before the first request, and after the last. */
  readonly rest: { readonly before: Sample; readonly after: Sample };
  readonly complaints: readonly string[];
  readonly exit: { readonly code: number | null; readonly ms: number };
}

export interface Check {
  readonly what: string;
  readonly found: string;
  readonly wanted: string;
  /** `unjudged`: told only, or the run was too short to say. */
  readonly verdict: 'pass' | 'fail' | 'unjudged';
}

/** Growth in ten minutes that is taken for none, as a share. */
export const MAX_GROWTH = 0.01;
/** Below so many of them, one more or less is already above the share. */
const MAX_GROWN = { fileDescriptors: 3, sockets: 3, timers: 3 } as const;
/** Shorter spans are judged for nothing but what has to hold at any moment: a slope over two minutes is noise. */
const MIN_SLOPE_SPAN_MS = 10 * 60_000;
/** Sockets to a provider stay open for a while after the last request; what is not closed after that is lost. */
const MAX_LEFT = 5;
const MAX_LOG_BYTES = 64 * 2 ** 20;
const DRAIN_LIMIT_MS = 35_000;

/** One row for each thing that has to hold. */
export function checksOf(soaked: Soaked): Check[] {
  return [...slopeChecks(soaked), ...streamChecks(soaked), ...recordChecks(soaked), ...endChecks(soaked)];
}

export function passed(checks: readonly Check[]): boolean {
  return checks.every(({ verdict }) => verdict !== 'fail');
}

const check = (what: string, found: string, wanted: string, holds: boolean | undefined): Check => ({
  what,
  found,
  wanted,
  verdict: holds === undefined ? 'unjudged' : holds ? 'pass' : 'fail',
});

/** What each request that is still open at a rest has a right to: a socket to its caller, one to its provider, a timer. */
const OF_A_REQUEST: Readonly<Partial<Record<keyof Sample, number>>> = { fileDescriptors: 2, sockets: 2, timers: 1 };

/**
 * What the process held at the end of each round, after the warm-up, less what its open requests hold. Its resident memory is
 * given back late and in large pieces: of that the least of the round counts, for what leaks is in every minimum.
 */
function weighed({ timetable, rests, samples }: Soaked, figure: keyof Sample): Moment[] {
  const roundMs = timetable.totalMs / timetable.rounds;
  // The rest that ends the warm-up is part of it, a few milliseconds late as it is.
  const warm = rests.filter(({ atMs }) => atMs > timetable.warmUpMs + roundMs / 2);
  return warm.map((rest) => {
    const round = samples.filter(({ atMs }) => atMs > rest.atMs - roundMs && atMs < rest.atMs);
    const seen = figure === 'rssBytes' ? [...round, rest] : [rest];
    const held = (OF_A_REQUEST[figure] ?? 0) * rest.openRequests;
    return { atMs: rest.atMs, value: Math.min(...seen.map((sample) => sample[figure])) - held };
  });
}

function slopeChecks(soaked: Soaked): Check[] {
  const { timetable } = soaked;
  const longEnough = timetable.totalMs - timetable.warmUpMs >= MIN_SLOPE_SPAN_MS;
  const judged = (name: string, figure: keyof Sample, unit: number, mostGrown?: number) => {
    const slope = slopeOf(weighed(soaked, figure));
    const wanted = `< 1 % in 10 min${mostGrown === undefined ? '' : `, or < ${mostGrown}`}, or no rise that 95 % are sure of`;
    if (!slope) return check(name, 'too few rests', wanted, undefined);
    const { per10Min, least, most, grown } = slope;
    const share = (value: number) => (value * 100).toFixed(2);
    const found = `${share(per10Min)} % (${share(least)} to ${share(most)} %; ${(grown / unit).toFixed(2)}) in 10 min`;
    const flat = per10Min < MAX_GROWTH || least <= 0 || grown / unit < (mostGrown ?? 0);
    return check(name, found, wanted, longEnough ? flat : undefined);
  };
  const mebibyte = 2 ** 20;
  return [
    judged('growth of RSS (MiB)', 'rssBytes', mebibyte),
    judged('growth of the heap (MiB)', 'heapBytes', mebibyte),
    judged('growth of memory outside the heap (MiB)', 'externalBytes', mebibyte, 1),
    judged('growth of file descriptors beyond those of open requests', 'fileDescriptors', 1, MAX_GROWN.fileDescriptors),
    judged('growth of sockets beyond those of open requests', 'sockets', 1, MAX_GROWN.sockets),
    judged('growth of timers beyond those of open requests', 'timers', 1, MAX_GROWN.timers),
  ];
}

function streamChecks({ phases, timetable, stalledReaders, callers }: Soaked): Check[] {
  const judged = phases.filter(({ fromMs }) => fromMs >= timetable.warmUpMs);
  const enough = judged.length >= 6;
  const row = (what: string, { withoutMs, withMs, ratio, withinSpread }: Influence) =>
    check(
      what,
      `${range(withMs)} ms beside ${range(withoutMs)} ms without them: × ${ratio.toFixed(2)}`,
      'the median within the spread of the phases without them',
      enough ? withinSpread : undefined,
    );
  const failed = phases.reduce((sum, phase) => sum + phase.failed, 0);
  const whole = phases.reduce((sum, phase) => sum + phase.whole, 0);
  return [
    row(
      'p99 of a healthy event beside stalled readers',
      influenceOn(judged, (phase) => phase.eventP99Ms),
    ),
    row(
      'p99 of the first content beside stalled readers',
      influenceOn(judged, (phase) => phase.firstContentP99Ms),
    ),
    check(
      'the same while they come',
      `${range(judged.filter(({ stalled }) => stalled).map(({ settling }) => settling.eventP99Ms))} ms`,
      'told only: their buffers are being filled',
      undefined,
    ),
    check('healthy streams that failed', `${failed} of ${whole + failed}`, '0', failed === 0),
    check(
      'requests shed because the machine was too busy',
      `${callers.outcomes.shed} of ${callers.sent} calls, ${phases.reduce((sum, phase) => sum + phase.shed, 0)} healthy streams`,
      'told only: a machine that carries the load sheds none',
      undefined,
    ),
    check(
      'stalled readers cut by the gateway',
      `${stalledReaders.cut} of ${stalledReaders.opened}; ${stalledReaders.outlived} stayed beyond the limit`,
      'all',
      stalledReaders.cut === stalledReaders.opened,
    ),
  ];
}

function recordChecks({ callers, reconciled, counted, complaints }: Soaked): Check[] {
  const { outcomes, odd, open } = callers;
  const { rows, doubled, unended, missing, uncalledFor, contradicting, negative, examples } = reconciled;
  const wrong = doubled + unended + missing + uncalledFor + contradicting + negative;
  return [
    check(
      'calls with an end that nobody expects',
      [String(outcomes.odd), ...odd.slice(0, 3)].join('; '),
      '0',
      outcomes.odd === 0,
    ),
    check('calls still open at the end', String(open), '0', open === 0),
    check(
      'ledger beside what callers saw',
      `${rows} rows; doubled ${doubled}, without an end ${unended}, missing ${missing}, uncalled for ${uncalledFor}, contradicting ${contradicting}, negative times ${negative}${examples.length > 0 ? `; ${examples.slice(0, 3).join('; ')}` : ''}`,
      'one row a request, and nothing else',
      wrong === 0,
    ),
    check('requests that /metrics counted', String(counted), `${rows}, as the ledger`, counted === rows),
    check(
      'complaints in the log',
      [String(complaints.length), ...complaints.slice(0, 2)].join('; '),
      '0',
      complaints.length === 0,
    ),
  ];
}

function endChecks({ rest, samples, exit }: Soaked): Check[] {
  const { before, after } = rest;
  const left = (what: string, figure: 'fileDescriptors' | 'sockets' | 'timers') =>
    check(
      `${what} at rest`,
      `${before[figure]} before, ${after[figure]} after`,
      `no more than ${MAX_LEFT} more`,
      after[figure] <= before[figure] + MAX_LEFT,
    );
  const logBytes = Math.max(...samples.map((sample) => sample.logBytes));
  return [
    check('open requests at the end', String(after.openRequests), '0', after.openRequests === 0),
    left('file descriptors', 'fileDescriptors'),
    left('sockets', 'sockets'),
    left('timers', 'timers'),
    check(
      'ledger rows lost, or not yet written at the end',
      `${after.lostRows}, ${after.queuedRows}`,
      '0, 0',
      after.lostRows + after.queuedRows === 0,
    ),
    check(
      'largest write-ahead log of the ledger',
      `${(logBytes / 2 ** 20).toFixed(1)} MiB`,
      `≤ ${MAX_LOG_BYTES / 2 ** 20} MiB`,
      logBytes <= MAX_LOG_BYTES,
    ),
    check(
      'SIGTERM',
      `exit code ${exit.code} after ${(exit.ms / 1_000).toFixed(1)} s`,
      `0 within ${DRAIN_LIMIT_MS / 1_000} s`,
      exit.code === 0 && exit.ms <= DRAIN_LIMIT_MS,
    ),
  ];
}

/** Least, median and most. */
function range(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `${at(0.5)} (${at(0)}–${at(1)})`;
}
