import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';

/**
 * The vendor's words for the kinds of errors, by HTTP status.
 *
 * @see https://cloud.google.com/apis/design/errors#handling_errors
 */
const WORDS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  504: 'DEADLINE_EXCEEDED',
};

/**
 * `{"error":{code,message,status,details,understudy}}`: what Google's SDKs throw on, as a body and inside a stream.
 * A refusal that is passed on speaks in the provider's own words.
 */
export function encodeFailure(failure: Failure): JsonObject {
  const said = failure.code === 'upstream_refused' ? failure.fault?.complaint : undefined;
  const details = detailsOf(failure, said?.param);
  return {
    error: {
      code: failure.status,
      message: said?.message ?? failure.message,
      // Other vendors have words of their own, of which clients of this API know none.
      status: said?.type !== undefined && /^[A-Z]+(_[A-Z]+)*$/.test(said.type) ? said.type : wordOf(failure.status),
      ...(details.length > 0 && { details }),
      understudy: {
        ...(failure.requestId !== undefined && { request_id: failure.requestId }),
        code: failure.code,
        ...(said?.type !== undefined && { provider_type: said.type }),
        ...(said?.code !== undefined && { provider_code: said.code }),
        targets: failure.targets.map(({ target, reason, message, retryAfterMs }) => ({
          target,
          reason,
          ...(message !== undefined && { message }),
          ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
        })),
      },
    },
  };
}

function wordOf(status: number): string {
  return WORDS[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT');
}

/** The vendor's own forms for a field at fault and for a wait. */
function detailsOf(failure: Failure, param: string | undefined): JsonObject[] {
  const field = param ?? failure.field;
  const details: JsonObject[] = [];
  if (field !== undefined) {
    const fieldViolations = [{ field, description: failure.message }];
    details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations });
  }
  if (failure.retryAfterMs !== undefined) {
    const retryDelay = `${Math.max(1, Math.ceil(failure.retryAfterMs / 1000))}s`;
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  }
  return details;
}
