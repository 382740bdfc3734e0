import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault, ProviderComplaint } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import {
  complaintOf,
  isBadKey,
  isContentPolicy,
  isContextTooLong,
  isLackingServer,
  isModelMissing,
  isOutage,
  isQuota,
  isStateRefused,
  isTooLargeForPlan,
  isUnsupported,
  readComplaint,
  retryHintMs,
} from './complaint.ts';

/** A quota that is back within this time is a rate limit under another name (Google's per-minute quotas). */
const SHORT_QUOTA_MS = 5 * 60_000;

interface Told {
  readonly message: string;
  readonly status?: number;
  readonly complaint?: ProviderComplaint;
}

/** An HTTP answer outside 2xx. The wait is the one named in the body; headers need a clock and are read elsewhere. */
export function openaiFault(response: ErrorResponse): Fault {
  const { status, body } = response;
  const complaint = readComplaint(body);
  const told: Told = { message: `answered ${status}`, status, ...(complaint !== undefined && { complaint }) };
  const waitMs = retryHintMs(body);
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 402) return { kind: 'quota-exhausted', ...told, ...wait };
  if (status === 429) return tooMany(told, waitMs);
  if (status >= 400 && status < 500) return refused(told, status, body);
  if (status >= 500 && status < 600) return broken(told, waitMs);
  return { kind: 'unknown', ...told };
}

/**
 * An error told inside an answer of status 200: OpenAI's and OpenRouter's error chunk, Groq's `event: error`, an error
 * body. The provider had accepted the request, so a vague complaint is about the answer, not about the request.
 */
export function openaiAnswerFault(body: JsonObject): Fault {
  const complaint = complaintOf(body);
  const told: Told = { message: 'told an error inside its answer', ...(complaint !== undefined && { complaint }) };
  if (complaint === undefined) {
    return { kind: 'bad-response', what: 'wrong-type', message: 'the answer is not what was asked for' };
  }
  const status = Number(complaint.code);
  const text = `${complaint.type ?? ''} ${complaint.code ?? ''} ${complaint.message}`;
  if (isQuota(complaint)) return { kind: 'quota-exhausted', ...told };
  if (isTooLargeForPlan(complaint)) return { kind: 'provider-rejected', ...told };
  if (status === 429 || /rate.?limit/i.test(text)) return { kind: 'rate-limited', ...told, ...waitOf(complaint) };
  const cause = causeOf(told, JSON.stringify(body));
  if (cause !== undefined) return cause;
  if (status === 402) return { kind: 'quota-exhausted', ...told };
  if (status === 401 || status === 403 || isBadKey(complaint)) return { kind: 'credential-refused', ...told };
  if (status === 404 && isModelMissing(complaint)) return { kind: 'model-not-found', ...told };
  const overloaded = status === 503 || status === 529 || isOutage(complaint) || /overload|at capacity/i.test(text);
  return { kind: 'bad-response', what: overloaded ? 'overloaded' : 'error-body', ...told };
}

function waitOf(complaint: ProviderComplaint): { retryAfterMs?: number } {
  const waitMs = retryHintMs(complaint.message);
  return waitMs === undefined ? {} : { retryAfterMs: waitMs };
}

function tooMany(told: Told, waitMs: number | undefined): Fault {
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const { complaint } = told;
  if (complaint === undefined) return { kind: 'rate-limited', ...told, ...wait };
  if (isTooLargeForPlan(complaint)) return { kind: 'provider-rejected', ...told };
  if (isOutage(complaint)) return { kind: 'server-error', ...told, ...wait };
  if (isQuota(complaint)) {
    const lasting = complaint.code === 'insufficient_quota' || waitMs === undefined || waitMs > SHORT_QUOTA_MS;
    if (lasting) return { kind: 'quota-exhausted', ...told, ...wait };
  }
  return { kind: 'rate-limited', ...told, ...wait };
}

/** 498: Groq's flex tier has no capacity. 499: the provider's own proxy gave up. 424: TGI, what it depends on failed. */
const PASSING_STATUSES = [408, 424, 425, 498, 499];

function refused(told: Told, status: number, body: string): Fault {
  const { complaint } = told;
  if (PASSING_STATUSES.includes(status)) return { kind: 'server-error', ...told };
  if (status === 401) return { kind: 'credential-refused', ...told };
  if (complaint === undefined) return refusedSilently(told, status, body);
  if (isTooLargeForPlan(complaint)) return { kind: 'provider-rejected', ...told };
  if (status === 403) return forbidden(told, complaint);
  if (isOutage(complaint)) return { kind: 'server-error', ...told };
  const cause = causeOf(told, body);
  if (cause !== undefined) return cause;
  if (isQuota(complaint)) return { kind: 'quota-exhausted', ...told };
  if (isBadKey(complaint)) return { kind: 'credential-refused', ...told };
  if (isModelMissing(complaint)) return { kind: 'model-not-found', ...told };
  if (isStateRefused(complaint)) return { kind: 'provider-rejected', about: 'opaque-state', ...told };
  if (isUnsupported(complaint)) return { kind: 'provider-rejected', ...told };
  return byStatus(told, status);
}

/** Without a word the status alone tells. */
function refusedSilently(told: Told, status: number, body: string): Fault {
  // A firewall before the provider, which knows nothing of credentials.
  if (status === 403 && body.trimStart().startsWith('<')) return { kind: 'bad-response', what: 'html', ...told };
  return status === 403 ? { kind: 'credential-refused', ...told } : byStatus(told, status);
}

function byStatus(told: Told, status: number): Fault {
  if (status === 404) return { kind: 'model-not-found', ...told };
  // Providers take bodies of very different sizes.
  return { kind: status === 413 ? 'provider-rejected' : 'invalid-request', ...told };
}

function forbidden(told: Told, complaint: ProviderComplaint): Fault {
  if (isContentPolicy(complaint)) return { kind: 'content-policy', ...told };
  if (isQuota(complaint)) return { kind: 'quota-exhausted', ...told };
  return { kind: isModelMissing(complaint) ? 'model-not-found' : 'credential-refused', ...told };
}

/** An error of the server, unless its words say what no second try cures. */
function broken(told: Told, waitMs: number | undefined): Fault {
  const { complaint } = told;
  const context = complaint && isContextTooLong(complaint);
  if (context) return { kind: 'context-too-long', ...told, ...context };
  if (complaint && isLackingServer(complaint)) return { kind: 'provider-rejected', ...told };
  return { kind: 'server-error', ...told, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
}

/** Causes that the words name whatever the status. */
function causeOf(told: Told, body: string): Fault | undefined {
  const { complaint } = told;
  if (complaint === undefined) return undefined;
  const context = isContextTooLong(complaint);
  if (context !== undefined) return { kind: 'context-too-long', ...told, ...context };
  if (isContentPolicy(complaint)) return { kind: 'content-policy', ...told };
  return isFailedGeneration(complaint, body) ? { kind: 'provider-rejected', ...told } : undefined;
}

/** Groq checks what its model wrote and answers 400 for the model's mistake. */
function isFailedGeneration(complaint: ProviderComplaint, body: string): boolean {
  const code = complaint.code ?? '';
  return code === 'tool_use_failed' || code === 'json_validate_failed' || body.includes('"failed_generation"');
}
