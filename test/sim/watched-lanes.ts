import { FAULT_TABLE } from '../../src/engine/fault-table.ts';
import type { BreakerMoved, Lane, Permit } from '../../src/engine/lane.ts';
import { Lanes } from '../../src/engine/lanes.ts';
import type { RouteTarget } from '../../src/engine/route.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../../src/resilience/retry-budget.ts';
import type { Violation } from './invariants.ts';

interface Watched {
  readonly lane: Lane;
  /** Permits that were given and not yet reported. */
  readonly out: Set<Permit>;
  probe: { readonly permit: Permit; readonly since: number } | undefined;
  failuresInARow: number;
  /** Reports of requests from before speak of a past that is over. */
  countsSince: number;
  readonly firsts: number[];
  readonly retries: number[];
  granted: number;
}

/** Lanes that are watched from outside: what is granted, what comes back, and whether the two agree. */
export class WatchedLanes extends Lanes {
  readonly #watched = new Map<Lane, Watched>();
  readonly #tell: (violation: Violation) => void;

  constructor(tell: (violation: Violation) => void, onMove: BreakerMoved) {
    super({ breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET }, onMove);
    this.#tell = tell;
  }

  /** An operator set the breaker: what was counted before is forgotten. */
  set(id: string, now: number): void {
    for (const watched of this.#watched.values()) {
      if (watched.lane.id !== id) continue;
      watched.probe = undefined;
      watched.failuresInARow = 0;
      watched.countsSince = now;
    }
  }

  override of(target: RouteTarget, now: number): Lane {
    const lane = super.of(target, now);
    if (!this.#watched.has(lane)) this.#watched.set(lane, this.#watch(lane));
    return lane;
  }

  get all(): readonly Lane[] {
    return [...this.#watched.keys()];
  }

  /** Retries that were granted at a lane so far. */
  grantedAt(id: string): number {
    for (const { lane, granted } of this.#watched.values()) if (lane.id === id) return granted;
    return 0;
  }

  /** What holds at every moment. */
  checkNow(now: number): void {
    for (const { lane } of this.#watched.values()) {
      const { gate, gateLimits } = lane;
      if (gate.active > gateLimits.concurrency || gate.waiting > gateLimits.queue) {
        this.#wrong('gate-limit', lane, now, `${gate.active} under way, ${gate.waiting} waiting`);
      }
    }
  }

  /** What holds once no request is under way. */
  checkAtRest(now: number): void {
    for (const { lane, out } of this.#watched.values()) {
      if (out.size > 0) this.#wrong('places-returned', lane, now, `${out.size} permits were never reported`);
      if (lane.gate.active > 0) this.#wrong('places-returned', lane, now, `${lane.gate.active} places still taken`);
      if (lane.gate.waiting > 0) this.#wrong('places-returned', lane, now, `${lane.gate.waiting} still wait`);
    }
  }

  #watch(lane: Lane): Watched {
    const watched: Watched = {
      lane,
      out: new Set(),
      probe: undefined,
      failuresInARow: 0,
      countsSince: Number.NEGATIVE_INFINITY,
      firsts: [],
      retries: [],
      granted: 0,
    };
    this.#watchAdmission(watched);
    this.#watchReports(watched);
    this.#watchBudget(watched);
    return watched;
  }

  #watchAdmission(watched: Watched): void {
    const { lane } = watched;
    const admit = lane.admit.bind(lane);
    lane.admit = (now, random, ...rest) => {
      const answer = admit(now, random, ...rest);
      if (!answer.ok) return answer;
      watched.out.add(answer.permit);
      if (answer.permit.kind === 'probe') {
        const { probe } = watched;
        if (probe && now - probe.since < DEFAULT_BREAKER.probeLeaseMs) {
          this.#wrong('one-probe', lane, now, `a second probe ${Math.round(now - probe.since)} ms after the first`);
        }
        watched.probe = { permit: answer.permit, since: now };
        watched.countsSince = now;
      }
      return answer;
    };
  }

  #watchReports(watched: Watched): void {
    const { lane } = watched;
    const succeeded = lane.succeeded.bind(lane);
    const faulted = lane.faulted.bind(lane);
    lane.succeeded = (now, permit, ...rest) => {
      this.#reported(watched, permit, now);
      succeeded(now, permit, ...rest);
      if (permit.kind === 'probe') watched.countsSince = now;
      if (permit.kind === 'probe' || permit.admittedAt >= watched.countsSince) watched.failuresInARow = 0;
    };
    lane.faulted = (now, permit, fault, when) => {
      this.#reported(watched, permit, now);
      const before = lane.breakerState(now);
      faulted(now, permit, fault, when);
      const { breaker } = FAULT_TABLE[fault.kind];
      if ((breaker !== 'yes' && breaker !== 'slow') || when.again) return;
      if (before !== 'closed' || permit.admittedAt < watched.countsSince) {
        watched.failuresInARow = 0;
        return;
      }
      watched.failuresInARow = lane.breakerState(now) === 'closed' ? watched.failuresInARow + 1 : 0;
      if (watched.failuresInARow >= DEFAULT_BREAKER.consecutive) {
        this.#wrong(
          'breaker-opens',
          lane,
          now,
          `${watched.failuresInARow} requests in a row failed, and it is still closed`,
        );
      }
    };
  }

  /** A probe is reported with its first content, and goes on as an ordinary request that is reported once more. */
  #reported(watched: Watched, permit: Permit, now: number): void {
    if (!watched.out.delete(permit) && permit.kind === 'probe') {
      this.#wrong('places-returned', watched.lane, now, 'a probe was reported twice');
    }
    if (watched.probe?.permit === permit) watched.probe = undefined;
  }

  #watchBudget(watched: Watched): void {
    const { lane } = watched;
    const takeRetry = lane.takeRetry.bind(lane);
    lane.takeRetry = (now) => {
      const granted = takeRetry(now);
      if (granted) {
        watched.granted += 1;
        watched.retries.push(now);
        this.#checkBudget(watched, now);
      }
      return granted;
    };
  }

  /** First requests at a lane, as the ledger knows them: the budget must not be fed by anything else. */
  first(laneId: string, now: number): void {
    for (const { lane, firsts } of this.#watched.values()) if (lane.id === laneId) firsts.push(now);
  }

  /** The budget counts in buckets of a tenth of its window, so the bound leaves one of them out. */
  #checkBudget({ lane, firsts, retries }: Watched, now: number): void {
    const { ratio, perSecond, ttlMs } = DEFAULT_RETRY_BUDGET;
    while ((firsts[0] ?? now) < now - ttlMs) firsts.shift();
    while ((retries[0] ?? now) <= now - ttlMs * 0.9) retries.shift();
    const most = (perSecond * ttlMs) / 1000 + ratio * firsts.length;
    if (retries.length > most + 1e-6) {
      const seconds = (ttlMs * 0.9) / 1000;
      this.#wrong('retry-budget', lane, now, `${retries.length} retries in ${seconds} s, at most ${most.toFixed(1)}`);
    }
  }

  #wrong(invariant: Violation['invariant'], lane: Lane, now: number, detail: string): void {
    this.#tell({ invariant, atMs: now, lane: lane.id, detail });
  }
}
