import { Pool } from 'undici';
import type { JsonObject } from '../src/model/json.ts';

export interface Load {
  readonly url: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly requests: number;
  /** Open at once. */
  readonly concurrency: number;
}

export interface Seen {
  /** Milliseconds from the request to the end of its answer, sorted. */
  readonly totalMs: readonly number[];
  /** Milliseconds to the first byte of the body, sorted. */
  readonly firstByteMs: readonly number[];
  readonly failed: number;
}

/** Sends requests, so many at once, until all are answered. Never rejects: what failed is counted. */
export async function sendAll(load: Load): Promise<Seen> {
  const pool = new Pool(load.url, { connections: load.concurrency });
  const text = JSON.stringify(load.body);
  const totalMs: number[] = [];
  const firstByteMs: number[] = [];
  let left = load.requests;
  let failed = 0;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      try {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: load.path,
          headers: { 'content-type': 'application/json', authorization: 'Bearer bench-caller' },
          body: text,
        });
        let first: number | undefined;
        for await (const _ of body) first ??= performance.now() - from;
        if (statusCode !== 200) failed += 1;
        firstByteMs.push(first ?? 0);
        totalMs.push(performance.now() - from);
      } catch {
        failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, worker));
  await pool.close();
  const ascending = (a: number, b: number) => a - b;
  return { totalMs: totalMs.sort(ascending), firstByteMs: firstByteMs.sort(ascending), failed };
}

/** The value below which so large a share lies; 0 of nothing. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
