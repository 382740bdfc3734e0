import type { ClaimedDelivery } from '../model/job.ts';
import { jobObject } from './job-object.ts';
import { DELIVERY_BACKOFF, DELIVERY_TRIES, pauseMs } from './job-policy.ts';
import type { DeliveryOutcome, JobStore, WebhookAnswer, WebhookSender } from './job-store.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { EngineDeps } from './run-state.ts';
import { sleep } from './scope.ts';
import { WakeLoop } from './wake-loop.ts';

/** Messages on their way at once. */
const AT_ONCE = 8;
const LOOK_MS = 1_000;

/** `engine`, `sender` and `leaseMs` may be others each time that they are read: the configuration may change. */
export interface JobCourierParts {
  readonly engine: EngineDeps;
  readonly store: JobStore;
  readonly sender: WebhookSender;
  readonly leaseMs: number;
  onTrouble(what: string, error: unknown): void;
}

/** Tells webhooks of jobs that have ended: at least once, the same message under the same id each time. */
export class JobCourier {
  readonly #parts: JobCourierParts;
  readonly #leases: LeaseKeeper;
  readonly #sending = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #loop: WakeLoop;

  constructor(parts: JobCourierParts) {
    this.#parts = parts;
    this.#leases = new LeaseKeeper({
      store: parts.store,
      clock: parts.engine.clock,
      get leaseMs() {
        return parts.leaseMs;
      },
      onLost: () => {},
      onTrouble: (error) => parts.onTrouble('leases of deliveries could not be renewed', error),
    });
    this.#loop = new WakeLoop({
      clock: parts.engine.clock,
      everyMs: LOOK_MS,
      look: () => this.#look(),
      onTrouble: (error) => parts.onTrouble('deliveries to webhooks could not be looked after', error),
    });
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  /** Sends no more; what is on its way has `graceMs`. */
  async finish(graceMs: number): Promise<void> {
    await this.#loop.stop();
    const over = new AbortController();
    const ended = Promise.all(this.#sending);
    await Promise.race([ended, sleep(this.#parts.engine.clock, graceMs, over.signal)]);
    over.abort();
    this.#stopping.abort();
    await ended;
    this.#leases.close();
  }

  async #look(): Promise<void> {
    const { store, engine, leaseMs } = this.#parts;
    while (this.#sending.size < AT_ONCE && this.#loop.working && store.view.deliveryIsDue()) {
      const token = engine.chance.newId();
      if ((await store.order({ kind: 'claim-delivery', token, leaseMs })) === 0) break;
      this.#begin(token);
    }
  }

  #begin(token: string): void {
    this.#leases.keep(token);
    const sending = this.#deliver(token)
      .catch((error: unknown) => this.#parts.onTrouble('a delivery to a webhook could not be ended', error))
      .finally(() => {
        this.#sending.delete(sending);
        this.#leases.release(token);
        this.wake();
      });
    this.#sending.add(sending);
  }

  async #deliver(token: string): Promise<void> {
    const { store, sender, engine } = this.#parts;
    const delivery = store.view.delivery(token);
    if (!delivery) return;
    const answer = await sender.send({
      webhook: delivery.webhook,
      id: delivery.id,
      timestamp: Math.floor(engine.clock.wallNow() / 1000),
      body: JSON.stringify(this.#message(delivery)),
      signal: this.#stopping.signal,
    });
    await store.order({
      kind: 'settle-delivery',
      token,
      outcome: deliveryVerdict(answer, delivery.tries, engine.chance.next()),
    });
  }

  #message({ job, result }: ClaimedDelivery) {
    return {
      type: `job.${job.state}`,
      timestamp: new Date(job.finishedAt ?? job.createdAt).toISOString(),
      data: jobObject(job, { result }, this.#parts.engine.dialects),
    };
  }
}

/**
 * What a receiver's answer leads to: any 2xx is the end, 410 says that nobody wants messages there any more, and
 * everything else is tried again.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function deliveryVerdict(answer: WebhookAnswer, tries: number, random: number): DeliveryOutcome {
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  if (answer.kind === 'unknown-endpoint') return { kind: 'dead', error: 'no endpoint of this name is configured' };
  const error = answer.kind === 'answered' ? `it answered ${answer.status}` : answer.why;
  if (answer.kind === 'answered' && answer.status === 410) return { kind: 'dead', error };
  if (tries >= DELIVERY_TRIES) return { kind: 'dead', error: `${error}, the last of ${tries} tries` };
  const askedMs = answer.kind === 'answered' ? (answer.retryAfterMs ?? 0) : 0;
  return { kind: 'again', error, waitMs: pauseMs(DELIVERY_BACKOFF, tries, random, askedMs) };
}
