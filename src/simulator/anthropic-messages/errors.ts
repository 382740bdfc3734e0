import type { JsonObject } from '../../model/json.ts';
import type { Stamp, Trouble, VendorError } from '../dialect-kit.ts';

interface Said {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly details?: JsonObject;
  readonly headers?: Record<string, string>;
}

/** `{"type": "error", "error": {type, message}, "request_id"}` (platform.claude.com/docs/en/api/errors). */
export function anthropicRefusal(trouble: Trouble, stamp: Stamp): VendorError {
  const { status, type, message, details, headers } = say(trouble);
  const requestId = `req_${stamp.id}`;
  const final = status >= 400 && status < 500 && status !== 429 && status !== 408;
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'request-id': requestId,
      ...(final && { 'x-should-retry': 'false' }),
      ...headers,
    },
    body: { type: 'error', error: { type, message, ...(details && { details }) }, request_id: requestId },
  };
}

/** `event: error`, which may come at any time after status 200. */
export function anthropicErrorFrame(trouble: Trouble): string {
  const { type, message } = say(trouble);
  return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}\n\n`;
}

function say(trouble: Trouble): Said {
  switch (trouble.kind) {
    case 'status':
      return { status: trouble.status, ...ofStatus(trouble.status) };
    case 'rate-limited':
      return {
        ...{ status: 429, ...ofStatus(429) },
        headers: {
          ...(trouble.retryAfter !== undefined && { 'retry-after': trouble.retryAfter }),
          ...(trouble.retryAfterMs !== undefined && { 'retry-after-ms': trouble.retryAfterMs }),
        },
      };
    case 'overloaded':
      return { status: 529, ...ofStatus(529) };
    case 'quota':
      return {
        status: 429,
        type: 'rate_limit_error',
        message: 'The spend limit of this workspace has been reached.',
        details: { error_code: 'enforced_spend_limit_reached' },
      };
    case 'model-retired':
      return { status: 404, type: 'not_found_error', message: `model: ${trouble.model}` };
    case 'auth-refused':
      return {
        status: 401,
        type: 'authentication_error',
        message: trouble.key === undefined ? 'invalid x-api-key' : `invalid x-api-key: ${trouble.key}`,
      };
    case 'context-too-long':
      return invalid(`prompt is too long: ${trouble.askedTokens} tokens > ${trouble.limitTokens} maximum`);
    case 'invalid':
      return invalid(trouble.message);
    case 'content-policy':
      return invalid('Output blocked by content filtering policy');
    case 'provider-rejected':
      return invalid("tools.0: tool type 'custom' is not supported on this model");
    case 'too-large':
      return { status: 413, ...ofStatus(413) };
  }
}

function invalid(message: string): Said {
  return { status: 400, type: 'invalid_request_error', message };
}

function ofStatus(status: number): Omit<Said, 'status'> {
  switch (status) {
    case 400:
    case 422:
      return { type: 'invalid_request_error', message: 'Request could not be processed' };
    case 401:
      return { type: 'authentication_error', message: 'invalid x-api-key' };
    case 402:
      return { type: 'billing_error', message: 'Your credit balance is too low to access the API.' };
    case 403:
      return {
        type: 'permission_error',
        message: 'Your API key does not have permission to use the specified resource.',
      };
    case 404:
      return { type: 'not_found_error', message: 'Not found' };
    case 408:
    case 504:
      return { type: 'timeout_error', message: 'Request timed out' };
    case 413:
      return { type: 'request_too_large', message: 'Request exceeds the maximum size' };
    case 429:
      return { type: 'rate_limit_error', message: "This request would exceed your organization's rate limit." };
    case 529:
    case 503:
      return { type: 'overloaded_error', message: 'Overloaded' };
    default:
      return { type: status >= 500 ? 'api_error' : 'invalid_request_error', message: 'Internal server error' };
  }
}
