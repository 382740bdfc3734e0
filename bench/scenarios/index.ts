import type { Scenario } from '../figure.ts';
import { FAILOVER } from './failover.ts';
import { FIRST_CONTENT } from './first-content.ts';
import { LATENCY } from './latency.ts';
import { OPEN_STREAMS } from './open-streams.ts';
import { SATURATION } from './saturation.ts';
import { STALLED_READERS } from './stalled-readers.ts';

/** All that is asked of the contestants beside the cases. */
export const SCENARIOS: readonly Scenario[] = [
  LATENCY,
  FIRST_CONTENT,
  SATURATION,
  OPEN_STREAMS,
  FAILOVER,
  STALLED_READERS,
];
