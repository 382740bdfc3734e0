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

/** What became of streams, until it is taken. */
class Tally {
  #delaysMs: number[] = [];
  #firstMs: number[] = [];
  #ends = { whole: 0, failed: 0, shed: 0 };

  count(end: 'whole' | 'failed' | 'shed'): void {
    this.#ends[end] += 1;
  }

  /** A piece came `delayMs` after it was written; the first of a stream `firstMs` after the request. */
  piece(delayMs: number, firstMs: number | undefined): void {
    this.#delaysMs.push(delayMs);
    if (firstMs !== undefined) this.#firstMs.push(firstMs);
  }

  take(): Healthy {
    const taken = {
      events: this.#delaysMs.length,
      eventP50Ms: quantile(this.#delaysMs, 0.5),
      eventP99Ms: quantile(this.#delaysMs, 0.99),
      firstContentP99Ms: quantile(this.#firstMs, 0.99),
      ...this.#ends,
    };
    [this.#delaysMs, this.#firstMs, this.#ends] = [[], [], { whole: 0, failed: 0, shed: 0 }];
    return taken;
  }
}

/** One stream of `pool` to its end, counted in `tally`; waits where it is told to come again. Rejects where it is broken. */
async function readOne(pool: Pool, { key, route }: HealthySetting, tag: string, tally: Tally): Promise<void> {
  const from = performance.now();
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      'x-understudy-tags': tag,
    },
    body: JSON.stringify({ model: route, stream: true, messages: [{ role: 'user', content: 'Go on.' }] }),
  });
  if (statusCode === 503) {
    await body.dump();
    tally.count('shed');
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
      tally.piece((now - Number(stamp)) / 1_000, pieces === 0 ? performance.now() - from : undefined);
      pieces += 1;
    }
  }
  tally.count(statusCode === 200 && pieces === STAMPED.pieces ? 'whole' : 'failed');
}

/** Readers of streams that nothing is wrong with, in a process of their own. */
async function start(setting: HealthySetting): Promise<ChildOrders> {
  const pool = new Pool(setting.url, { connections: setting.streams, keepAliveTimeout: 10_000 });
  const tally = new Tally();
  let [sent, going] = [0, true];
  const reader = async () => {
    while (going) {
      await readOne(pool, setting, `${setting.tag}${sent++}`, tally).catch(() => tally.count('failed'));
    }
  };
  let readers: Promise<unknown> = Promise.resolve();
  return {
    ready: {},
    orders: {
      begin: () => {
        readers = Promise.all(Array.from({ length: setting.streams }, reader));
      },
      take: () => tally.take(),
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
