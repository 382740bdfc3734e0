import { type BackoffPolicy, fullJitter } from '../resilience/backoff.ts';
import type { QueueLimits } from './job-store.ts';

/** What an operator may set about deferred jobs. Times in milliseconds. */
export interface JobPolicy {
  /** A job whose worker has not said for so long that it lives is free for another. */
  readonly leaseMs: number;
  /** Attempts after which a job is dead. */
  readonly attempts: number;
  /** Deadline of jobs that name none, and the longest that one may name. */
  readonly deadlineMs: number;
  /** How long jobs that have ended are kept. */
  readonly keepMs: number;
  readonly queue: QueueLimits;
}

/** 1 s doubling: eight attempts take four minutes at most, so that a fault of minutes is outlived. */
export const JOB_BACKOFF: BackoffPolicy = { baseMs: 1_000, capMs: 128_000 };
/** 5 s doubling up to an hour: twelve tries outlive a receiver's outage of two hours. */
export const DELIVERY_BACKOFF: BackoffPolicy = { baseMs: 5_000, capMs: 3_600_000 };
export const DELIVERY_TRIES = 12;
/** No pause is longer, whatever a provider or a receiver asks for. */
export const LONGEST_WAIT_MS = 3_600_000;
/** Pause of a job that alone finds nobody who may serve it. */
export const HELD_WAIT_MS = 5_000;

/** The pause before the next attempt: what was asked for, and full jitter on top, so that not all come back at once. */
export function pauseMs(policy: BackoffPolicy, attempt: number, random: number, askedMs = 0): number {
  return Math.min(LONGEST_WAIT_MS, askedMs + fullJitter(policy, Math.max(0, attempt - 1), random));
}
