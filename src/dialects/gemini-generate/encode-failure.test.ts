import { describe, expect, it } from 'vitest';
import type { Failure } from '../../model/failure.ts';
import { decodeFault } from './decode-fault.ts';
import { encodeFailure } from './encode-failure.ts';

const base: Failure = {
  code: 'all_targets_failed',
  status: 503,
  message: 'all targets failed',
  shouldRetry: false,
  requestId: 'req1',
  targets: [{ target: 'a/b', reason: 'rate-limited', message: 'slow down', retryAfterMs: 1500 }],
};

describe('a failure', () => {
  it.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [413, 'INVALID_ARGUMENT'],
    [429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
  ])('of status %i is %s', (status, word) => {
    expect(encodeFailure({ ...base, status })).toMatchObject({ error: { code: status, status: word } });
  });

  it('says why for each target, and when to come back in a form that clients of this API read', () => {
    const encoded = encodeFailure({ ...base, retryAfterMs: 1500, field: 'contents' });
    expect(encoded).toEqual({
      error: {
        code: 503,
        message: 'all targets failed',
        status: 'UNAVAILABLE',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ field: 'contents', description: 'all targets failed' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
        ],
        understudy: {
          request_id: 'req1',
          code: 'all_targets_failed',
          targets: [{ target: 'a/b', reason: 'rate-limited', message: 'slow down', retry_after_ms: 1500 }],
        },
      },
    });
    const response = { status: 503, headers: {}, body: JSON.stringify(encoded) };
    expect(decodeFault(response)).toMatchObject({ kind: 'server-error', retryAfterMs: 2000 });
  });

  it('that a provider told speaks in its words, but in the status words of this API', () => {
    const told = (type: string) => {
      const complaint = { message: 'no such thing', type, code: 'c', param: 'p' };
      const fault = { kind: 'invalid-request' as const, message: 'm', complaint };
      return encodeFailure({ ...base, code: 'upstream_refused', status: 400, fault });
    };
    expect(told('FAILED_PRECONDITION')).toMatchObject({
      error: { status: 'FAILED_PRECONDITION', message: 'no such thing' },
    });
    expect(told('invalid_request_error')).toMatchObject({
      error: {
        status: 'INVALID_ARGUMENT',
        details: [{ fieldViolations: [{ field: 'p' }] }],
        understudy: { provider_type: 'invalid_request_error', provider_code: 'c' },
      },
    });
  });
});
