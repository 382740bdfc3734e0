import type { AffinityPolicy, Route, Workload } from '../engine/route.ts';
import { checkScorePolicy } from '../resilience/score.ts';
import { AFFINITY_DEFAULTS, SCORE_DEFAULTS, SCORE_WEIGHTS } from './preference-defaults.ts';
import type { AffinityConfig, ScoreConfig } from './schema-preference.ts';

export interface PreferenceWritten {
  readonly score?: ScoreConfig | undefined;
  readonly affinity?: AffinityConfig | undefined;
}

/** Throws `RangeError` where every weight is 0. */
export function resolvePreference(written: PreferenceWritten, workload: Workload): Pick<Route, 'score' | 'affinity'> {
  return { score: score(written.score ?? 'off', workload), affinity: affinity(written.affinity ?? 'on') };
}

function score(written: ScoreConfig, workload: Workload): Route['score'] {
  if (written === 'off') return 'off';
  const { weights, gain, dwell, window, samples } = written === 'on' ? {} : { ...written };
  return checkScorePolicy({
    weights: { ...SCORE_WEIGHTS[workload], ...weights },
    gain: gain ?? SCORE_DEFAULTS.gain,
    dwellMs: dwell ?? SCORE_DEFAULTS.dwellMs,
    windowMs: window ?? SCORE_DEFAULTS.windowMs,
    samples: samples ?? SCORE_DEFAULTS.samples,
  });
}

function affinity(written: AffinityConfig): AffinityPolicy | 'off' {
  if (written === 'off') return 'off';
  const { keep, maxAge } = written === 'on' ? {} : { ...written };
  return { keepMs: keep ?? AFFINITY_DEFAULTS.keepMs, maxAgeMs: maxAge ?? AFFINITY_DEFAULTS.maxAgeMs };
}
