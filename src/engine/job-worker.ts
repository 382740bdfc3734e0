import type { CallerDialectName } from '../model/dialect-name.ts';
import type { Failure } from '../model/failure.ts';
import type { ClaimedJob } from '../model/job.ts';
import type { JobPolicy } from './job-policy.ts';
import { LONGEST_WAIT_MS } from './job-policy.ts';
import { JobRelease, unavailability } from './job-release.ts';
import { type JobRunResult, runJob } from './job-run.ts';
import type { JobOutcome, JobStore } from './job-store.ts';
import { jobVerdict } from './job-verdict.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { Route } from './route.ts';
import type { EngineDeps } from './run-state.ts';
import { Halt, sleep } from './scope.ts';
import { WakeLoop } from './wake-loop.ts';

/** How often the store is asked for work that nobody announced: jobs of other processes, pauses that are over. */
const LOOK_MS = 1_000;
/** How often deadlines and lost leases are looked after. */
const TEND_MS = 5_000;
/** Pause before an end that could not be written is written again. */
const WRITE_AGAIN_MS = 1_000;

/** `engine`, `policy`, `annotate` and the routes may be others each time that they are read: the configuration may change. */
export interface JobWorkerParts {
  readonly engine: EngineDeps;
  readonly store: JobStore;
  readonly policy: JobPolicy;
  /** Puts the `understudy` object into answers. */
  readonly annotate: boolean;
  /** Undefined for a route that is not configured any more. */
  routeOf(name: string, dialect: CallerDialectName): Route | undefined;
  /** Keeps the engine that is there now, until what it gives is called. */
  hold(): () => void;
  newRequestId(): string;
  /** A job has ended: there may be a message to deliver. */
  onEnded(): void;
  /** For the log; never holds anything of a request. */
  onTrouble(what: string, error: unknown): void;
}

interface Running {
  readonly gone: AbortController;
  readonly done: Promise<void>;
}

