import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../model/failure.ts';
import { encodeFailure } from './encode-failure.ts';

const failure: Failure = {
  code: 'all_targets_failed',
  status: 503,
  message: 'No target could answer.',
  shouldRetry: false,
  requestId: 'req1',
  targets: [
    { target: 'p/m', reason: 'rate-limited', message: 'answered 429', retryAfterMs: 1200 },
    { target: 'q/n', reason: 'breaker-open' },
  ],
};

describe('an error for a caller', () => {
  it('tells each target and why', () => {
    expect(encodeFailure(failure)).toEqual({
      error: {
        message: 'No target could answer.',
        type: 'server_error',
        param: null,
        code: 'all_targets_failed',
        understudy: {
          request_id: 'req1',
          code: 'all_targets_failed',
          targets: [
            { target: 'p/m', reason: 'rate-limited', message: 'answered 429', retry_after_ms: 1200 },
            { target: 'q/n', reason: 'breaker-open' },
          ],
        },
      },
    });
  });

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'server_error'],
    [529, 'server_error'],
  ])('of status %i has the type %s', (status, type) => {
    expect(encodeFailure({ ...failure, status })).toMatchObject({ error: { type } });
  });

  it('names the caller’s field', () => {
    expect(
      encodeFailure({ ...failure, code: 'invalid_request', status: 400, field: 'messages[0].role' }),
    ).toMatchObject({ error: { param: 'messages[0].role', code: 'invalid_request' } });
  });

  it('that a provider made is told in the provider’s words, ours beside them', () => {
    const complaint = { message: "Invalid 'n'.", type: 'invalid_request_error', code: 'bad_n', param: 'n' };
    const refused: Failure = {
      ...failure,
      code: 'upstream_refused',
      status: 400,
      fault: { kind: 'invalid-request', message: 'answered 400', complaint },
    };
    expect(encodeFailure(refused)).toMatchObject({ error: { ...complaint, understudy: { code: 'upstream_refused' } } });
    expect(encodeFailure({ ...refused, code: 'all_targets_failed' })).toMatchObject({
      error: { message: failure.message },
    });
    expect(encodeFailure({ ...refused, fault: { kind: 'invalid-request', message: 'answered 400' } })).toMatchObject({
      error: { message: failure.message, code: 'upstream_refused' },
    });
  });

  it('is what OpenAI’s own client reads', () => {
    const thrown = OpenAI.APIError.generate(503, encodeFailure(failure), undefined, new Headers());
    expect(thrown).toBeInstanceOf(OpenAI.InternalServerError);
    expect(thrown.message).toContain('No target could answer.');
    expect(thrown.code).toBe('all_targets_failed');
  });
});
