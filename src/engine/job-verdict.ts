import type { Failure, FailureCode } from '../model/failure.ts';
import { FAULT_KINDS } from '../model/fault.ts';
import type { JobFailure } from '../model/job.ts';
import { HELD_WAIT_MS, JOB_BACKOFF, pauseMs } from './job-policy.ts';
import type { JobOutcome } from './job-store.ts';

/** Failures that no waiting cures. */
const FOR_GOOD: ReadonlySet<FailureCode> = new Set([
  'invalid_request',
  'no_eligible_target',
  'payload_too_large',
  'unknown_model',
  'upstream_refused',
]);

interface FailedRun {
  readonly failure: Failure;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** No target of the route can be asked any more. */
  readonly outage: boolean;
  readonly random: number;
}

/**
 * What a failed run leads to. An attempt counts against a job only while others could be served: during an outage every
 * request fails, and none of them is to blame.
 */
export function jobVerdict({ failure, attempts, maxAttempts, outage, random }: FailedRun): JobOutcome {
  const known = jobFailure(failure);
  if (failure.code === 'gateway_draining') return { kind: 'given-back' };
  if (FOR_GOOD.has(failure.code) && failure.status < 500) return { kind: 'failed', failure: known };
  if (outage || !wasAsked(failure)) {
    const reason = failure.targets.map((report) => `${report.target}: ${report.reason}`).join('; ');
    const waitMs = pauseMs(JOB_BACKOFF, 1, random, Math.min(failure.retryAfterMs ?? HELD_WAIT_MS, 60_000));
    return { kind: 'held', failure: known, reason: reason || failure.message, waitMs };
  }
  if (attempts >= maxAttempts) {
    return { kind: 'dead', failure: known, reason: `given up after ${attempts} attempts` };
  }
  return { kind: 'again', failure: known, waitMs: pauseMs(JOB_BACKOFF, attempts, random, failure.retryAfterMs) };
}

/** Only a fault, and no reason for skipping a target, shows that one was asked. Failures of our own count as asked. */
function wasAsked({ code, targets }: Failure): boolean {
  if (code === 'ledger_unavailable' || code === 'internal_error') return true;
  return targets.some(({ reason }) => (FAULT_KINDS as readonly string[]).includes(reason));
}

export function jobFailure({ code, status, message, targets }: Failure): JobFailure {
  return { code, status, message, targets };
}
