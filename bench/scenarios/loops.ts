import { Worker } from 'node:worker_threads';
import { arrivals } from './arrivals.ts';
import { bytesOf, type Listener, LoadConnections } from './load-connection.ts';
import type { LoadOrder, LoadResult } from './load-orders.ts';
import { monotonicMicros } from './monotonic.ts';
import { Tally } from './tally.ts';

type Of<K extends LoadOrder['kind']> = Extract<LoadOrder, { kind: K }>;

/** A request that was due at a moment: what becomes of it goes into the tally, if it counts. */
function counting(tally: Tally | undefined, due: number, ended: () => void): Listener {
  let first = true;
  return {
    pieces(stamps, at) {
      if (first) tally?.firstContentMicros.push(at - due);
      first = false;
      if (tally) for (const stamp of stamps) tally.pieceMicros.push(at - stamp);
    },
    whole(status, at) {
      if (status === 200) {
        if (tally) tally.answered += 1;
        tally?.totalMicros.push(at - due);
      } else tally?.fail(`status ${status}`);
      ended();
    },
    failed(why) {
      tally?.fail(why);
      ended();
    },
  };
}

export async function openLoop(order: Of<'open-loop'>): Promise<LoadResult> {
  const moments = arrivals(order.perSecond, order.warmSeconds + order.seconds, order.seed);
  const bytes = bytesOf(order.target);
  const connections = new LoadConnections(order.target.url, order.limitMs);
  const tally = new Tally();
  // The thread needs a moment to come up; what is due before that would be late.
  const begin = monotonicMicros() + THREAD_START_MICROS;
  const counted = begin + order.warmSeconds * 1e6;
  const thread = new Worker(new URL('./pacer-thread.mjs', import.meta.url), { workerData: { moments, begin } });
  await new Promise<void>((resolve, reject) => {
    let left = moments.length;
    const ended = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    thread.on('error', reject);
    thread.on('message', (at: number) => {
      const due = begin + (moments[at] ?? 0);
      const counts = due >= counted;
      if (counts) {
        tally.sent += 1;
        tally.lateMicros.push(monotonicMicros() - due);
      }
      connections.send(bytes, counting(counts ? tally : undefined, due, ended));
    });
  });
  const elapsedMs = (monotonicMicros() - counted) / 1_000;
  connections.close();
  await thread.terminate();
  return tally.result(elapsedMs);
}

const THREAD_START_MICROS = 200_000;

export async function closedLoop(order: Of<'closed-loop'>): Promise<LoadResult> {
  const bytes = bytesOf(order.target);
  const connections = new LoadConnections(order.target.url, order.limitMs);
  const counted = monotonicMicros() + order.warmSeconds * 1e6;
  const until = counted + order.seconds * 1e6;
  const tally = new Tally();
  await new Promise<void>((resolve) => {
    let left = order.callers;
    const next = () => {
      const now = monotonicMicros();
      if (now >= until) {
        left -= 1;
        if (left === 0) resolve();
        return;
      }
      const counts = now >= counted;
      if (counts) tally.sent += 1;
      // A connection is free again only after its listener was told: hence the next request on the next turn.
      connections.send(
        bytes,
        counting(counts ? tally : undefined, now, () => setImmediate(next)),
      );
    };
    for (let at = 0; at < order.callers; at += 1) next();
  });
  const elapsedMs = (monotonicMicros() - counted) / 1_000;
  connections.close();
  return tally.result(elapsedMs);
}

export async function each(order: Of<'each'>): Promise<LoadResult> {
  const tally = new Tally();
  const from = monotonicMicros();
  const pools = new Map<string, LoadConnections>();
  const running = order.targets.map(async (target, at) => {
    await new Promise((resolve) => setTimeout(resolve, at * order.gapMs));
    const pool = pools.get(target.url) ?? new LoadConnections(target.url, order.limitMs);
    pools.set(target.url, pool);
    tally.sent += 1;
    const due = monotonicMicros();
    await new Promise<void>((resolve) => pool.send(bytesOf(target), counting(tally, due, resolve)));
  });
  await Promise.all(running);
  for (const pool of pools.values()) pool.close();
  return tally.result((monotonicMicros() - from) / 1_000);
}
