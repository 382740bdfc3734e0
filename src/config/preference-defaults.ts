import type { AffinityPolicy, Workload } from '../engine/route.ts';
import type { ScorePolicy, ScoreWeights } from '../resilience/score.ts';
import type { DocumentedDefault } from './defaults.ts';
import { formatDuration } from './duration.ts';

/** What a score is when it is on; its weights are those of the workload. */
export const SCORE_DEFAULTS: Omit<ScorePolicy, 'weights'> = {
  gain: 0.25,
  dwellMs: 180_000,
  windowMs: 300_000,
  samples: 10,
};

export const SCORE_WEIGHTS: Readonly<Record<Workload, ScoreWeights>> = {
  interactive: { latency: 0.9, failure: 3, cost: 0.1 },
  background: { latency: 0.3, failure: 2, cost: 0.7 },
  internal: { latency: 0.7, failure: 2, cost: 0.3 },
  critical: { latency: 1, failure: 4, cost: 0 },
};

const WEIGHTS_BECAUSE: Readonly<Record<Workload, string>> = {
  interactive: 'People wait, and a failed answer costs them more than a slow one; who wrote the order knew the prices.',
  background: 'Nobody waits: price counts most.',
  internal: 'Colleagues wait longer than customers do, and somebody pays for them.',
  critical: 'What an answer costs is no reason to fail or to be late.',
};

export const AFFINITY_DEFAULTS: AffinityPolicy = { keepMs: 3_600_000, maxAgeMs: 1_800_000 };

const { gain, dwellMs, windowMs, samples } = SCORE_DEFAULTS;

/** For the page that lists all defaults. */
export const PREFERENCE_DEFAULTS: readonly DocumentedDefault[] = [
  {
    name: 'failover.score',
    value: `off; when on: gain ${gain}, dwell ${formatDuration(dwellMs)}, window ${formatDuration(windowMs)}, samples ${samples}`,
    reason:
      'The order of a route is a word on quality, which no score measures. A quarter better, three minutes long, is more than the noise of ten answers and less than people bear.',
  },
  ...Object.entries(SCORE_WEIGHTS).map(([workload, { latency, failure, cost }]) => ({
    name: `failover.score.weights of ${workload}`,
    value: `latency ${latency}, failure ${failure}, cost ${cost}`,
    reason: WEIGHTS_BECAUSE[workload as Workload],
  })),
  {
    name: 'failover.affinity',
    value: `on, keep ${formatDuration(AFFINITY_DEFAULTS.keepMs)}, maxAge ${formatDuration(AFFINITY_DEFAULTS.maxAgeMs)}`,
    reason:
      'Prompt caches last minutes, at most an hour. Half an hour is longer than most conversations, so that few change hands twice.',
  },
];
