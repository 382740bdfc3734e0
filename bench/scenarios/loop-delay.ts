import { request } from 'undici';
import { OURS } from '../cases.ts';
import type { Place } from './scene.ts';

/** prom-client looks at the loop this often; what it tells holds the interval itself. */
const RESOLUTION_SECONDS = 0.01;
const SERIES = /^understudy_nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? ([\d.e+-]+)$/m;

/**
 * How late the event loop of a gateway was, in milliseconds, 99th percentile since the last time this was asked; as its
 * own metrics tell it. Undefined of whoever has no such metric.
 */
export async function loopDelayP99(place: Place): Promise<number | undefined> {
  if (place.name !== OURS) return undefined;
  const { statusCode, body } = await request(`${place.url}/metrics`, { headers: place.headers });
  const text = await body.text();
  const seconds = SERIES.exec(text)?.[1];
  if (statusCode !== 200 || seconds === undefined)
    throw new Error(`${place.url}/metrics answered ${statusCode} and tells nothing of the event loop`);
  return Math.max(0, Number(seconds) - RESOLUTION_SECONDS) * 1_000;
}
