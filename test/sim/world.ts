import type { BreakerMoved } from '../../src/engine/lane.ts';
import { applyOrder } from '../../src/engine/operator-orders.ts';
import type { StatusNote } from '../../src/engine/ports.ts';
import type { Route } from '../../src/engine/route.ts';
import { run } from '../../src/engine/run.ts';
import type { EngineDeps } from '../../src/engine/run-state.ts';
import { engineDeps } from '../kit/engine-kit.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import { VirtualProvider, VirtualUpstream } from '../kit/virtual-provider.ts';
import { Caller } from './caller.ts';
import { CountedClock } from './counted-clock.ts';
import type { Violation } from './invariants.ts';
import { requestOf } from './requests.ts';
import { WatchedLanes } from './watched-lanes.ts';
import { WatchedLedger } from './watched-ledger.ts';
import { type Asking, WatchedUpstream } from './watched-upstream.ts';
import type { Disturbance, PlannedRequest, WorldPlan } from './world-plan.ts';

/** A breaker's change of state, as it happened. */
export type LaneMove = Parameters<BreakerMoved>[0] & { readonly atMs: number };

/** Violations kept of one world: the first tells the most. */
const MAX_VIOLATIONS = 20;
/** Longest virtual time that the requests of a world may take after the last of them came. */
const MAX_WORLD_MS = 3_600_000;

/** The real engine among watched providers, lanes and callers, in virtual time. */
export class World {
  readonly plan: WorldPlan;
  readonly clock = new VirtualClock();
  readonly engineClock = new CountedClock(this.clock);
  readonly violations: Violation[] = [];
  readonly moves: LaneMove[] = [];
  readonly asking = new Map<string, Asking>();
  readonly ledger: WatchedLedger;
  readonly lanes: WatchedLanes;
  readonly providers: VirtualUpstream;
  readonly upstream: WatchedUpstream;
  /** Milliseconds for which the event loop stood still. */
  frozenMs = 0;
  routes: readonly Route[];
  readonly #deps: EngineDeps;
  readonly #left = new Set<string>();

  constructor(plan: WorldPlan) {
    this.plan = plan;
    this.routes = plan.routes;
    const tell = (violation: Violation) => this.tell(violation);
    const providers = plan.providers.map(
      ({ id, temper }, at) =>
        new VirtualProvider(id, temper, {
          clock: this.clock,
          seed: plan.seed * 31 + at,
          onEnd: (end) => this.upstream.ended(end),
        }),
    );
    this.providers = new VirtualUpstream(providers);
    this.upstream = new WatchedUpstream(this.providers, { clock: this.clock, asking: this.asking, tell });
    this.ledger = new WatchedLedger(this.clock, plan.ledger, {
      tell,
      firstAt: (lane) => this.lanes.first(lane, this.clock.now()),
    });
    this.lanes = new WatchedLanes(tell, (move) => this.moves.push({ ...move, atMs: this.clock.now() }));
    const { clock, upstream, ledger } = this;
    this.#deps = {
      ...engineDeps({ clock, upstream, ledger, seed: plan.seed }),
      clock: this.engineClock,
      status: { of: ({ provider }) => this.#noteOn(provider) },
      lanes: this.lanes,
    };
    this.clock.onTurn = () => this.#checkNow();
  }

  tell(violation: Violation): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(violation);
  }

  /** Lets everything happen that the plan says, until every request has ended. */
  async live(): Promise<void> {
    for (const disturbance of this.plan.disturbances) {
      this.clock.setTimer(disturbance.atMs, () => this.#disturb(disturbance));
    }
    await this.serveAll(this.plan.requests);
  }

  /** Sends requests at their moments, and lets time pass until all of them have ended. */
  async serveAll(requests: readonly PlannedRequest[]): Promise<void> {
    const now = this.clock.now();
    const all = requests.map(
      (planned) =>
        new Promise<void>((resolve) => {
          this.clock.setTimer(planned.atMs - now, () => {
            this.#serve(planned).then(resolve);
          });
        }),
    );
    const last = Math.max(0, ...requests.map(({ atMs }) => atMs)) - now;
    try {
      await this.clock.until(Promise.all(all), last + MAX_WORLD_MS);
    } catch {
      this.#tellUnended();
    }
  }

  async #serve(planned: PlannedRequest): Promise<void> {
    const route = this.routes[planned.route % this.routes.length];
    if (!route) throw new RangeError(`no route ${planned.route}`);
    const caller = new Caller(planned, this.clock, () => this.#left.add(planned.id));
    this.asking.set(planned.id, { caller, route });
    const order = {
      requestId: planned.id,
      request: requestOf(planned),
      route,
      signal: caller.signal,
      startedAt: caller.startedAt,
    };
    try {
      caller.ended(await run(order, caller, this.#deps));
    } catch (error) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.tell({ invariant: 'never-throws', atMs: this.clock.now(), requestId: planned.id, detail });
    }
  }

  #disturb(disturbance: Disturbance): void {
    switch (disturbance.kind) {
      case 'clock-step':
        this.clock.wallOffset += disturbance.byMs;
        return;
      case 'freeze':
        this.frozenMs += disturbance.ms;
        this.clock.freeze(disturbance.ms);
        return;
      case 'reload':
        this.routes = disturbance.routes;
        return;
      case 'shut':
        this.lanes.find(disturbance.target)?.shutFor(disturbance.route, this.clock.now(), disturbance.ms, 'quality');
        return;
      case 'operator':
        this.#order(disturbance);
        return;
    }
  }

  #order({ target, action, ms }: Extract<Disturbance, { kind: 'operator' }>): void {
    const now = this.clock.now();
    const lane = this.lanes.find(target);
    if (!lane) return;
    applyOrder(lane, action, now, ms);
    this.upstream.ordered(target, action, ms);
    if (action === 'breaker-open' || action === 'breaker-close') this.lanes.set(target, now);
  }

  /** What the page of a target's provider says now. */
  #noteOn(provider: string): StatusNote | undefined {
    const now = this.clock.now();
    const lie = this.plan.statusLies.find((one) => one.provider === provider && one.fromMs <= now && now < one.untilMs);
    return lie && { state: lie.state, readAt: now };
  }

  #checkNow(): void {
    const now = this.clock.now();
    this.lanes.checkNow(now);
    if (this.#left.size === 0) return;
    for (const requestId of this.#left) {
      for (const { target } of this.upstream.openOf(requestId)) {
        const detail = `the exchange with ${target} is still open`;
        this.tell({ invariant: 'gone-is-gone', atMs: now, requestId, detail });
      }
    }
    this.#left.clear();
  }

  #tellUnended(): void {
    for (const { caller } of this.asking.values()) {
      if (caller.endedAt !== undefined) continue;
      const requestId = caller.planned.id;
      const detail = 'has not ended within an hour';
      this.tell({ invariant: 'one-outcome', atMs: this.clock.now(), requestId, detail });
    }
  }
}
