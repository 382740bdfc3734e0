import { Pool } from 'undici';
import { quantile } from '../../experiments/statistics.ts';
import { type ChildOrders, runChild } from './child.ts';
import { STAMPED } from './stamped.ts';

export interface HealthySetting {
  readonly url: string;
  readonly key: string;
  readonly route: string;
  /** Read at once, one after another. */
  readonly streams: number;
  readonly tag: string;
}

/** Of the streams since the last time that it was asked for. */
export interface Healthy {
  readonly events: number;
  /** From the provider's writing of a piece to the reader's having it, in milliseconds. */
  readonly eventP50Ms: number;
  readonly eventP99Ms: number;
  /** From the request to the first piece. */
  readonly firstContentP99Ms: number;
  readonly whole: number;
  readonly failed: number;
  /** Told to come again, because the gateway had too much to do. */
  readonly shed: number;
}

/** What a reader waits that was told to come again. */
const COME_AGAIN_MS = 1_000;

/** Readers of streams that nothing is wrong with, in a process of their own. */
async function start({ url, key, route, streams, tag }: HealthySetting): Promise<ChildOrders> {
  const pool = new Pool(url, { connections: streams, keepAliveTimeout: 10_000 });
  let delaysMs: number[] = [];
  let firstMs: number[] = [];
  let [sent, whole, failed, shed, going] = [0, 0, 0, 0, true];

  const read = async () => {
    const from = performance.now();
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
        'x-understudy-tags': `${tag}${sent++}`,
      },
      body: JSON.stringify({ model: route, stream: true, messages: [{ role: 'user', content: 'Go on.' }] }),
    });
    if (statusCode === 503) {
      await body.dump();
      shed += 1;
      await new Promise((resolve) => setTimeout(resolve, COME_AGAIN_MS));
      return;
    }
    let pieces = 0;
    let tail = '';
    body.setEncoding('utf8');
    for await (const text of body) {
      const now = Number(process.hrtime.bigint() / 1_000n);
      tail += String(text);
      const events = tail.split('\n\n');
      tail = events.pop() ?? '';
      for (const event of events) {
        const stamp = /"content":"(\d+) "/.exec(event)?.[1];
        if (stamp === undefined) continue;
        if (pieces === 0) firstMs.push(performance.now() - from);
        pieces += 1;
        delaysMs.push((now - Number(stamp)) / 1_000);
      }
    }
    if (statusCode === 200 && pieces === STAMPED.pieces) whole += 1;
    else failed += 1;
  };
  const reader = async () => {
    while (going) {
      await read().catch(() => {
        failed += 1;
      });
    }
  };
  let readers: Promise<unknown> = Promise.resolve();
  return {
    ready: {},
    orders: {
      begin: () => {
        readers = Promise.all(Array.from({ length: streams }, reader));
      },
      take: (): Healthy => {
        const taken = {
          events: delaysMs.length,
          eventP50Ms: quantile(delaysMs, 0.5),
          eventP99Ms: quantile(delaysMs, 0.99),
          firstContentP99Ms: quantile(firstMs, 0.99),
          whole,
          failed,
          shed,
        };
        [delaysMs, firstMs, whole, failed, shed] = [[], [], 0, 0, 0];
        return taken;
      },
      end: async () => {
        going = false;
        await readers;
        await pool.close();
        return sent;
      },
    },
  };
}

runChild(start);
