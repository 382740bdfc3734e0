import type { JsonObject } from '../../model/json.ts';
import type { Stamp, Trouble, VendorError } from '../dialect-kit.ts';

interface Said {
  readonly status: number;
  readonly name: string;
  readonly message: string;
  readonly details?: JsonObject[];
  readonly headers?: Record<string, string>;
}

const TYPES = 'type.googleapis.com/google.rpc.';

/** `{"error": {code, message, status, details}}` (cloud.google.com/apis/design/errors). */
export function geminiRefusal(trouble: Trouble, _stamp: Stamp): VendorError {
  const { status, name, message, details, headers } = say(trouble);
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: { error: { code: status, message, status: name, ...(details && { details }) } },
  };
}

/** An error as an element of a stream. */
export function geminiErrorFrame(trouble: Trouble, stamp: Stamp): string {
  const json = JSON.stringify(geminiRefusal(trouble, stamp).body);
  return stamp.asEvents ? `data: ${json}\r\n\r\n` : `[${json}]`;
}

function say(trouble: Trouble): Said {
  switch (trouble.kind) {
    case 'status':
      return { status: trouble.status, ...ofStatus(trouble.status) };
    case 'rate-limited':
      return { ...{ status: 429, ...ofStatus(429) }, ...retryInfo(trouble.retryAfter, trouble.retryAfterMs) };
    case 'overloaded':
      return { status: 503, ...ofStatus(503) };
    case 'quota':
      return { status: 429, ...ofStatus(429), details: [quotaFailure('GenerateRequestsPerDayPerProjectPerModel')] };
    case 'model-retired':
      return {
        status: 404,
        name: 'NOT_FOUND',
        message: `models/${trouble.model} is not found for API version v1beta, or is not supported for generateContent.`,
      };
    case 'auth-refused':
      return authRefused(trouble.key);
    case 'context-too-long':
      return invalid(
        `The input token count (${trouble.askedTokens}) exceeds the maximum number of tokens allowed (${trouble.limitTokens}).`,
      );
    case 'invalid':
      return invalid(trouble.message);
    // The API answers a blocked prompt with status 200 and `promptFeedback`; this is what remains for other places.
    case 'content-policy':
      return invalid('The prompt was blocked.');
    case 'provider-rejected':
      return { status: 400, name: 'INVALID_ARGUMENT', message: 'JSON mode is not enabled for this model.' };
    case 'too-large':
      return { status: 413, ...ofStatus(413) };
  }
}

function invalid(message: string): Said {
  return { status: 400, name: 'INVALID_ARGUMENT', message };
}

/** A bad key is a 400 here, not a 401. */
function authRefused(key: string | undefined): Said {
  const reason = { '@type': `${TYPES}ErrorInfo`, reason: 'API_KEY_INVALID', domain: 'googleapis.com' };
  const echo = { '@type': `${TYPES}DebugInfo`, detail: `Invalid API key: ${key}` };
  return {
    ...invalid('API key not valid. Please pass a valid API key.'),
    details: key === undefined ? [reason] : [reason, echo],
  };
}

/** Waits are told in the body, not in a header; what is no number of seconds can only go out as a header. */
function retryInfo(retryAfter: string | undefined, retryAfterMs: string | undefined): Partial<Said> {
  const ms = retryAfterMs !== undefined ? Number(retryAfterMs) : Number(retryAfter) * 1000;
  if (retryAfter === undefined && retryAfterMs === undefined) return {};
  if (Number.isFinite(ms)) {
    const info = { '@type': `${TYPES}RetryInfo`, retryDelay: `${ms / 1000}s` };
    return { details: [quotaFailure('GenerateRequestsPerMinutePerProjectPerModel'), info] };
  }
  return {
    headers: {
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      ...(retryAfterMs !== undefined && { 'retry-after-ms': retryAfterMs }),
    },
  };
}

function quotaFailure(quotaId: string): JsonObject {
  return { '@type': `${TYPES}QuotaFailure`, violations: [{ quotaId }] };
}

function ofStatus(status: number): Omit<Said, 'status'> {
  switch (status) {
    case 400:
    case 422:
      return { name: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' };
    case 401:
      return { name: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' };
    case 402:
      return { name: 'FAILED_PRECONDITION', message: 'Billing is not active on this project.' };
    case 403:
      return { name: 'PERMISSION_DENIED', message: 'The caller does not have permission.' };
    case 404:
      return { name: 'NOT_FOUND', message: 'Requested entity was not found.' };
    case 408:
    case 504:
      return { name: 'DEADLINE_EXCEEDED', message: 'The request timed out. Please try again.' };
    case 413:
      return { name: 'INVALID_ARGUMENT', message: 'Request payload size exceeds the limit.' };
    case 429:
      return {
        name: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota, please check your plan and billing details.',
      };
    case 503:
    case 529:
      return { name: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' };
    default:
      return {
        name: status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT',
        message: 'An internal error has occurred. Please retry or report.',
      };
  }
}
