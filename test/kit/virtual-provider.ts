import type { Chance, Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/engine/ports.ts';
import { seededChance } from './seeded-chance.ts';
import { answerOf, askedBy, contractBreaker, formOf, type VirtualAnswer } from './virtual-answer.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { Exchange, type ExchangeEnd } from './virtual-exchange.ts';
import { drawMs, faultAt, type Incident, type LogNormal, TokenBucket, type VirtualFault } from './virtual-incident.ts';

/** How one provider behaves. Every number has a default, so that a test names what it is about and nothing else. */
export interface VirtualTemper {
  readonly firstContent?: LogNormal;
  /** Between two pieces of content. */
  readonly pace?: LogNormal;
  /** Least and most pieces of content in an answer. */
  readonly pieces?: readonly [number, number];
  /** Headers come at once and the first content later, as most vendors do it; else both together. */
  readonly headersFirst?: boolean;
  /** Requests worked on at once; the others queue, and beyond `queue` are told 503. Absent: no limit. */
  readonly capacity?: { readonly concurrent: number; readonly queue: number };
  readonly rateLimit?: { readonly perMinute: number; readonly burst: number; readonly tells: boolean };
  /** Tokens after which every request is told that credit is used up. */
  readonly spendCapTokens?: number;
  /** Puts `x-ratelimit-*` of the rate limit on every answer. */
  readonly tellsHeadroom?: boolean;
  readonly incidents?: readonly Incident[];
  /** Names the author in the pieces; by default provider and number of the exchange, so that no two answers are alike. */
  readonly author?: (request: UpstreamRequest, exchange: number) => string;
}

/** What a provider counted by itself. `told`: in answers that were read to their end. */
export interface VirtualMeter {
  seen: number;
  answered: number;
  refused: number;
  /** Broke off, or hung until it was cancelled, by the provider's doing. */
  broken: number;
  /** The other side hung up. */
  cancelled: number;
  active: number;
  peak: number;
  toldInputTokens: number;
  toldOutputTokens: number;
}

const FIRST_CONTENT: LogNormal = { medianMs: 400, sigma: 0.4 };
const PACE: LogNormal = { medianMs: 30, sigma: 0.3 };
const PIECES: readonly [number, number] = [2, 4];

/** One provider in virtual time: real frames of `openai-chat`, its own limits, its own meter. */
export class VirtualProvider {
  readonly meter: VirtualMeter = {
    seen: 0,
    answered: 0,
    refused: 0,
    broken: 0,
    cancelled: 0,
    active: 0,
    peak: 0,
    toldInputTokens: 0,
    toldOutputTokens: 0,
  };
  readonly clock: VirtualClock;
  readonly id: string;
  readonly #temper: VirtualTemper;
  readonly #chance: Chance;
  readonly #onEnd: ((end: ExchangeEnd) => void) | undefined;
  readonly #bucket: TokenBucket | undefined;
  readonly #queue = new Set<() => void>();
  #working = 0;

  constructor(
    id: string,
    temper: VirtualTemper,
    world: { clock: VirtualClock; seed: number; onEnd?: (end: ExchangeEnd) => void },
  ) {
    this.id = id;
    this.#temper = temper;
    this.clock = world.clock;
    this.#chance = seededChance(world.seed);
    this.#onEnd = world.onEnd;
    this.#bucket = temper.rateLimit && new TokenBucket(temper.rateLimit, world.clock.now());
  }

  send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    request.signal.throwIfAborted();
    const { meter, clock } = this;
    meter.seen += 1;
    meter.active += 1;
    meter.peak = Math.max(meter.peak, meter.active);
    const fault = this.#drawn(faultAt(this.#temper.incidents ?? [], clock.now(), this.#chance));
    return new Promise((resolve, reject) => {
      new Exchange(this, request, { number: meter.seen, fault, resolve, reject }).begin();
    });
  }

  /** Waits are told as the moment has them, not the same for all. */
  #drawn(fault: VirtualFault | undefined): VirtualFault | undefined {
    if (fault?.kind !== 'rate-limit' || fault.retryAfterS === undefined || fault.spreadS === undefined) return fault;
    return {
      kind: 'rate-limit',
      retryAfterS: fault.retryAfterS + Math.floor(this.#chance.next() * (fault.spreadS + 1)),
    };
  }

  /** Takes part of the capacity, now or when it comes free; false where even the queue is full. Gives what gives it back. */
  enter(start: () => void): false | (() => void) {
    const { capacity } = this.#temper;
    if (!capacity) {
      start();
      return () => undefined;
    }
    if (this.#working < capacity.concurrent) {
      this.#working += 1;
      start();
      return this.#leaver();
    }
    if (this.#queue.size >= capacity.queue) return false;
    const leave = this.#leaver();
    const begin = () => {
      this.#working += 1;
      start();
    };
    this.#queue.add(begin);
    return () => {
      if (!this.#queue.delete(begin)) leave();
    };
  }

  #leaver(): () => void {
    return () => {
      this.#working -= 1;
      for (const next of this.#queue) {
        this.#queue.delete(next);
        next();
        return;
      }
    };
  }

  /** The refusal of the provider's own limits, where one of them is reached. */
  limited(): VirtualFault | undefined {
    const { spendCapTokens, rateLimit } = this.#temper;
    const spent = this.meter.toldInputTokens + this.meter.toldOutputTokens;
    if (spendCapTokens !== undefined && spent >= spendCapTokens) return { kind: 'quota' };
    const waitMs = this.#bucket?.take(this.clock.now()) ?? 0;
    if (waitMs <= 0) return undefined;
    return rateLimit?.tells ? { kind: 'rate-limit', retryAfterS: Math.ceil(waitMs / 1000) } : { kind: 'rate-limit' };
  }

  answer(request: UpstreamRequest, exchange: number, breaks: boolean): VirtualAnswer {
    const by = this.#temper.author?.(request, exchange) ?? `${this.id}#${exchange}`;
    const form = formOf(request.body);
    if (breaks) return contractBreaker(form, by);
    const [least, most] = this.#temper.pieces ?? PIECES;
    return answerOf(form, by, least + Math.floor(this.#chance.next() * (most - least + 1)));
  }

  firstContentMs(): number {
    return drawMs(this.#temper.firstContent ?? FIRST_CONTENT, this.#chance);
  }

  paceMs(): number {
    return drawMs(this.#temper.pace ?? PACE, this.#chance);
  }

  get headersFirst(): boolean {
    return this.#temper.headersFirst ?? false;
  }

  headers(): Readonly<Record<string, string>> {
    const { rateLimit, tellsHeadroom } = this.#temper;
    if (!tellsHeadroom || !rateLimit || !this.#bucket) return NO_HEADERS;
    const level = this.#bucket.level(this.clock.now());
    const refillMs = ((rateLimit.burst - level) / rateLimit.perMinute) * 60_000;
    return {
      'x-ratelimit-limit-requests': String(rateLimit.burst),
      'x-ratelimit-remaining-requests': String(Math.floor(level)),
      'x-ratelimit-reset-requests': `${Math.ceil(refillMs)}ms`,
    };
  }

  ended(request: UpstreamRequest, how: Omit<ExchangeEnd, 'target' | 'askedBy' | 'endedAt'>): void {
    this.meter.active -= 1;
    this.meter[how.end] += 1;
    this.#onEnd?.({ ...how, target: request.target.id, askedBy: askedBy(request), endedAt: this.clock.now() });
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Several providers behind the one upstream port, each found by the provider of the target. */
export class VirtualUpstream implements Upstream {
  readonly providers: ReadonlyMap<string, VirtualProvider>;

  constructor(providers: Iterable<VirtualProvider>) {
    this.providers = new Map([...providers].map((provider) => [provider.id, provider]));
  }

  /** Exchanges that nobody has ended; none may be left when all requests are over. */
  get active(): number {
    let active = 0;
    for (const provider of this.providers.values()) active += provider.meter.active;
    return active;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const provider = this.providers.get(request.target.provider);
    if (!provider) throw new Error(`no virtual provider ${request.target.provider}`);
    return provider.send(request);
  }
}
