import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeFault } from './decode-fault.ts';

const fault = (status: number, body: JsonObject | string) =>
  decodeFault({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) });
const error = (message: string, code: string | number | null = null, more: JsonObject = {}): JsonObject => ({
  error: { message, code, type: 'invalid_request_error', ...more },
});

describe('what a refusal means', () => {
  it.each<[FaultKind, number, JsonObject | string]>([
    ['credential-refused', 401, error('Incorrect API key provided', 'invalid_api_key')],
    ['credential-refused', 401, ''],
    ['credential-refused', 403, error('Forbidden', 'forbidden')],
    [
      'credential-refused',
      403,
      error('Country, region, or territory not supported', 'unsupported_country_region_territory'),
    ],
    [
      'credential-refused',
      400,
      [
        {
          error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' },
        },
      ] as unknown as JsonObject,
    ],
    [
      'content-policy',
      403,
      {
        error: {
          code: 403,
          message: 'Provider returned error',
          metadata: { raw: '{"code":"denied","error":"Content violates usage guidelines."}' },
        },
      },
    ],
    ['content-policy', 400, error('filtered by the content management policy', 'content_filter')],
    ['content-policy', 400, error('Content Exists Risk')],
    ['quota-exhausted', 402, error('Insufficient Balance')],
    ['quota-exhausted', 402, ''],
    ['quota-exhausted', 403, error('Your team has used all available credits or reached its monthly spending limit.')],
    [
      'quota-exhausted',
      429,
      error('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'),
    ],
    ['quota-exhausted', 400, error('Your credit balance is too low')],
    ['rate-limited', 429, error('Rate limit reached for requests', 'rate_limit_exceeded')],
    ['rate-limited', 429, '<html>slow down</html>'],
    ['rate-limited', 429, error('You exceeded your current quota. Please retry in 34.07s.', 429)],
    [
      'provider-rejected',
      429,
      error('Request too large for model on tokens per min (TPM): Limit 6000, Requested 8000', 'rate_limit_exceeded'),
    ],
    ['model-not-found', 404, error('The model `x` does not exist or you do not have access to it.', 'model_not_found')],
    ['model-not-found', 404, { error: { code: '404', message: 'Resource not found' } }],
    ['model-not-found', 404, error('The API deployment for this resource does not exist.', 'DeploymentNotFound')],
    ['model-not-found', 404, { error: 'Specified model not found: x' }],
    ['model-not-found', 404, '404 page not found'],
    [
      'model-not-found',
      404,
      error('This is not a chat model and thus not supported in this endpoint.', null, { param: 'model' }),
    ],
    ['model-not-found', 400, error('x/y is not a valid model ID', 400)],
    ['model-not-found', 400, { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' }],
    ['provider-rejected', 404, error('No endpoints found that support tool use.', 404)],
    ['provider-rejected', 404, error('tools is not supported in this model.')],
    ['provider-rejected', 400, error('did not match schema', 'tool_use_failed', { failed_generation: '…' })],
    ['provider-rejected', 400, error('Failed to generate JSON', 'json_validate_failed')],
    ['provider-rejected', 400, error("Unsupported parameter: 'max_tokens'", 'unsupported_parameter')],
    [
      'provider-rejected',
      400,
      error("Unsupported value: 'temperature' does not support 0.2 with this model.", 'unsupported_value'),
    ],
    ['provider-rejected', 400, error('Unrecognized request argument supplied: foo')],
    [
      'provider-rejected',
      400,
      error('max_tokens is too large: 9000. This model supports at most 4096 completion tokens'),
    ],
    ['provider-rejected', 422, { detail: [{ loc: ['body', 'foo'], msg: 'Extra inputs are not permitted' }] }],
    ['context-too-long', 400, error("This model's maximum context length is 8192 tokens.", 'context_length_exceeded')],
    ['context-too-long', 413, error('prompt is too long: 210000 tokens > 200000 maximum')],
    [
      'context-too-long',
      400,
      {
        error: {
          code: 400,
          message: 'request (2600 tokens) exceeds the available context size (2048 tokens)',
          n_ctx: 2048,
          type: 'exceed_context_size_error',
        },
      },
    ],
    ['provider-rejected', 413, 'Request Entity Too Large'],
    ['invalid-request', 400, error("Invalid 'messages': empty array.", 'empty_array')],
    ['invalid-request', 409, error('conflict')],
    ['invalid-request', 422, error('invalid input error', 'Invalid input')],
    ['server-error', 408, ''],
    ['server-error', 498, error('Flex tier capacity exceeded')],
    ['server-error', 500, error('The server had an error')],
    ['server-error', 502, '<html>bad gateway</html>'],
    ['server-error', 529, error('Overloaded')],
    ['unknown', 302, ''],
    ['unknown', 600, ''],
  ])('%s: %i %j', (kind, status, body) => {
    expect(fault(status, body)).toMatchObject({ kind, status });
  });

  it('keeps the provider’s complaint, and speaks in our own words beside it', () => {
    expect(fault(400, error('No.', 'bad', { param: 'n' }))).toEqual({
      kind: 'invalid-request',
      message: 'answered 400',
      status: 400,
      complaint: { message: 'No.', type: 'invalid_request_error', code: 'bad', param: 'n' },
    });
    expect(fault(502, '<html></html>')).not.toHaveProperty('complaint');
  });

  it('reads the wait that a body names, where waiting is of use', () => {
    expect(fault(429, error('Please try again in 1.5s.'))).toMatchObject({ retryAfterMs: 1500 });
    expect(fault(503, error('Please try again in 2 minutes'))).toMatchObject({ retryAfterMs: 120_000 });
    expect(fault(429, error('Slow down.'))).not.toHaveProperty('retryAfterMs');
  });

  it('learns the window of the model', () => {
    expect(fault(400, error("This model's maximum context length is 8192 tokens."))).toMatchObject({
      limitTokens: 8192,
    });
  });
});
