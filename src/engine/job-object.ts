import type { Failure } from '../model/failure.ts';
import { isOpenJob, type StoredJob } from '../model/job.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Dialects } from './ports.ts';

/** What stands in a job beside what is stored of it. */
export interface JobDetails {
  /** Jobs of its route whose turn comes before it; of one that waits. */
  readonly ahead?: number;
  /** JSON of the answer. */
  readonly result?: string | undefined;
}

/** A job as its caller is told it. The answer, and the error in its place, are in the dialect of the request. */
export function jobObject(job: StoredJob, details: JobDetails, dialects: Dialects): JsonObject {
  const failure = isOpenJob(job.state) ? undefined : endOf(job);
  const result = details.result === undefined ? null : (JSON.parse(details.result) as JsonValue);
  return {
    id: job.id,
    object: 'job',
    state: job.state,
    route: job.route,
    dialect: job.dialect,
    attempts: job.attempts,
    created_at: seconds(job.createdAt),
    deadline_at: seconds(job.deadlineAt),
    finished_at: job.finishedAt === undefined ? null : seconds(job.finishedAt),
    ...(details.ahead !== undefined && { position: details.ahead + 1 }),
    ...(job.state === 'held' && { held: heldBecause(job) }),
    ...(job.webhook !== undefined && { webhook: job.webhook }),
    request_ids: [...job.requestIds],
    ...(isOpenJob(job.state) && job.failure && { last_failure: told(job.failure.code, job.failure.message) }),
    ...(job.state === 'dead' && { reason: job.reason ?? null }),
    result,
    error: failure ? dialects.caller(job.dialect).encodeFailure(failure) : null,
  };
}

/** The failure that a job ended with; undefined for one that was answered, and one that has not ended. */
export function endOf(job: StoredJob): Failure | undefined {
  const requestId = job.requestIds.at(-1) ?? job.id;
  const base = { shouldRetry: false, targets: job.failure?.targets ?? [], requestId };
  const last = job.failure ? `; the last failure: ${job.failure.message}` : '';
  switch (job.state) {
    case 'failed':
    case 'dead': {
      const { code, status, message } = job.failure ?? UNKNOWN_END;
      return {
        ...base,
        code,
        status,
        message: job.state === 'dead' ? `${job.reason ?? 'given up'}: ${message}` : message,
      };
    }
    case 'expired':
      return { ...base, code: 'deadline_exceeded', status: 504, message: `the deadline of this job passed${last}` };
    case 'cancelled':
      return { ...base, code: 'job_cancelled', status: 409, message: 'this job was cancelled' };
    case 'queued':
    case 'held':
    case 'running':
    case 'done':
      return undefined;
  }
}

const UNKNOWN_END = { code: 'internal_error', status: 500, message: 'no failure is on record' } as const;

/** The whole route where it is held, else what stands in the way of this job alone. */
function heldBecause({ routeHold, failure, reason }: StoredJob): JsonObject {
  const targets = routeHold?.targets ?? failure?.targets ?? [];
  return {
    since: routeHold ? seconds(routeHold.since) : null,
    reason: routeHold ? 'no target of the route can be asked now' : (reason ?? null),
    targets: targets.map(({ target, reason: why, message }) => ({ target, reason: why, message: message ?? null })),
  };
}

function told(code: string, message: string): JsonObject {
  return { code, message };
}

/** As OpenAI's API tells time. */
function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
