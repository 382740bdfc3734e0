import type { AffinityPolicy, Workload } from '../engine/route.ts';
import type { ScorePolicy, ScoreWeights } from '../resilience/score.ts';

/** What a score is when it is on; its weights are those of the workload. */
export const SCORE_DEFAULTS: Omit<ScorePolicy, 'weights'> = {
  gain: 0.25,
  dwellMs: 180_000,
  windowMs: 300_000,
  samples: 20,
};

export const SCORE_WEIGHTS: Readonly<Record<Workload, ScoreWeights>> = {
  interactive: { latency: 0.9, failure: 3, cost: 0.1 },
  background: { latency: 0.3, failure: 2, cost: 0.7 },
  internal: { latency: 0.7, failure: 2, cost: 0.3 },
  critical: { latency: 1, failure: 4, cost: 0 },
};

export const AFFINITY_DEFAULTS: AffinityPolicy = { keepMs: 3_600_000, maxAgeMs: 1_800_000 };
