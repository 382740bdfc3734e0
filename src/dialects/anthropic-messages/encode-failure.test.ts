import { describe, expect, it } from 'vitest';
import type { Failure } from '../../model/failure.ts';
import { encodeFailure } from './encode-failure.ts';
import { failure } from './test-kit.ts';

describe('a failure in the shape of the Messages API', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [503, 'overloaded_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
    [415, 'invalid_request_error'],
  ])('of status %i is an %s', (status, type) => {
    expect(encodeFailure({ ...failure, status })).toMatchObject({
      type: 'error',
      error: { type, message: 'Broken off.' },
      request_id: 'req1',
    });
  });

  it('tells the SDKs of the vendor to do without a thread', () => {
    const refused: Failure = { ...failure, code: 'invalid_request', status: 400, field: 'thread' };
    expect(encodeFailure(refused)).toMatchObject({ error: { details: { error_code: 'thread_unsupported_request' } } });
    expect(encodeFailure({ ...refused, field: 'tools' })).not.toHaveProperty('error.details');
    expect(encodeFailure({ ...refused, field: 'constructor' })).not.toHaveProperty('error.details');
  });

  it('names the code, the field and what became of every target', () => {
    const targets = [
      { target: 'p/m', reason: 'rate-limited', message: 'slow down', retryAfterMs: 900 },
      { target: 'q/n', reason: 'breaker-open' },
    ];
    expect(
      encodeFailure({ ...failure, code: 'all_targets_failed', targets, field: 'tools', retryAfterMs: 900 }),
    ).toMatchObject({
      error: {
        understudy: {
          code: 'all_targets_failed',
          request_id: 'req1',
          field: 'tools',
          retry_after_ms: 900,
          targets: [
            { target: 'p/m', reason: 'rate-limited', message: 'slow down', retry_after_ms: 900 },
            { target: 'q/n', reason: 'breaker-open' },
          ],
        },
      },
    });
  });

  it('passes a provider’s own refusal on', () => {
    const complaint = { message: 'tools.0: Field required', type: 'invalid_request_error', code: 'c', param: 'tools' };
    const refused: Failure = {
      ...failure,
      code: 'upstream_refused',
      status: 400,
      fault: { kind: 'invalid-request', message: 'x', complaint },
    };
    expect(encodeFailure(refused)).toMatchObject({
      error: {
        type: 'invalid_request_error',
        message: 'tools.0: Field required',
        understudy: { code: 'upstream_refused', provider_code: 'c', field: 'tools' },
      },
    });
    expect(encodeFailure({ ...refused, code: 'all_targets_failed' })).toMatchObject({
      error: { message: 'Broken off.' },
    });
  });
});
