import type { Healthy } from './healthy-readers.ts';
import { medianOf } from './slope.ts';

/** When the stalled readers are there, and when what is measured counts. */
export interface Timetable {
  readonly totalMs: number;
  /** Stalled readers come in the second phase of each round, and are cut by the gateway about when the phase is over. */
  readonly phaseMs: number;
  /** After its two phases a round has a rest, in which no mixed callers come: at its end the gateway is weighed. */
  readonly restMs: number;
  readonly rounds: number;
  /** At the begin of a phase: a crowd comes, and megabytes fill the system's buffers before a reader stalls; or the last ones go. */
  readonly settleMs: number;
  /** Before it nothing is judged: caches fill, code is compiled, pools grow. */
  readonly warmUpMs: number;
  readonly stalledReaderMs: number;
}

/** What the healthy streams met in one phase, after it had settled. */
export interface Phase extends Healthy {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stalled: boolean;
  /** The same while it settled. */
  readonly settling: Healthy;
}

const MINUTE_MS = 60_000;
const MIN_PHASE_MS = 10_000;
/** With a third of it to settle, the default of `server.limits.stalledReader` is what is left. */
const MAX_PHASE_MS = 45_000;

/** A run of thirty minutes has fifteen rounds of two minutes, with the default limit for stalled readers; a short one has shorter ones. */
export function timetableOf(minutes: number): Timetable {
  if (!(minutes > 0)) throw new RangeError(`minutes must be above 0, got ${minutes}`);
  const phaseMs = Math.min(MAX_PHASE_MS, Math.max(MIN_PHASE_MS, (minutes * MINUTE_MS) / 12));
  const restMs = (phaseMs * 2) / 3;
  const roundMs = 2 * phaseMs + restMs;
  const rounds = Math.max(1, Math.round((minutes * MINUTE_MS) / roundMs));
  return {
    totalMs: rounds * roundMs,
    phaseMs,
    restMs,
    rounds,
    settleMs: phaseMs / 3,
    warmUpMs: roundMs * Math.min(Math.ceil(rounds / 3), Math.floor(rounds / 2)),
    stalledReaderMs: Math.round((phaseMs * 2) / 3),
  };
}

/** Whether the readers that stall moved what healthy streams met. */
export interface Influence {
  readonly withoutMs: readonly number[];
  readonly withMs: readonly number[];
  /** Median with the crowd over median without it. */
  readonly ratio: number;
  /** The median with the crowd lies within what phases without it met among themselves. */
  readonly withinSpread: boolean;
}

export function influenceOn(phases: readonly Phase[], figure: (phase: Phase) => number): Influence {
  const of = (stalled: boolean) => phases.filter((phase) => phase.stalled === stalled).map(figure);
  const [withoutMs, withMs] = [of(false), of(true)];
  const [without, with_] = [medianOf(withoutMs), medianOf(withMs)];
  return { withoutMs, withMs, ratio: with_ / without, withinSpread: with_ <= Math.max(...withoutMs) };
}
