import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { jobObject } from '../engine/job-object.ts';
import type { JobPolicy } from '../engine/job-policy.ts';
import { SUBMISSIONS } from '../engine/job-store.ts';
import { refusedDegraded } from '../engine/prepared-answer.ts';
import type { Route } from '../engine/route.ts';
import type { ChatRequest, RequestOptions } from '../model/chat-request.ts';
import type { CallerDialectName } from '../model/dialect-name.ts';
import type { Failure } from '../model/failure.ts';
import type { StoredJob } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

/** What the edge needs to defer requests. */
export interface Deferring {
  readonly store: Jobs;
  readonly policy: JobPolicy;
  /** Names of the endpoints that may be told of ends. */
  readonly webhooks: ReadonlySet<string>;
  /** There is work. */
  wake(): void;
}

/** A request to be run later. */
export interface Submission {
  /** Whom it belongs to. */
  readonly owner: string;
  readonly route: Route;
  readonly dialect: CallerDialectName;
  /** In the dialect, without options of the gateway's. */
  readonly body: JsonObject;
  readonly options: RequestOptions;
  readonly idempotencyKey: string | undefined;
  readonly deadlineMs: number | undefined;
}

/** Visible ASCII, as a header can carry it. */
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
/** What a caller is told who comes back after the queue was full: less would only fill the door. */
const FULL_RETRY_MS = 30_000;

/** The caller's `Idempotency-Key`. Throws `HttpFailure` for one that is none. */
export function idempotencyKeyIn(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  return typeof key === 'string' ? checkKey(key, 'idempotency-key') : undefined;
}

export function checkKey(key: string, field: string): string {
  if (KEY_PATTERN.test(key)) return key;
  throw new HttpFailure(400, 'invalid_request', `${field} must be 1 to 255 visible ASCII characters`, { field });
}

/** `if-refused`: where the answer that could be had is degraded, and the caller refuses such ones. */
export type DeferralTime = 'now' | 'if-needed' | 'if-refused';

/** Whether a request is answered later: at once a job, a job where nobody can serve it now, or not. */
export function deferralOf(route: Route, request: ChatRequest): DeferralTime | 'no' {
  const asked = request.options.defer;
  const { when } = route.defer;
  if (asked === undefined && when !== 'always') return defersRefused(route, request) ? 'if-refused' : 'no';
  guardDeferrable(route, request);
  return when === 'always' || asked === 'always' ? 'now' : 'if-needed';
}

/** The route's own wish, which nobody asked for: what cannot be given later gets its error as on any other route. */
function defersRefused({ degraded }: Route, { options, stream }: ChatRequest): boolean {
  return degraded?.onRefused === 'defer' && options.quality === 'strict' && !stream;
}

/** Throws `HttpFailure` for a request whose answer cannot be kept for later, or may not be. */
export function guardDeferrable(route: Route, request: ChatRequest): void {
  if (route.defer.when === 'never') {
    const message = `understudy.defer: route "${route.name}" answers at once or not at all (\`defer\` of the route)`;
    throw new HttpFailure(400, 'invalid_request', message, { field: 'understudy.defer' });
  }
  if (request.stream) {
    const message = 'stream: a deferred answer is given whole; leave `stream` out';
    throw new HttpFailure(400, 'invalid_request', message, { field: 'stream' });
  }
}

/** A deferred answer is the job's, and not one of the kept responses. Throws where the caller says that it wants both. */
export function guardUnkept(body: JsonObject): void {
  const field = keepingField(body);
  if (field !== undefined) throw unkept(field);
}

/** The field by which a caller says that it wants its response kept. */
export function keepingField({ store, conversation }: JsonObject): string | undefined {
  if (store === true) return 'store';
  return conversation === undefined || conversation === null ? undefined : 'conversation';
}

function unkept(field: string): HttpFailure {
  const message = `${field}: a deferred answer is kept as the result of its job, and not as a response; leave ${field} out`;
  return new HttpFailure(400, 'invalid_request', message, { field });
}

/** What a failed request becomes a job for: nobody could serve it now, and somebody may later. */
export function isWorthDeferring(failure: Failure, when: DeferralTime): boolean {
  if (when === 'if-refused' && !refusedDegraded(failure)) return false;
  const { code } = failure;
  return code === 'all_targets_failed' || code === 'overloaded' || code === 'deadline_exceeded';
}

/** The job of the same key and request; undefined where there is none. Throws 422 for another request under the key. */
export function knownJob(deferring: Deferring, submission: Submission): StoredJob | undefined {
  const { owner, idempotencyKey } = submission;
  if (idempotencyKey === undefined) return undefined;
  const job = deferring.store.view.byKey(owner, idempotencyKey);
  if (job && deferring.store.view.digest(job.id) !== digestOf(submission)) throw conflict();
  return job;
}

