import { SAMPLE_SOURCES } from '../engine/quality-watch.ts';
import type { DocumentedDefault } from './defaults.ts';
import { formatDuration } from './duration.ts';

export const QUALITY_WATCH_DEFAULTS = {
  enabled: true,
  sources: SAMPLE_SOURCES,
  margin: 0.02,
  learnFrom: 500,
  scoresPerFalseAlarm: 1_000_000,
  shutMs: 900_000,
} as const;

const { enabled, sources, margin, learnFrom, scoresPerFalseAlarm, shutMs } = QUALITY_WATCH_DEFAULTS;

/** For the page that lists all defaults. */
export const QUALITY_WATCH_REASONS: readonly DocumentedDefault[] = [
  {
    name: 'qualityWatch',
    value: `enabled ${enabled}, sources ${sources.join(', ')}, shut ${formatDuration(shutMs)}`,
    reason:
      'Without a contract, feedback or shadow there are no scores, and nothing is watched. With them a healthy target was never shut in a hundred thousand answers of any simulated run, and what is shut is shut for one route, never the last that could serve. A quarter of an hour outlasts a bad deployment that is rolled back at once.',
  },
  {
    name: 'qualityWatch.margin, learnFrom, scoresPerFalseAlarm',
    value: `${margin}, ${learnFrom}, ${scoresPerFalseAlarm}`,
    reason:
      'Two answers in a hundred is less than people bear and more than a learned baseline is wrong. From 500 scores the baseline is known to about one in a hundred. A million scores between two false alarms cost a real one about seven scores in a hundred more than a hundred thousand would.',
  },
];
