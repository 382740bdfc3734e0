import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/engine/ports.ts';
import type { OperatorActionName } from '../../src/engine/record.ts';
import type { Route } from '../../src/engine/route.ts';
import type { RequestOptions } from '../../src/model/chat-request.ts';
import type { Target } from '../../src/model/target.ts';
import { askedBy } from '../kit/virtual-answer.ts';
import type { VirtualClock } from '../kit/virtual-clock.ts';
import type { ExchangeEnd } from '../kit/virtual-exchange.ts';
import type { VirtualUpstream } from '../kit/virtual-provider.ts';
import type { Caller } from './caller.ts';
import type { Violation } from './invariants.ts';

/** One exchange as seen on the wire. */
export interface SeenExchange {
  readonly target: string;
  readonly requestId: string;
  readonly sentAt: number;
  end: ExchangeEnd | undefined;
}

/** A request under way, as the wire has to know it. */
export interface Asking {
  readonly caller: Caller;
  readonly route: Route;
}

interface Span {
  readonly since: number;
  readonly until: number;
}

/** A timer that fires a fraction early is no offence. */
const TOLERANCE_MS = 2;

/** Stands between the engine and the providers and looks at everything that is sent. */
export class WatchedUpstream implements Upstream {
  readonly exchanges: SeenExchange[] = [];
  readonly #inner: VirtualUpstream;
  readonly #clock: VirtualClock;
  readonly #asking: ReadonlyMap<string, Asking>;
  readonly #tell: (violation: Violation) => void;
  readonly #active = new Map<string, number>();
  readonly #held = new Map<string, Span>();
  readonly #drained = new Map<string, Span>();
  readonly #operatorsHold = new Map<string, Span>();
  readonly #open = new Map<string, SeenExchange[]>();

  constructor(
    inner: VirtualUpstream,
    world: {
      clock: VirtualClock;
      asking: ReadonlyMap<string, Asking>;
      tell: (violation: Violation) => void;
    },
  ) {
    this.#inner = inner;
    this.#clock = world.clock;
    this.#asking = world.asking;
    this.#tell = world.tell;
  }

  send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    // Nothing leaves with a signal that is aborted already.
    if (request.signal.aborted) return this.#inner.send(request);
    const requestId = askedBy(request);
    const { target } = request;
    const sentAt = this.#clock.now();
    const asking = this.#asking.get(requestId);
    if (!asking) this.#wrong('eligible-only', requestId, 'sent for a request that nobody made');
    else this.#check(asking, request, sentAt);
    this.#enter(target, asking, requestId);
    const exchange: SeenExchange = { target: target.id, requestId, sentAt, end: undefined };
    this.exchanges.push(exchange);
    const key = `${requestId} ${target.id}`;
    const open = this.#open.get(key);
    if (open) open.push(exchange);
    else this.#open.set(key, [exchange]);
    return this.#inner.send(request);
  }

  /** Exchanges of one request that nobody has ended. */
  openOf(requestId: string): SeenExchange[] {
    return this.exchanges.filter((exchange) => exchange.requestId === requestId && exchange.end === undefined);
  }

  ended(end: ExchangeEnd): void {
    this.#leave(end.target);
    const open = this.#open.get(`${end.askedBy} ${end.target}`) ?? [];
    const at = open.findIndex(({ sentAt }) => sentAt === end.startedAt);
    const [exchange] = at < 0 ? [] : open.splice(at, 1);
    if (exchange) exchange.end = end;
    const { fault, endedAt } = end;
    if (end.end !== 'refused' || fault?.kind !== 'rate-limit' || fault.retryAfterS === undefined) return;
    const until = endedAt + fault.retryAfterS * 1000;
    const before = this.#held.get(end.target);
    if (!before || until > before.until) this.#held.set(end.target, { since: endedAt, until });
  }

  /** An operator gave an order that speaks of what may be sent. */
  ordered(target: string, action: OperatorActionName, ms: number): void {
    const since = this.#clock.now();
    switch (action) {
      case 'drain':
        this.#drained.set(target, { since, until: since + ms });
        return;
      case 'undrain':
        this.#drained.delete(target);
        return;
      case 'hold':
        this.#operatorsHold.set(target, { since, until: since + ms });
        return;
      case 'release':
        this.#operatorsHold.delete(target);
        this.#held.delete(target);
        return;
      case 'breaker-open':
      case 'breaker-close':
        return;
    }
  }

  #checkOrders(target: string, requestId: string, now: number): void {
    for (const [word, orders] of [['drained', this.#drained] as const, ['held', this.#operatorsHold] as const]) {
      const order = orders.get(target);
      if (!order || now <= order.since || now >= order.until - TOLERANCE_MS) continue;
      this.#wrong('orders-kept', requestId, `sent to ${target}, which an operator has ${word}`);
    }
  }

  #check({ caller, route }: Asking, { target }: UpstreamRequest, now: number): void {
    const { id, options, form } = caller.planned;
    if (caller.leftAt !== undefined) this.#wrong('gone-is-gone', id, `sent to ${target.id} after its caller had left`);
    if (caller.endedAt !== undefined) this.#wrong('one-outcome', id, `sent to ${target.id} after it had ended`);
    const rank = route.targets.findIndex((one) => one.target.id === target.id);
    const why = barred(rank, target, { options, form, route });
    if (why !== undefined) this.#wrong('eligible-only', id, `sent to ${target.id}: ${why}`);
    this.#checkOrders(target.id, id, now);
    const held = this.#held.get(target.id);
    if (held && now > held.since && now < held.until - TOLERANCE_MS) {
      this.#wrong('hold-kept', id, `sent to ${target.id} ${Math.round(held.until - now)} ms too early`);
    }
  }

  #enter(target: Target, asking: Asking | undefined, requestId: string): void {
    const active = (this.#active.get(target.id) ?? 0) + 1;
    this.#active.set(target.id, active);
    const limit = asking?.route.targets.find((one) => one.target.id === target.id)?.gate.concurrency;
    if (limit !== undefined && active > limit) {
      this.#wrong('gate-limit', requestId, `${target.id} carries ${active}, its gate allows ${limit}`);
    }
  }

  #leave(targetId: string): void {
    this.#active.set(targetId, (this.#active.get(targetId) ?? 1) - 1);
  }

  #wrong(invariant: Violation['invariant'], requestId: string, detail: string): void {
    this.#tell({ invariant, atMs: this.#clock.now(), requestId, detail });
  }
}

interface Wanted {
  readonly options: RequestOptions;
  readonly form: string;
  readonly route: Route;
}

/** Why a target may not serve, worked out anew rather than asked of the engine. */
function barred(rank: number, target: Target, { options, form, route }: Wanted): string | undefined {
  const { policy, demands, targets } = route;
  const { pin, residency, quality } = options;
  const primary = policy.kind === 'cascade' ? targets.length - 1 : 0;
  if (rank < 0) return 'it is not on the route';
  if (policy.kind === 'single' && rank > 0) return 'the route has no failover';
  if (pin !== undefined && pin !== target.id) return `pinned to ${pin}`;
  for (const regions of [residency, demands.residency]) {
    if (regions && !regions.includes(target.region ?? '')) return `it is in ${target.region}`;
  }
  const shared = policy.kind === 'same-model';
  if (quality === 'strict' && !shared && rank !== primary && pin === undefined) return 'degraded answers are refused';
  if (form === 'tool' && target.capabilities.abilities.tools === 'no') return 'it has no tools';
  return undefined;
}
