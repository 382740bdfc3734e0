import type { Socket } from 'node:net';
import type { Failure } from '../model/failure.ts';
import { DelayLimit } from '../resilience/delay-limit.ts';
import { FairShedding } from '../resilience/fair-shedding.ts';
import { memoryShare } from '../resilience/memory-pressure.ts';
import { retrySpreadMs } from '../resilience/retry-spread.ts';
import type { Connections } from './connections.ts';
import { HttpFailure } from './http-failure.ts';
import type { LoadSample } from './load-sampler.ts';
import type { HaltRequest, OpenStreams, Place } from './open-streams.ts';
import type { ServerLimits } from './settings.ts';
import { SheddingSpell, type SpellMoved } from './shedding-spell.ts';

/** Why requests are refused although nothing is wrong with them. */
export const SHED_REASONS = ['loop-delay', 'memory', 'streams', 'fair-share', 'connections'] as const;
export type ShedReason = (typeof SHED_REASONS)[number];

/** Told when shedding begins and when it is over; never per request. */
export type SheddingMoved = SpellMoved<ShedReason> & {
  /** Delay of the event loop, in milliseconds. */
  readonly loopDelayMs: number;
};

export interface AdmissionParts {
  readonly open: OpenStreams;
  readonly connections: Connections;
  limits(): ServerLimits;
  /** From 0 to 1. */
  random(): number;
  onMove(moved: SheddingMoved): void;
}

/** How long every delay has to be above the limit before anybody is refused for it. */
const SUSTAINED_MS = 300;
/** However late the loop is, so few are always let in: what delays it then is not their number (as in RFC 8289 §4.2). */
const FEW = 16;
/** Parties that are counted one by one while shedding. */
const MAX_PARTIES = 1_000;
/** Shedding at least so much for so long, a load balancer is asked to look elsewhere. */
const UNREADY_SHARE = 0.5;
const UNREADY_AFTER_MS = 10_000;
/** Weight of the newest sample in the share that is being refused, and the least that is made of a refusal. */
const NEWEST = 0.1;
const LEAST_REFUSED = 0.05;

/**
 * Decides who is let in, before a body is read: by the delay of the event loop, by memory, and by the places that are
 * taken. While all is well that is two comparisons. Whoever was let in stays in.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #delay: DelayLimit;
  readonly #shedding = new FairShedding(MAX_PARTIES);
  readonly #refused: Record<ShedReason, number> = {
    'loop-delay': 0,
    memory: 0,
    streams: 0,
    'fair-share': 0,
    connections: 0,
  };
  readonly #spell = new SheddingSpell<ShedReason>();
  #entered = 0;
  #memoryShare = 0;
  #lastReason: ShedReason | undefined;
  #heavySince: number | undefined;
  /** As of the last sample. */
  #seen = { refused: 0, entered: 0, late: 0 };
  #refusedShare = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#delay = new DelayLimit({ targetMs: parts.limits().loopDelayMs, sustainedMs: SUSTAINED_MS, least: FEW });
  }

  /** Share of what comes that is being refused for want of memory or time. */
  get share(): number {
    return this.#delay.limit === Number.POSITIVE_INFINITY
      ? this.#memoryShare
      : Math.max(this.#memoryShare, this.#refusedShare);
  }

  /** Delay of the event loop when it was last measured, in milliseconds. */
  get loopDelayMs(): number {
    return this.#delay.delayMs;
  }

  /** Refused so far. */
  get refused(): Readonly<Record<ShedReason, number>> {
    return this.#refused;
  }

  /** So much has been shed for so long that a load balancer should send what comes elsewhere. */
  overloaded(now: number): boolean {
    return this.#heavySince !== undefined && now - this.#heavySince >= UNREADY_AFTER_MS;
  }

  /** Why a request of `caller` is to be refused, and counts that it is; undefined where it may `enter`. Throws 503 while going down. */
  refuses(caller: string, socket: Socket): ShedReason | undefined {
    const reason = this.#reason(caller, socket);
    if (reason !== undefined) this.#count(reason);
    return reason;
  }

  #reason(caller: string, socket: Socket): ShedReason | undefined {
    const { open, connections, random } = this.#parts;
    const { limit } = this.#delay;
    if (open.count >= limit && open.wouldExceed(caller, limit)) return 'loop-delay';
    if (this.#memoryShare > 0 && this.#shedding.sheds(caller, random())) return 'memory';
    return open.lacks(caller) ?? (connections.isSurplus(socket) ? 'connections' : undefined);
  }

  /** Takes a place for whoever is not refused. */
  enter(caller: string): Place {
    this.#entered += 1;
    return this.#parts.open.enter(caller);
  }

  /** What a place is taken for. Throws 503 where places are scarce and its route has more than its part of them. */
  use(place: Place, route: string): void {
    if (this.#parts.open.use(place, route)) return;
    this.#count('fair-share');
    throw HttpFailure.of(this.failure('fair-share'));
  }

  /** Whom to tell when the request is given up. */
  onHalt(place: Place, halt: HaltRequest): void {
    this.#parts.open.onHalt(place, halt);
  }

  leave(place: Place): void {
    this.#parts.open.leave(place);
  }

  /** A refusal, honestly: nothing was begun, another replica may serve at once, and this one after the time it names. */
  failure(reason: ShedReason): Failure {
    const refused = Math.max(this.#memoryShare, this.#refusedShare, LEAST_REFUSED);
    return {
      code: 'overloaded',
      status: 503,
      message: wordsOf(reason, this.#parts.open),
      retryAfterMs: retrySpreadMs(refused, this.#parts.random()),
      shouldRetry: true,
      targets: [],
    };
  }

  /** Takes a measurement. */
  measured({ delayMs, now, memory }: LoadSample): void {
    const { loopDelayMs } = this.#parts.limits();
    this.#delay.retarget(loopDelayMs);
    const late = this.#refused['loop-delay'];
    this.#delay.measured({ delayMs, now, open: this.#parts.open.count, refused: late > this.#seen.late });
    if (memory.length > 0) this.#memoryShare = Math.max(...memory.map(({ used, limit }) => memoryShare(used, limit)));
    this.#shedding.turn(this.#memoryShare);
    this.#follow(now);
    this.#heavySince = this.share < UNREADY_SHARE ? undefined : (this.#heavySince ?? now);
  }

  #count(reason: ShedReason): void {
    this.#refused[reason] += 1;
    this.#lastReason = reason;
  }

  #follow(now: number): void {
    const total = SHED_REASONS.reduce((sum, reason) => sum + this.#refused[reason], 0);
    const refused = total - this.#seen.refused;
    const came = refused + this.#entered - this.#seen.entered;
    this.#seen = { refused: total, entered: this.#entered, late: this.#refused['loop-delay'] };
    this.#refusedShare = this.#refusedShare * (1 - NEWEST) + (came === 0 ? 0 : (refused / came) * NEWEST);
    const moved = this.#spell.look({ refused: total, reason: this.#lastReason }, now);
    if (moved) this.#parts.onMove({ ...moved, loopDelayMs: this.#delay.delayMs });
  }
}

function wordsOf(reason: ShedReason, open: OpenStreams): string {
  switch (reason) {
    case 'loop-delay':
      return 'this gateway has more to do than it can; it refuses a part of what comes until it keeps up again';
    case 'memory':
      return 'this gateway is short of memory; it refuses a part of what comes until there is more';
    case 'streams':
      return `this gateway serves ${open.limit} requests at once and has no place free`;
    case 'fair-share':
      return 'places are scarce in this gateway, and others have fewer of them';
    case 'connections':
      return 'this gateway has as many connections as it can hold';
  }
}
