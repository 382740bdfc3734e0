import type { Route } from '../engine/route.ts';
import { QUALITY_WATCH_DEFAULTS } from './quality-watch-defaults.ts';
import type { QualityWatchConfig, RouteQualityWatchConfig } from './schema-quality-watch.ts';

/** What a route says wins over what is said of all of them, option by option. */
export function resolveQualityWatch(
  route: RouteQualityWatchConfig | undefined,
  all: QualityWatchConfig,
): Route['qualityWatch'] {
  const written: RouteQualityWatchConfig = { ...all, ...route };
  if (!(written.enabled ?? QUALITY_WATCH_DEFAULTS.enabled)) return 'off';
  return {
    sources: written.sources ?? QUALITY_WATCH_DEFAULTS.sources,
    margin: written.margin ?? QUALITY_WATCH_DEFAULTS.margin,
    ...(written.baseline !== undefined && { baseline: written.baseline }),
    learnFrom: written.learnFrom ?? QUALITY_WATCH_DEFAULTS.learnFrom,
    scoresPerFalseAlarm: written.scoresPerFalseAlarm ?? QUALITY_WATCH_DEFAULTS.scoresPerFalseAlarm,
    shutMs: written.shut ?? QUALITY_WATCH_DEFAULTS.shutMs,
  };
}
