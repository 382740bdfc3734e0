import type { Failure, FailureCode } from '../model/failure.ts';

/** An error of the edge itself, thrown by hooks and handlers and answered in the caller's dialect. */
export class HttpFailure extends Error {
  /** An error that is told by a failure made elsewhere. */
  static of({ status, code, message, ...how }: Failure): HttpFailure {
    return new HttpFailure(status, code, message, how);
  }

  readonly failure: Failure;
  /** The connection cannot be used any further: what follows on it would be misread. */
  readonly close: boolean;

  constructor(
    status: number,
    code: FailureCode,
    message: string,
    how: { field?: string; close?: boolean; retryAfterMs?: number; shouldRetry?: boolean } = {},
  ) {
    super(message);
    this.name = 'HttpFailure';
    this.close = how.close ?? false;
    this.failure = {
      code,
      status,
      message,
      shouldRetry: how.shouldRetry ?? false,
      targets: [],
      ...(how.field !== undefined && { field: how.field }),
      ...(how.retryAfterMs !== undefined && { retryAfterMs: how.retryAfterMs }),
    };
  }
}

/** Fastify's and Node's own errors, by their stable codes. */
export function failureOf(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpFailure(413, 'payload_too_large', 'the request body is larger than the limit of this gateway', {
        field: 'body',
        close: true,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpFailure(
        415,
        'unsupported_media_type',
        'the body must be JSON: send `content-type: application/json`',
        { field: 'content-type' },
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpFailure(400, 'invalid_request', 'the body is not as long as its content-length says', {
        field: 'content-length',
        close: true,
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new HttpFailure(400, 'invalid_request', 'the body is empty; a JSON object is expected', { field: 'body' });
    default:
      if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
        return new HttpFailure(statusCode, 'invalid_request', 'the request could not be read', { close: true });
      }
      return new HttpFailure(500, 'internal_error', 'the gateway failed; the request id finds the cause in its log');
  }
}
