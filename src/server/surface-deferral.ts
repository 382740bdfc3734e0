import type { ServerResponse } from 'node:http';
import type { Route } from '../engine/route.ts';
import type { RunResult } from '../engine/run.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { JsonObject } from '../model/json.ts';
import type { CallerKey } from './caller-keys.ts';
import {
  type DeferralTime,
  guardSubmission,
  guardUnkept,
  idempotencyKeyIn,
  isWorthDeferring,
  knownJob,
  type Submission,
  sendAccepted,
  submitJob,
} from './deferral.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { ownerOf } from './keeping.ts';
import { guardPrompt } from './prompt-guard.ts';

/** A request of a chat surface that may be answered later. */
export interface Deferrable {
  readonly when: DeferralTime;
  readonly route: Route;
  readonly request: ChatRequest;
  /** As the caller sent it. */
  readonly sent: JsonObject;
  /** As the dialect read it. */
  readonly body: JsonObject;
  readonly caller: CallerKey | undefined;
  readonly headers: Parameters<typeof idempotencyKeyIn>[0];
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
}

/**
 * Answers 202 where the request is deferred at once, or was before under the same key; false where it is to be served
 * now. Throws `HttpFailure` for what could not be deferred if it had to be.
 */
export async function acceptedAtOnce(deferrable: Deferrable, gateway: Gateway): Promise<boolean> {
  const { deferring } = gateway;
  if (deferrable.request.dialect === 'openai-responses') guardUnkept(deferrable.sent);
  guardPrompt(deferrable.request, deferrable.route, gateway);
  const submission = submissionOf(deferrable);
  guardSubmission(deferring, submission);
  const job = deferrable.when === 'now' ? await submitJob(deferring, submission) : knownJob(deferring, submission);
  if (!job) return false;
  sendAccepted(deferrable.response, { ...deferrable, job, deferring }, gateway);
  return true;
}

/** Answers 202 in place of a failure that a job may outlive; false where the failure is the answer. */
export async function acceptedInstead(deferrable: Deferrable, result: RunResult, gateway: Gateway): Promise<boolean> {
  if (result.kind !== 'failed' || !isWorthDeferring(result.failure, deferrable.when)) return false;
  const { deferring } = gateway;
  try {
    const job = await submitJob(deferring, submissionOf(deferrable));
    sendAccepted(deferrable.response, { ...deferrable, job, deferring }, gateway);
    return true;
  } catch (error) {
    // There is no room for it: the failure of the request itself says more.
    if (!(error instanceof HttpFailure)) gateway.onInternalError(error, deferrable.requestId);
    return false;
  }
}

function submissionOf({ when, route, request, body, caller, headers }: Deferrable): Submission {
  const { deadlineMs, ...options } = request.options;
  return {
    owner: ownerOf(caller),
    route,
    dialect: request.dialect,
    body,
    options,
    idempotencyKey: idempotencyKeyIn(headers),
    // Of a request that is served now it is how long its caller waits, and says nothing of the job.
    deadlineMs: when === 'now' ? deadlineMs : undefined,
  };
}