/** Stores a job; it is durable when this resolves. Throws `HttpFailure` where there is no room for it, or its key is another's. */
export async function submitJob(deferring: Deferring, submission: Submission): Promise<StoredJob> {
  const { owner, route, dialect, body, options, idempotencyKey } = submission;
  const { store, policy } = deferring;
  const { webhook, defer: _, deadlineMs: __, ...kept } = options;
  const job = {
    id: `job_${randomUUID().replaceAll('-', '')}`,
    caller: owner,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    digest: digestOf(submission),
    route: route.name,
    dialect,
    body: JSON.stringify(body),
    options: JSON.stringify(kept),
    deadlineMs: submission.deadlineMs ?? policy.deadlineMs,
    ...(webhook !== undefined && { webhook }),
  };
  switch (SUBMISSIONS[await store.order({ kind: 'submit', job, limits: policy.queue })]) {
    case 'stored':
      deferring.wake();
      return found(store.view.job(job.id));
    case 'known':
      return found(idempotencyKey === undefined ? undefined : store.view.byKey(owner, idempotencyKey));
    case 'conflict':
      throw conflict();
    case 'too-many':
      throw full(`${policy.queue.jobs} deferred jobs are waiting`);
    case 'too-large':
      throw full(`the deferred jobs that are waiting take ${policy.queue.bytes} bytes`);
    case 'too-old':
      throw full(`deferred jobs of route "${route.name}" are not worked off: the oldest waits for too long`);
    default:
      throw new Error('a job was submitted, and nobody knows what became of it');
  }
}

/** Throws `HttpFailure` for an endpoint that is not configured, and for a deadline beyond the operator's. */
export function guardSubmission(deferring: Deferring, { options, deadlineMs }: Submission): void {
  const { webhook } = options;
  if (webhook !== undefined && !deferring.webhooks.has(webhook)) {
    const known = [...deferring.webhooks].join(', ') || 'none';
    const message = `webhook: there is no endpoint ${JSON.stringify(webhook.slice(0, 60))} in the configuration; known: ${known}`;
    throw new HttpFailure(400, 'invalid_request', message, { field: 'webhook' });
  }
  if (deadlineMs !== undefined && deadlineMs > deferring.policy.deadlineMs) {
    const message = `deadline_ms: the longest of this gateway is ${deferring.policy.deadlineMs}`;
    throw new HttpFailure(400, 'invalid_request', message, { field: 'deadline_ms' });
  }
}

/** 202 and the job: the same on every surface. */
export function sendAccepted(response: ServerResponse, told: Accepted, gateway: Gateway): void {
  const body = JSON.stringify(describeJob(told.job, told.deferring, gateway));
  response.writeHead(202, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    location: `/v1/jobs/${told.job.id}`,
    'x-understudy-request-id': told.requestId,
    ...told.extraHeaders,
  });
  response.end(body);
}

interface Accepted {
  readonly job: StoredJob;
  readonly deferring: Deferring;
  readonly requestId: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
}

/** A job as its caller is told it, with its place in the queue or its answer. */
export function describeJob(job: StoredJob, { store }: Deferring, gateway: Gateway): JsonObject {
  const { dialects } = gateway.engine;
  switch (job.state) {
    case 'queued':
    case 'held':
      return jobObject(job, { ahead: store.view.ahead(job.id) }, dialects);
    case 'done':
      return jobObject(job, { result: store.view.result(job.id) }, dialects);
    default:
      return jobObject(job, {}, dialects);
  }
}

/** Everything that makes two submissions one; texts of a body may be long, so that a hash stands for them. */
function digestOf({ route, dialect, body, options, deadlineMs }: Submission): string {
  const { defer: _, ...rest } = options;
  return createHash('sha256')
    .update(JSON.stringify([route.name, dialect, body, rest, deadlineMs ?? null]))
    .digest('hex');
}

function found(job: StoredJob | undefined): StoredJob {
  // Retention may be shorter than a moment, and a caller may delete what it has just submitted.
  if (!job) throw new HttpFailure(404, 'not_found', 'this job is gone already', { field: 'id' });
  return job;
}

function conflict(): HttpFailure {
  const message = 'idempotency-key: another request was submitted under this key; send each request under its own';
  return new HttpFailure(422, 'idempotency_conflict', message, { field: 'idempotency-key' });
}

function full(why: string): HttpFailure {
  return new HttpFailure(503, 'overloaded', `${why}, and no more are taken`, { retryAfterMs: FULL_RETRY_MS });
}
