import type { Caller, PhaseSeen, Shot } from './flood.ts';

/** One promise, and whether it was kept. */
export interface Line {
  readonly name: string;
  readonly kept: boolean;
  /** What was seen beside what was promised. */
  readonly figure: string;
}

/** What was seen of one phase, at the rate at which it came. */
export interface Offered {
  readonly seen: PhaseSeen;
  readonly rate: number;
  readonly ms: number;
  /** Part of the CPU time that the gateway's thread wanted and got; 1 where nothing else runs on the machine. */
  readonly granted: number;
}

export interface Measured {
  readonly callers: readonly Caller[];
  /** Most good answers a second that any step of the ramp gave, and the CPU it was granted for them. */
  readonly peak: number;
  readonly grantedAtPeak: number;
  readonly normal: Offered;
  readonly overload: Offered;
  readonly after: Offered;
}

/** An answer that comes later is of no use to whoever waits. */
export const GOOD_WITHIN_MS = 2_000;
/** What shedding needs to find its measure is no part of what it settles at. */
export const SETTLING_MS = 3_000;
const LEAST_GOODPUT = 0.9;
const LEAST_SERVED = 0.9;
const BACK_WITHIN_MS = 10_000;
/** So many seconds in a row have to be as before. */
const STEADY_SECONDS = 3;
const SECOND_MS = 1_000;

/** Good answers that ended between `fromMs` and the end of the phase, a second. */
export function goodput({ seen, ms }: Offered, fromMs = SETTLING_MS): number {
  const ended = seen.shots.filter((shot) => isGood(shot) && shot.endedAt >= fromMs && shot.endedAt < ms);
  return ended.length / ((ms - fromMs) / 1000);
}

/** What was promised, line by line. */
export function judge(measured: Measured): Line[] {
  const { overload } = measured;
  const peak = measured.peak * Math.min(1, overload.granted / measured.grantedAtPeak);
  const good = goodput(overload);
  const p99 = quantile(served(overload.seen.shots), 0.99);
  const share =
    peak === measured.peak
      ? ''
      : `; the peak of ${measured.peak.toFixed(0)}/s was at ${percent(measured.grantedAtPeak)} of the CPU that the gateway wanted, this at ${percent(overload.granted)}`;
  return [
    {
      name: `goodput is at least ${LEAST_GOODPUT * 100} % of the peak`,
      kept: good >= LEAST_GOODPUT * peak,
      figure: `${good.toFixed(0)}/s of ${peak.toFixed(0)}/s at ${overload.rate.toFixed(0)}/s offered: ${percent(good / peak)}${share}`,
    },
    {
      name: `p99 of what was served is at most ${GOOD_WITHIN_MS} ms`,
      kept: p99 <= GOOD_WITHIN_MS,
      figure: `${p99.toFixed(0)} ms; p50 ${quantile(served(overload.seen.shots), 0.5).toFixed(0)} ms`,
    },
    honest(measured),
    ...modest(measured),
    back(measured),
    unharmed(measured),
  ];
}

function honest({ overload }: Measured): Line {
  const refused = overload.seen.shots.filter(({ status }) => status !== 200 && status !== 0);
  const proper = refused.filter(({ status, retryAfter }) => status === 503 && (retryAfter ?? 0) >= 1);
  const waits = new Set(proper.map(({ retryAfter }) => retryAfter));
  return {
    name: 'every refusal is a 503 that says when to come back, and not all say the same',
    kept: refused.length > 0 && proper.length === refused.length && waits.size > 1,
    figure: `${proper.length} of ${refused.length}; ${waits.size} different times`,
  };
}

/** Those who ask for less than their part get what they ask for, whatever the greedy one does. */
function modest({ callers, overload }: Measured): Line[] {
  const fair = 1 / callers.length;
  const settled = overload.seen.shots.filter(({ at }) => at >= SETTLING_MS);
  return callers
    .filter(({ share }) => share < fair)
    .map(({ name }) => {
      const own = settled.filter(({ caller }) => caller === name);
      const got = own.filter(isGood).length / Math.max(1, own.length);
      const greedy = settled.filter(({ caller }) => callers.some((one) => one.name === caller && one.share > fair));
      const left = greedy.filter(isGood).length / Math.max(1, greedy.length);
      return {
        name: `${name}, which asks for little, is served`,
        kept: got >= LEAST_SERVED,
        figure: `${percent(got)} of ${own.length} requests; the greedy caller ${percent(left)} of ${greedy.length}`,
      };
    });
}

function back({ normal, after }: Measured): Line {
  const before = quantile(served(normal.seen.shots), 0.95);
  const limit = 2 * before + 25;
  const seconds = Math.floor(after.ms / SECOND_MS);
  const steady = Array.from({ length: seconds }, (_, second) => {
    const shots = after.seen.shots.filter(({ at }) => Math.floor(at / SECOND_MS) === second);
    return shots.length > 0 && shots.every(isGood) && quantile(served(shots), 0.95) <= limit;
  });
  const from = steady.findIndex((_, second) => {
    const run = steady.slice(second, second + STEADY_SECONDS);
    return run.length === STEADY_SECONDS && run.every(Boolean);
  });
  return {
    name: `as before within ${BACK_WITHIN_MS / 1000} s after it is over`,
    kept: from !== -1 && from * SECOND_MS <= BACK_WITHIN_MS,
    figure: `${from === -1 ? 'never' : `after ${from} s`}: p95 at most ${limit.toFixed(0)} ms (${before.toFixed(0)} ms before), nobody refused`,
  };
}

function unharmed({ normal, overload, after }: Measured): Line {
  const phases = [normal, overload, after].map(({ seen }) => seen);
  const broken = phases
    .flatMap(({ shots }) => shots)
    .filter(({ status }) => status === 0 || (status >= 500 && status !== 503));
  const lost = phases.reduce((sum, phase) => sum + phase.lost, 0);
  const unsent = phases.reduce((sum, phase) => sum + phase.unsent, 0);
  return {
    name: 'no error besides: no answer cut, none lost, no request unsent',
    kept: broken.length === 0 && lost === 0 && unsent === 0,
    figure: `${broken.length} cut or failed, ${lost} lost, ${unsent} unsent`,
  };
}

function isGood({ status, ms }: Shot): boolean {
  return status === 200 && ms <= GOOD_WITHIN_MS;
}

function served(shots: readonly Shot[]): number[] {
  return shots
    .filter(({ status }) => status === 200)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
