import type { CallerDialectName } from './dialect-name.ts';
import type { FailureCode, TargetReport } from './failure.ts';

/**
 * What a deferred job is doing. `queued`: waits for its turn, or for the end of a pause between two attempts. `held`:
 * waits until a target can serve it. `failed`: refused for good, by its own fault. `expired`: its deadline passed.
 * `dead`: given up after too many attempts; an operator may send it again.
 */
export const JOB_STATES = ['queued', 'held', 'running', 'done', 'failed', 'cancelled', 'expired', 'dead'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States that a job has not left behind yet; of these the queue is made. */
export const OPEN_JOB_STATES = ['queued', 'held', 'running'] as const satisfies readonly JobState[];

export function isOpenJob(state: JobState): boolean {
  return (OPEN_JOB_STATES as readonly JobState[]).includes(state);
}

/** The last failure of a job: a failure of a request, without what only one attempt knows. */
export interface JobFailure {
  readonly code: FailureCode;
  /** HTTP status that the request would have been answered with. */
  readonly status: number;
  readonly message: string;
  readonly targets: readonly TargetReport[];
}

/** A request to be run later. Texts are JSON; the body is what the caller sent, in the caller's dialect. */
export interface NewJob {
  /** `job_` and 32 hexadecimal digits of chance: whoever does not know it cannot guess it. */
  readonly id: string;
  /** Name of the caller's key; empty where nobody needs one. */
  readonly caller: string;
  readonly idempotencyKey?: string;
  /** SHA-256 of everything that makes two submissions the same, hexadecimal. */
  readonly digest: string;
  readonly route: string;
  readonly dialect: CallerDialectName;
  readonly body: string;
  readonly options: string;
  /** From now until it expires, in milliseconds. */
  readonly deadlineMs: number;
  /** Name of a configured endpoint that is told how it ended. */
  readonly webhook?: string;
}

/** A job as it is stored. Times in milliseconds since 1970, by the clock of the database. */
export interface StoredJob {
  readonly id: string;
  readonly caller: string;
  readonly route: string;
  readonly dialect: CallerDialectName;
  readonly state: JobState;
  /** Times that it was begun and the beginning counted against it. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly deadlineAt: number;
  /** Earliest moment of the next attempt, of one that waits. */
  readonly notBefore: number;
  readonly finishedAt?: number;
  readonly webhook?: string;
  /** Ids of its runs in the ledger, the newest last; only the last few are kept. */
  readonly requestIds: readonly string[];
  readonly failure?: JobFailure;
  /** Why it is held, why it is dead. */
  readonly reason?: string;
  /** Why its whole route is held, and for which targets. */
  readonly routeHold?: RouteHold;
}

/** No target of a route can serve deferred work now. */
export interface RouteHold {
  readonly since: number;
  readonly targets: readonly TargetReport[];
}

/** What a worker needs to run a job. */
export interface ClaimedJob extends StoredJob {
  readonly body: string;
  readonly options: string;
  /** Milliseconds until its deadline. */
  readonly leftMs: number;
}

/** How the delivery of a job's end to a webhook stands. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to be delivered: a job that has ended. */
export interface ClaimedDelivery {
  /** The `webhook-id`: the same in every try. */
  readonly id: string;
  readonly webhook: string;
  /** Tries so far, this one included. */
  readonly tries: number;
  readonly job: StoredJob;
  /** JSON of the answer in the caller's dialect; absent where the job did not come to one. */
  readonly result?: string;
}

/** Jobs of one state on one route, and the bytes of their requests. */
export interface JobTotal {
  readonly route: string;
  readonly state: JobState;
  readonly jobs: number;
  readonly bytes: number;
}
