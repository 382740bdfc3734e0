import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault, ProviderComplaint } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import {
  complaintOf,
  isContentPolicy,
  isContextTooLong,
  isModelMissing,
  isQuota,
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
  if (status >= 500 && status < 600) return { kind: 'server-error', ...told, ...wait };
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
  if (status === 429 || /rate.?limit/i.test(text)) return { kind: 'rate-limited', ...told, ...waitOf(complaint) };
  const cause = causeOf(told, JSON.stringify(body));
  if (cause !== undefined) return cause;
  const overloaded = status === 503 || status === 529 || /overload|at capacity|no capacity/i.test(text);
  return { kind: 'bad-response', what: overloaded ? 'overloaded' : 'error-body', ...told };
}

function waitOf(complaint: ProviderComplaint): { retryAfterMs?: number } {
  const waitMs = retryHintMs(complaint.message);
  return waitMs === undefined ? {} : { retryAfterMs: waitMs };
}

function tooMany(told: Told, waitMs: number | undefined): Fault {
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const { complaint } = told;
  if (complaint !== undefined && isQuota(complaint)) {
    const lasting = complaint.code === 'insufficient_quota' || waitMs === undefined || waitMs > SHORT_QUOTA_MS;
    if (lasting) return { kind: 'quota-exhausted', ...told, ...wait };
  }
  // The request alone is more than this account's minute holds: waiting does not help, another provider may.
  if (/request too large/i.test(complaint?.message ?? '')) return { kind: 'provider-rejected', ...told };
  return { kind: 'rate-limited', ...told, ...wait };
}

function refused(told: Told, status: number, body: string): Fault {
  const { complaint } = told;
  if (complaint !== undefined && status !== 401 && isContentPolicy(complaint))
    return { kind: 'content-policy', ...told };
  if (complaint !== undefined && status === 403 && isQuota(complaint)) return { kind: 'quota-exhausted', ...told };
  if (status === 401 || status === 403) return { kind: 'credential-refused', ...told };
  // 498: Groq's flex tier has no capacity. 499: the provider's own proxy gave up.
  if (status === 408 || status === 498 || status === 499) return { kind: 'server-error', ...told };
  const cause = causeOf(told, body);
  if (cause !== undefined) return cause;
  if (complaint !== undefined && isQuota(complaint)) return { kind: 'quota-exhausted', ...told };
  if (complaint !== undefined && isBadKey(complaint)) return { kind: 'credential-refused', ...told };
  if (complaint !== undefined && isModelMissing(complaint)) return { kind: 'model-not-found', ...told };
  if (complaint !== undefined && isUnsupported(complaint)) return { kind: 'provider-rejected', ...told };
  return { kind: status === 404 ? 'model-not-found' : 'invalid-request', ...told };
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

/** Google's compatible endpoint and xAI answer 400 for a bad key. */
function isBadKey(complaint: ProviderComplaint): boolean {
  return (
    complaint.code === 'invalid_api_key' ||
    /api key (?:not valid|expired)|(?:incorrect|invalid) api key/i.test(complaint.message)
  );
}

const UNSUPPORTED_CODES = ['unsupported_parameter', 'unsupported_value', 'unknown_parameter', 'unsupported_model'];
const UNSUPPORTED =
  /not support|unsupported|no endpoints found that|unrecognized request argument|unknown (?:variant|field|parameter|name)|extra (?:inputs|fields) (?:are )?not permitted|additional properties are not allowed|max_(?:completion_)?tokens is too large|at most \d+ completion tokens|not (?:available|enabled) (?:for|on|in) this/i;

/** An option that this provider or model does not have; another may. */
function isUnsupported(complaint: ProviderComplaint): boolean {
  return UNSUPPORTED_CODES.includes(complaint.code ?? '') || UNSUPPORTED.test(complaint.message);
}
