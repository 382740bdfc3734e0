import type { Failure, TargetReport } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';

/** OpenAI's own words for the kinds of errors, by status. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  429: 'rate_limit_error',
};

/**
 * `{"error":{message,type,param,code,understudy}}`: what OpenAI's SDKs throw on, as a body and as a frame of a stream.
 * A refusal that is passed on speaks in the provider's own words.
 */
export function openaiFailure(failure: Failure): JsonObject {
  const said = failure.code === 'upstream_refused' ? failure.fault?.complaint : undefined;
  return {
    error: {
      message: said?.message ?? failure.message,
      type: said?.type ?? typeOf(failure.status),
      param: said?.param ?? failure.field ?? null,
      code: said === undefined ? failure.code : (said.code ?? null),
      understudy: {
        ...(failure.requestId !== undefined && { request_id: failure.requestId }),
        code: failure.code,
        targets: failure.targets.map(report),
      },
    },
  };
}

function typeOf(status: number): string {
  const named = TYPES[status];
  if (named !== undefined) return named;
  return status >= 400 && status < 500 ? 'invalid_request_error' : 'server_error';
}

function report(target: TargetReport): JsonObject {
  return {
    target: target.target,
    reason: target.reason,
    ...(target.message !== undefined && { message: target.message }),
    ...(target.retryAfterMs !== undefined && { retry_after_ms: target.retryAfterMs }),
  };
}
