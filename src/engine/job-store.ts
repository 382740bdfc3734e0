import type { TargetReport } from '../model/failure.ts';
import type { ClaimedDelivery, ClaimedJob, JobFailure, JobTotal, NewJob } from '../model/job.ts';

/** Bounds of the queue; what comes beyond them is refused. */
export interface QueueLimits {
  /** Jobs that have not ended, of all routes. */
  readonly jobs: number;
  /** Bytes of their requests together. */
  readonly bytes: number;
  /** Age, in milliseconds, of the oldest waiting job of a route at which the route takes no more. */
  readonly ageMs: number;
}

/** What became of a submission: stored, the same as one before, another than the one before under its key, or no room. */
export const SUBMISSIONS = ['stored', 'known', 'conflict', 'too-many', 'too-large', 'too-old'] as const;
export type Submission = (typeof SUBMISSIONS)[number];

/** How one run of a job ended. */
export type JobOutcome =
  /** `result`: JSON of the answer in the caller's dialect. */
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'failed'; readonly failure: JobFailure }
  | { readonly kind: 'dead'; readonly failure: JobFailure; readonly reason: string }
  /** Once more after a pause. */
  | { readonly kind: 'again'; readonly failure: JobFailure; readonly waitMs: number }
  /** Nobody could serve it: the attempt does not count against it. */
  | { readonly kind: 'held'; readonly failure: JobFailure; readonly reason: string; readonly waitMs: number }
  /** The process stops: as if it had never been taken. */
  | { readonly kind: 'given-back' };

/** How one try to deliver ended. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly waitMs: number; readonly error: string }
  | { readonly kind: 'dead'; readonly error: string };

/** What is done to stored jobs. Each is one transaction, durable when it resolves; spans in milliseconds. */
export type JobOrder =
  | { readonly kind: 'submit'; readonly job: NewJob; readonly limits: QueueLimits }
  /** Takes the oldest waiting job of a route under a lease. Gives 0 where there is none. */
  | {
      readonly kind: 'claim';
      readonly route: string;
      readonly token: string;
      readonly requestId: string;
      readonly leaseMs: number;
    }
  /** Renews leases of jobs and deliveries; gives how many are still there. */
  | { readonly kind: 'renew'; readonly tokens: readonly string[]; readonly leaseMs: number }
  /** Ends a run. Gives 0 where the lease has passed to somebody else, or the job was cancelled: nothing is stored then. */
  | { readonly kind: 'settle'; readonly token: string; readonly outcome: JobOutcome }
  /** Gives 0 where there is no such job of the caller's that has not ended. Without caller: whoever's it is. */
  | { readonly kind: 'cancel'; readonly id: string; readonly caller?: string }
  | { readonly kind: 'delete'; readonly id: string; readonly caller: string }
  /** Runs a dead or failed job again, with a new deadline; of any other, sends the message again that was given up. */
  | { readonly kind: 'retry'; readonly id: string; readonly deadlineMs: number }
  | { readonly kind: 'hold-route'; readonly route: string; readonly targets: readonly TargetReport[] }
  | { readonly kind: 'release-route'; readonly route: string }
  /** Takes the oldest delivery that is due. Gives 0 where there is none. */
  | { readonly kind: 'claim-delivery'; readonly token: string; readonly leaseMs: number }
  | { readonly kind: 'settle-delivery'; readonly token: string; readonly outcome: DeliveryOutcome }
  /** What time brings about; gives how many jobs it changed. */
  | JobTending;

/** Deadlines that have passed, leases that were not renewed, results that have been kept for their time. */
export interface JobTending {
  readonly kind: 'tend';
  readonly leaseMs: number;
  /** Attempts after which a job is dead. */
  readonly attempts: number;
  /** No pause between two attempts is longer. */
  readonly longestWaitMs: number;
  /** How long jobs that have ended are kept. */
  readonly keepMs: number;
}

/** What the worker reads; synchronous, and served by indexes. */
export interface JobView {
  /** The job under a lease; undefined where the lease is gone. */
  claimed(token: string): ClaimedJob | undefined;
  delivery(token: string): ClaimedDelivery | undefined;
  /** Those of the leases that still stand. */
  standing(tokens: readonly string[]): ReadonlySet<string>;
  totals(): readonly JobTotal[];
  /** Routes that have jobs whose turn has come. */
  dueRoutes(): readonly string[];
  /** Routes that are marked as held. */
  heldRoutes(): readonly string[];
  deliveryIsDue(): boolean;
}

/** Durable deferred jobs. */
export interface JobStore {
  readonly view: JobView;
  /** Resolves with the order's number once it is durable. Rejects where it could not be written. */
  order(order: JobOrder): Promise<number>;
}

/** What a receiver answered. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  /** No answer; why, in words without secrets. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** No endpoint of this name is configured any more. */
  | { readonly kind: 'unknown-endpoint' };

/** Sends one signed message. Never rejects for anything that a receiver or the network does. */
export interface WebhookSender {
  send(message: WebhookMessage): Promise<WebhookAnswer>;
}

export interface WebhookMessage {
  /** Name of a configured endpoint. */
  readonly webhook: string;
  readonly id: string;
  /** Seconds since 1970, of this try. */
  readonly timestamp: number;
  readonly body: string;
  readonly signal: AbortSignal;
}
