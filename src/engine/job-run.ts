import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest, RequestOptions } from '../model/chat-request.ts';
import type { Failure } from '../model/failure.ts';
import type { ClaimedJob } from '../model/job.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { isRequestError } from '../model/request-error.ts';
import type { AnswerSink } from './delivery.ts';
import type { Route } from './route.ts';
import { run } from './run.ts';
import type { EngineDeps } from './run-state.ts';

/** How one run of a job ended. */
export type JobRunResult =
  /** JSON of the answer in the caller's dialect. */
  | { readonly kind: 'answered'; readonly result: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Nobody wants the answer any more: the lease is lost, or the job was cancelled. */
  | { readonly kind: 'unwanted' };

export interface JobRunOrder {
  readonly job: ClaimedJob;
  readonly route: Route;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Puts the `understudy` object into the answer. */
  readonly annotate: boolean;
}

/** Runs a job once, through the same loop as every request, whole and never streamed. */
export async function runJob(order: JobRunOrder, deps: EngineDeps): Promise<JobRunResult> {
  const { job, route, requestId, signal, annotate } = order;
  const request = requestOf(job, deps);
  if ('code' in request) return { kind: 'failed', failure: { ...request, requestId } };
  const result = await run(
    {
      requestId,
      request,
      route,
      signal,
      startedAt: deps.clock.now(),
      patient: true,
      ...(job.caller !== '' && { caller: job.caller }),
    },
    WHOLE,
    deps,
  );
  switch (result.kind) {
    case 'caller-gone':
      return { kind: 'unwanted' };
    case 'failed':
      return result;
    case 'prepared':
      throw new Error('a job was given words that were prepared for callers who wait');
    case 'served': {
      const context = {
        request,
        requestId,
        createdAt: Math.floor(deps.clock.wallNow() / 1000),
        sameDialect: result.target.dialect === request.dialect && !result.rewritten,
        model: result.target.model,
        annotate,
      };
      const answer = deps.dialects.caller(job.dialect).encodeAnswer(result.events, context, result.summary);
      return { kind: 'answered', result: JSON.stringify(answer) };
    }
  }
}

/** A whole answer comes with the result of its run, and not before. */
const WHOLE: AnswerSink = {
  open() {},
  write(_events: readonly ChatEvent[]) {},
};

function requestOf(job: ClaimedJob, { dialects }: EngineDeps): ChatRequest | Failure {
  const options = JSON.parse(job.options) as RequestOptions;
  const deadlineMs = Math.min(options.deadlineMs ?? Number.POSITIVE_INFINITY, Math.max(1, job.leftMs));
  try {
    return dialects.caller(job.dialect).decodeRequest(bodyOf(job), { ...options, deadlineMs });
  } catch (error) {
    if (!isRequestError(error)) throw error;
    // It was read when it came; another version of this program may see it otherwise.
    const base = { shouldRetry: false, targets: [] };
    return { ...base, code: 'invalid_request', status: 400, message: error.message, field: error.field };
  }
}

function bodyOf({ body, id }: ClaimedJob): JsonObject {
  const value: unknown = JSON.parse(body);
  if (!isJsonObject(value)) throw new Error(`the request of ${id} is no object`);
  return value;
}
