import { bytesOf, LoadConnection } from './load-connection.ts';
import type { LoadOrder, LoadResult } from './load-orders.ts';
import { monotonicMicros } from './monotonic.ts';
import { Tally } from './tally.ts';

type Hold = Extract<LoadOrder, { kind: 'hold' }>;

/** Streams that stay open from one order to the next. */
export class HeldStreams {
  readonly #open = new Set<LoadConnection>();
  #tally = new Tally();

  async hold(order: Hold): Promise<LoadResult> {
    const bytes = bytesOf(order.target);
    const from = monotonicMicros();
    this.#tally = new Tally();
    const tally = this.#tally;
    const all = Array.from({ length: order.streams }, async (_, at) => {
      await new Promise((resolve) => setTimeout(resolve, (at / order.perSecond) * 1_000));
      await this.#openOne(order, bytes, tally);
    });
    const late = new Promise<'late'>((resolve) =>
      setTimeout(resolve, (order.streams / order.perSecond) * 1_000 + order.limitMs, 'late' as const),
    );
    if ((await Promise.race([Promise.all(all), late])) === 'late') tally.fail('longer than the time limit');
    return tally.result((monotonicMicros() - from) / 1_000, this.#open.size);
  }

  /** Counts pieces, and streams that end or break: none of them should. */
  async watch(seconds: number): Promise<LoadResult> {
    const from = monotonicMicros();
    this.#tally = new Tally();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return this.#tally.result((monotonicMicros() - from) / 1_000, this.#open.size);
  }

  release(): LoadResult {
    const tally = new Tally();
    this.#tally = tally;
    for (const connection of this.#open) connection.cut('released');
    this.#open.clear();
    return new Tally().result(0);
  }

  #openOne(order: Hold, bytes: Buffer, opening: Tally): Promise<void> {
    return new Promise((resolve) => {
      const due = monotonicMicros();
      let first = true;
      opening.sent += 1;
      const connection = new LoadConnection(order.target.url, () => {});
      this.#open.add(connection);
      const gone = (why: string) => {
        this.#open.delete(connection);
        this.#tally.fail(why);
        resolve();
      };
      connection.send(bytes, {
        begun: () => {
          if (!order.stalled) return;
          connection.stall();
          resolve();
        },
        pieces: (stamps, at) => {
          if (first) {
            first = false;
            opening.answered += 1;
            opening.firstContentMicros.push(at - due);
            resolve();
          }
          for (const stamp of stamps) this.#tally.pieceMicros.push(at - stamp);
        },
        whole: (status) => gone(`ended with status ${status}`),
        failed: gone,
      });
    });
  }
}