/** Works off deferred jobs: as many of a route at once as may be, oldest first, and none while nobody can serve them. */
export class JobWorker {
  readonly #parts: JobWorkerParts;
  readonly #leases: LeaseKeeper;
  readonly #releases = new Map<string, JobRelease>();
  readonly #running = new Map<string, Running>();
  readonly #loop: WakeLoop;
  #finished = false;
  #tendedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: JobWorkerParts) {
    this.#parts = parts;
    this.#leases = new LeaseKeeper({
      store: parts.store,
      clock: parts.engine.clock,
      get leaseMs() {
        return parts.policy.leaseMs;
      },
      onLost: (token) => this.#running.get(token)?.gone.abort(),
      onTrouble: (error) => parts.onTrouble('leases of jobs could not be renewed', error),
    });
    this.#loop = new WakeLoop({
      clock: parts.engine.clock,
      everyMs: LOOK_MS,
      look: () => this.#look(),
      onTrouble: (error) => parts.onTrouble('deferred jobs could not be looked after', error),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be work. Costs nothing where a look is under way already. */
  wake(): void {
    this.#loop.wake();
  }

  /** Takes no more jobs. Those that run have `graceMs` to end and are then given back. True when all ended by themselves. */
  async finish(graceMs: number): Promise<boolean> {
    if (this.#finished) return true;
    await this.#loop.stop();
    const { clock } = this.#parts.engine;
    const over = new AbortController();
    const ended = Promise.all([...this.#running.values()].map(({ done }) => done)).then(() => true);
    const inTime = await Promise.race([ended, sleep(clock, graceMs, over.signal).then(() => this.#running.size === 0)]);
    over.abort();
    for (const { gone } of this.#running.values()) gone.abort(new Halt(STOPPING));
    await ended;
    this.#leases.close();
    this.#finished = true;
    return inTime;
  }

  async #look(): Promise<void> {
    await this.#tend();
    const { view } = this.#parts.store;
    for (const route of new Set([...view.dueRoutes(), ...view.heldRoutes()])) await this.#fill(route);
    for (const [route, release] of this.#releases) if (release.idle) this.#releases.delete(route);
  }

  async #tend(): Promise<void> {
    const { engine, store, policy } = this.#parts;
    if (engine.clock.now() - this.#tendedAt < TEND_MS) return;
    this.#tendedAt = engine.clock.now();
    const { leaseMs, attempts, keepMs } = policy;
    const changed = await store.order({ kind: 'tend', leaseMs, attempts, keepMs, longestWaitMs: LONGEST_WAIT_MS });
    // Of jobs whose deadline has passed their callers may want to hear.
    if (changed > 0) this.#parts.onEnded();
  }

  async #fill(name: string): Promise<void> {
    const { engine, store, routeOf } = this.#parts;
    const route = routeOf(name, 'openai-chat');
    const release = this.#releaseOf(name, route);
    const targets = route
      ? unavailability(route, engine.lanes, engine.clock.now())
      : [{ target: name, reason: 'unknown-route', message: 'this route is not configured any more' }];
    release.turn(targets !== undefined);
    if (store.view.heldRoutes().includes(name) !== release.held) {
      await store.order(
        targets ? { kind: 'hold-route', route: name, targets } : { kind: 'release-route', route: name },
      );
    }
    while (release.free > 0 && this.#loop.working) {
      const token = engine.chance.newId();
      const requestId = this.#parts.newRequestId();
      const { leaseMs } = this.#parts.policy;
      const found = await store.order({ kind: 'claim', route: name, token, requestId, leaseMs });
      if (found === 0) return;
      this.#begin({ name, token, requestId, release });
    }
  }

  #releaseOf(name: string, route: Route | undefined): JobRelease {
    const known = this.#releases.get(name);
    if (known) {
      if (route) known.limit(route.defer.concurrency);
      return known;
    }
    const release = new JobRelease(route?.defer.concurrency ?? 1);
    this.#releases.set(name, release);
    return release;
  }

  #begin(begun: Begun): void {
    const { token, release } = begun;
    const gone = new AbortController();
    release.running += 1;
    this.#leases.keep(token);
    const done = this.#work(begun, gone.signal)
      .catch((error: unknown) => this.#parts.onTrouble('a deferred job could not be ended', error))
      .finally(() => {
        release.running -= 1;
        this.#leases.release(token);
        this.#running.delete(token);
        this.#parts.onEnded();
        this.wake();
      });
    this.#running.set(token, { gone, done });
  }

  async #work(begun: Begun, signal: AbortSignal): Promise<void> {
    const job = this.#parts.store.view.claimed(begun.token);
    if (!job) return;
    const outcome = await this.#outcome(job, begun, signal);
    if (outcome) await this.#settle(begun.token, outcome);
  }

  async #outcome(job: ClaimedJob, begun: Begun, signal: AbortSignal): Promise<JobOutcome | undefined> {
    const { engine, policy, annotate } = this.#parts;
    const route = this.#parts.routeOf(begun.name, job.dialect);
    if (!route) return { kind: 'given-back' };
    const { requestId, release } = begun;
    const letGo = this.#parts.hold();
    const result = await runJob({ job, route, requestId, signal, annotate }, engine)
      .catch((error: unknown) => this.#broken(error, requestId))
      .finally(letGo);
    switch (result.kind) {
      case 'unwanted':
        return undefined;
      case 'answered':
        release.reached();
        return { kind: 'done', result: result.result };
      case 'failed': {
        const outage = unavailability(route, engine.lanes, engine.clock.now()) !== undefined;
        const random = engine.chance.next();
        const { attempts } = job;
        const { failure } = result;
        const outcome = jobVerdict({ failure, attempts, maxAttempts: policy.attempts, outage, random });
        if (outcome.kind === 'held') release.refused();
        else release.reached();
        return outcome;
      }
    }
  }

  /** A defect of ours. It may be the job's doing, so that it counts against it like any other failure. */
  #broken(error: unknown, requestId: string): JobRunResult {
    this.#parts.onTrouble(`a deferred job failed in request ${requestId}`, error);
    const message = 'the gateway failed; the request id finds the cause in its log';
    const failure: Failure = {
      code: 'internal_error',
      status: 500,
      message,
      shouldRetry: false,
      targets: [],
      requestId,
    };
    return { kind: 'failed', failure };
  }

  /** An answer that was paid for is written as often as it takes, for as long as the lease stands. */
  async #settle(token: string, outcome: JobOutcome): Promise<void> {
    const { engine, store } = this.#parts;
    for (;;) {
      try {
        await store.order({ kind: 'settle', token, outcome });
        return;
      } catch (error) {
        this.#parts.onTrouble('the end of a deferred job could not be written', error);
        if (!this.#loop.working || !store.view.standing([token]).has(token)) return;
        await sleep(engine.clock, WRITE_AGAIN_MS, NEVER);
      }
    }
  }
}

interface Begun {
  readonly name: string;
  readonly token: string;
  readonly requestId: string;
  readonly release: JobRelease;
}

const NEVER = new AbortController().signal;

const STOPPING: Failure = {
  code: 'gateway_draining',
  status: 503,
  message: 'this process is stopping; the job is given back',
  shouldRetry: true,
  targets: [],
};
