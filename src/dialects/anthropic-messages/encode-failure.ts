import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';

/**
 * The API's own types by status; official SDKs choose their error class by the status, and other clients by these.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The API's own codes for fields that it does not take as they are; its SDKs act on them without asking anybody. */
const ERROR_CODES: ReadonlyMap<string, string> = new Map([['thread', 'thread_unsupported_request']]);

/** One clear error in the shape of the Messages API. */
export function encodeFailure(failure: Failure): JsonObject {
  const { code, requestId, targets } = failure;
  const errorCode = code === 'invalid_request' ? ERROR_CODES.get(failure.field ?? '') : undefined;
  const complaint = code === 'upstream_refused' ? failure.fault?.complaint : undefined;
  const field = complaint?.param ?? failure.field;
  return {
    type: 'error',
    error: {
      type: complaint?.type ?? typeOf(failure.status),
      message: complaint?.message ?? failure.message,
      ...(errorCode !== undefined && { details: { error_code: errorCode } }),
      understudy: {
        code,
        ...(complaint?.code !== undefined && { provider_code: complaint.code }),
        ...(field !== undefined && { field }),
        ...(requestId !== undefined && { request_id: requestId }),
        ...(failure.retryAfterMs !== undefined && { retry_after_ms: failure.retryAfterMs }),
        targets: targets.map(({ target, reason, message, retryAfterMs }) => ({
          target,
          reason,
          ...(message !== undefined && { message }),
          ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
        })),
      },
    },
    request_id: requestId ?? null,
  };
}

function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}
