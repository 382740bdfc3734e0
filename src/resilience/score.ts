import { requireCount, requireNonNegative, requirePositive } from './number-guards.ts';
import type { Latency, ScoreReading } from './score-window.ts';

/** How much each part of a score counts: exponents of its ratios; 0 leaves a part out. */
export interface ScoreWeights {
  readonly latency: number;
  readonly failure: number;
  readonly cost: number;
}

/** When a route's new conversations go to another target than its primary, because that one serves them better. */
export interface ScorePolicy {
  readonly weights: ScoreWeights;
  /** By how much the other's score must be better, as a share of the primary's: above 0, below 1. */
  readonly gain: number;
  /** For how long it must be, and the least time between two moves. Milliseconds. */
  readonly dwellMs: number;
  /** What the score looks back on. Milliseconds. */
  readonly windowMs: number;
  /** Fewer results than this within the window say nothing. */
  readonly samples: number;
}

/** Throws `RangeError` naming the first number that makes no sense. */
export function checkScorePolicy(policy: ScorePolicy): ScorePolicy {
  const { latency, failure, cost } = policy.weights;
  requireNonNegative('weights.latency', latency);
  requireNonNegative('weights.failure', failure);
  requireNonNegative('weights.cost', cost);
  if (latency + failure + cost === 0) throw new RangeError('one of the weights must be above 0, got 0, 0 and 0');
  if (!(policy.gain > 0 && policy.gain < 1)) {
    throw new RangeError(`gain must be above 0 and below 1, got ${policy.gain}`);
  }
  requirePositive('dwellMs', policy.dwellMs);
  requirePositive('windowMs', policy.windowMs);
  requireCount('samples', policy.samples, 1);
  return policy;
}

/** How much worse one target serves than another: all are ratios, above 1 where it is worse. */
export interface Compared {
  /** latency^w · failure^w · cost^w. */
  readonly ratio: number;
  /** Absent where the two have no kind of answer in common that both gave often enough. */
  readonly latency?: number;
  /** Of the shares that succeeded. */
  readonly failure: number;
  /** Absent where a price is not known. */
  readonly cost?: number;
}

/** A target that never answers is a hundred times worse, not infinitely: ratios stay numbers. */
const MIN_SUCCESS = 0.01;

/**
 * Compares what is known of two targets. Only ratios enter, so that milliseconds, shares and dollars need no common unit
 * and no reference. Undefined where either has too few results.
 */
export function compare(of: ScoreReading, against: ScoreReading, policy: ScorePolicy): Compared | undefined {
  if (of.samples < policy.samples || against.samples < policy.samples) return undefined;
  const { weights } = policy;
  const latency = latencyRatio(of, against, policy.samples / 2);
  const failure = succeeded(against) / succeeded(of);
  const cost = costRatio(of, against);
  const ratio = (latency ?? 1) ** weights.latency * failure ** weights.failure * (cost ?? 1) ** weights.cost;
  return { ratio, failure, ...(latency !== undefined && { latency }), ...(cost !== undefined && { cost }) };
}

function succeeded({ failedShare }: ScoreReading): number {
  return Math.max(MIN_SUCCESS, 1 - failedShare);
}

/** By first contents or by whole answers, whichever both gave more often. */
function latencyRatio(of: ScoreReading, against: ScoreReading, least: number): number | undefined {
  const streams = inCommon(of.firstContent, against.firstContent);
  const wholes = inCommon(of.whole, against.whole);
  if (Math.max(streams, wholes) < least) return undefined;
  const [a, b] = streams >= wholes ? [of.firstContent, against.firstContent] : [of.whole, against.whole];
  return a.meanMs / b.meanMs;
}

function inCommon(a: Latency, b: Latency): number {
  return Math.min(a.samples, b.samples);
}

function costRatio(of: ScoreReading, against: ScoreReading): number | undefined {
  const a = of.usdPerThousandTokens;
  const b = against.usdPerThousandTokens;
  return a === undefined || b === undefined || a <= 0 || b <= 0 ? undefined : a / b;
}
