import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeFault } from './decode-fault.ts';

function refusal(status: number, type: string, message: string, details?: JsonObject): Fault {
  const body = JSON.stringify({
    type: 'error',
    error: { type, message, ...(details && { details }) },
    request_id: 'r',
  });
  return decodeFault({ status, headers: {}, body });
}

describe('a refusal of the Messages API', () => {
  it.each<[number, string, string, JsonObject]>([
    [400, 'invalid_request_error', 'messages.0: Field required', { kind: 'invalid-request' }],
    [
      400,
      'invalid_request_error',
      'prompt is too long: 215000 tokens > 200000 maximum',
      { kind: 'context-too-long', limitTokens: 200_000 },
    ],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
      { kind: 'context-too-long', limitTokens: 200_000 },
    ],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', { kind: 'content-policy' }],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', { kind: 'quota-exhausted' }],
    [
      400,
      'invalid_request_error',
      "output_format.schema: For 'integer' type, property 'minimum' is not supported",
      { kind: 'provider-rejected' },
    ],
    [401, 'authentication_error', 'invalid x-api-key', { kind: 'credential-refused' }],
    [402, 'billing_error', 'x', { kind: 'quota-exhausted' }],
    [403, 'permission_error', 'x', { kind: 'credential-refused' }],
    [404, 'not_found_error', 'model: x', { kind: 'model-not-found' }],
    [413, 'request_too_large', 'x', { kind: 'provider-rejected' }],
    [429, 'rate_limit_error', 'please try again in 2s', { kind: 'rate-limited', retryAfterMs: 2000 }],
    [500, 'api_error', 'Internal server error', { kind: 'server-error' }],
    [504, 'timeout_error', 'x', { kind: 'server-error' }],
    [529, 'overloaded_error', 'Overloaded', { kind: 'server-error' }],
  ])('%i %s: %s', (status, type, message, expected) => {
    const fault = refusal(status, type, message);
    expect(fault).toMatchObject({ ...expected, status, complaint: { type, message } });
    expect(fault.message).toBe(`the provider answered ${status} ${type}`);
  });

  it('for a spend limit, told in the details alone', () => {
    const fault = refusal(429, 'rate_limit_error', 'No more.', { error_code: 'enforced_spend_limit_reached' });
    expect(fault).toMatchObject({ kind: 'quota-exhausted', complaint: { code: 'enforced_spend_limit_reached' } });
  });

  it.each<[number, string, JsonObject]>([
    [502, '<html>Bad gateway</html>', { kind: 'server-error' }],
    [503, '', { kind: 'server-error' }],
    [429, '', { kind: 'rate-limited' }],
    [403, '<!doctype html>', { kind: 'bad-response', what: 'html' }],
    [400, 'Invalid content', { kind: 'invalid-request' }],
    [400, '', { kind: 'invalid-request' }],
    [402, '{}', { kind: 'quota-exhausted' }],
    [413, '', { kind: 'provider-rejected' }],
    [418, '', { kind: 'unknown' }],
    [200, '{"error":{"type":"odd","message":"x"}}', { kind: 'bad-response', what: 'error-body' }],
  ])('%i with the body %j', (status, body, expected) => {
    expect(decodeFault({ status, headers: {}, body })).toMatchObject(expected);
  });

  it('of any shape gives a fault', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
        const fault = decodeFault({ status, headers: {}, body });
        expect(fault.status).toBe(status);
        expect(fault.message.length).toBeLessThan(200);
      }),
    );
  });
});
