import { Alerts } from '../../src/engine/alerts.ts';
import type { UseLimits } from '../../src/engine/demands.ts';
import { HedgeBudgets } from '../../src/engine/hedge-budgets.ts';
import type { Lane, Permit } from '../../src/engine/lane.ts';
import { Lanes } from '../../src/engine/lanes.ts';
import type { Alert } from '../../src/engine/observer.ts';
import { OpaqueMemory } from '../../src/engine/opaque-memory.ts';
import type { Clock } from '../../src/engine/ports.ts';
import { Preference } from '../../src/engine/preference.ts';
import type { RouteTarget } from '../../src/engine/route.ts';
import { type SharedParts, standingShared, takeInShared } from '../../src/engine/shared-state.ts';
import { Spending } from '../../src/engine/spending.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../../src/resilience/retry-budget.ts';
import type { ToKeeper, ToWorker } from '../../src/workers/messages.ts';
import { WorkerLink } from '../../src/workers/worker-link.ts';
import { routeTarget } from './engine-kit.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** One way through the keeper, in milliseconds. */
export const RELAY_MS = 2;

export const TARGET = routeTarget('alpha/one');

/** One worker's lanes, with a monotonic clock of its own: a moment that leaks to another shows at once. */
export class VirtualWorker {
  readonly parts: SharedParts & { readonly spending: Spending };
  readonly link: WorkerLink;
  readonly alerts: Alert[] = [];
  readonly moves: string[] = [];
  readonly clock: Clock;
  alive = true;

  constructor(house: VirtualWorkers, index: number, count: number) {
    const offset = 1_000_000 * (index + 1);
    const { clock, targets } = house;
    this.clock = {
      now: () => clock.now() + offset,
      wallNow: () => clock.wallNow(),
      setTimer: (ms, task) => clock.setTimer(ms, task),
    };
    const send = (message: ToKeeper, sent?: () => void) => {
      // What goes over a channel is text.
      house.relay(this, index, JSON.parse(JSON.stringify(message)) as ToKeeper);
      sent?.();
    };
    this.link = new WorkerLink({
      channel: { send },
      clock: this.clock,
      place: { index, count },
      lead: index === 0,
      standing: house.standing(),
      onLost: () => {},
    });
    const { sharing } = this.link;
    const policy = { breaker: { ...DEFAULT_BREAKER, jitter: 0 }, retryBudget: DEFAULT_RETRY_BUDGET };
    const nothing = () => {};
    const observer = {
      requestBegun: nothing,
      attemptBegun: nothing,
      attemptEnded: nothing,
      requestEnded: nothing,
      breakerMoved: nothing,
      tokensCounted: nothing,
      qualityMoved: nothing,
      alert: (alert: Alert) => void this.alerts.push(alert),
    };
    this.parts = {
      clock: this.clock,
      lanes: new Lanes(policy, ({ from, to }) => void this.moves.push(`${from}→${to}`), sharing),
      hedges: new HedgeBudgets(sharing),
      memory: new OpaqueMemory({ turns: 100, bytes: 1_000_000, keepMs: 3_600_000 }, sharing),
      preference: new Preference(sharing),
      spending: new Spending(house.callers, undefined, sharing),
      alerts: new Alerts(observer, sharing),
      quality: { sampledElsewhere: nothing },
      parity: { restore: nothing },
      targetOf: (id) => targets.find(({ target }) => target.id === id),
    };
    this.link.join({
      takeIn: (event) => takeInShared(event, this.parts),
      standing: () => standingShared(this.parts),
      state: () => ({ openRequests: 0, ledgerLost: 0, lanes: [] }),
      metrics: () => undefined,
      wakeJobs: nothing,
    });
  }

  get now(): number {
    return this.clock.now();
  }

  get lane(): Lane {
    return this.parts.lanes.of(TARGET, this.now);
  }

  /** Asks the lane and, where it is let in, says what came of it at once. */
  request(outcome: 'answered' | 'server-error' = 'answered'): Permit['kind'] | 'refused' {
    const admission = this.lane.admit(this.now, 0.5);
    if (!admission.ok) return 'refused';
    const { permit } = admission;
    if (outcome === 'answered') this.lane.succeeded(this.now, permit);
    else this.lane.faulted(this.now, permit, { kind: outcome, message: 'said' }, { random: 0.5, committed: false });
    return permit.kind;
  }
}

/** Several workers in virtual time, with what they tell each other going through a keeper. */
export class VirtualWorkers {
  readonly clock: VirtualClock;
  readonly targets: readonly RouteTarget[];
  readonly callers: ReadonlyMap<string, UseLimits> | undefined;
  readonly workers: VirtualWorker[] = [];

  constructor(
    clock: VirtualClock,
    count: number,
    over: { targets?: readonly RouteTarget[]; callers?: ReadonlyMap<string, UseLimits> } = {},
  ) {
    this.clock = clock;
    this.targets = over.targets ?? [TARGET];
    this.callers = over.callers;
    for (let index = 0; index < count; index += 1) this.workers.push(new VirtualWorker(this, index, count));
  }

  worker(index: number): VirtualWorker {
    const found = this.workers[index];
    if (!found) throw new Error(`there is no worker ${index}`);
    return found;
  }

  /** What a new worker is given. */
  standing() {
    const [knowing] = this.workers.filter(({ alive }) => alive);
    return knowing ? standingShared(knowing.parts) : [];
  }

  replace(index: number): VirtualWorker {
    const made = new VirtualWorker(this, index, this.workers.length);
    this.workers[index] = made;
    return made;
  }

  kill(index: number): void {
    this.worker(index).alive = false;
    this.#tell(undefined, { type: 'gone', index });
  }

  relay(from: VirtualWorker, index: number, message: ToKeeper): void {
    if (message.type === 'events') this.#tell(from, { type: 'events', from: index, events: message.events });
  }

  #tell(from: VirtualWorker | undefined, message: ToWorker): void {
    this.clock.setTimer(RELAY_MS, () => {
      for (const worker of this.workers) if (worker !== from && worker.alive) worker.link.take(message);
    });
  }
}
