import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../model/fault.ts';
import { decodeFault } from './decode-fault.ts';

function refusal(status: number, error: object, headers: Record<string, string> = {}) {
  return decodeFault({ status, headers, body: JSON.stringify({ error: { code: status, ...error } }) });
}

const retryInfo = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const quota = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});
const RESOURCE_EXHAUSTED = { status: 'RESOURCE_EXHAUSTED' };
const billing = 'You exceeded your current quota, please check your plan and billing details.';

describe('rate limits and quotas', () => {
  it('a limit per minute waits as long as RetryInfo says, whatever it says of billing', () => {
    const details = [quota('RequestsPerMinutePerProject'), retryInfo('34.4s')];
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: billing, details })).toMatchObject({
      kind: 'rate-limited',
      status: 429,
      retryAfterMs: 34_400,
      complaint: { message: billing, type: 'RESOURCE_EXHAUSTED' },
    });
  });

  it('a quota per day is gone, although Google sends a short delay along', () => {
    const details = [quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retryInfo('12s')];
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: billing, details }).kind).toBe('quota-exhausted');
  });

  it('billing wording decides only where no short delay is given', () => {
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: billing }).kind).toBe('quota-exhausted');
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: billing, details: [retryInfo('20s')] }).kind).toBe(
      'rate-limited',
    );
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: billing, details: [retryInfo('86400s')] }).kind).toBe(
      'quota-exhausted',
    );
  });

  it('takes the longer of header and body', () => {
    const details = [retryInfo('3s')];
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: 'x', details }, { 'retry-after': '7' })).toMatchObject({
      retryAfterMs: 7000,
    });
    expect(refusal(429, { ...RESOURCE_EXHAUSTED, message: 'x', details }, { 'retry-after': '1' })).toMatchObject({
      retryAfterMs: 3000,
    });
  });
});

describe('other refusals', () => {
  it.each<[FaultKind, number, object]>([
    [
      'credential-refused',
      400,
      { status: 'INVALID_ARGUMENT', message: 'API key not valid. Please pass a valid API key.' },
    ],
    ['credential-refused', 400, { status: 'INVALID_ARGUMENT', message: 'x', details: [{ reason: 'API_KEY_INVALID' }] }],
    ['credential-refused', 401, { status: 'UNAUTHENTICATED', message: 'x' }],
    ['credential-refused', 403, { status: 'PERMISSION_DENIED', message: 'x' }],
    [
      'provider-rejected',
      403,
      { status: 'PERMISSION_DENIED', message: 'You do not have permission to access the File abc' },
    ],
    ['model-not-found', 404, { status: 'NOT_FOUND', message: 'models/x is not found for API version v1beta' }],
    ['provider-rejected', 404, { status: 'NOT_FOUND', message: 'Not found: cached content metadata 1.' }],
    ['credential-refused', 400, { status: 'FAILED_PRECONDITION', message: 'Please enable billing on your project' }],
    [
      'credential-refused',
      400,
      { status: 'FAILED_PRECONDITION', message: 'User location is not supported for the API use.' },
    ],
    ['provider-rejected', 400, { status: 'INVALID_ARGUMENT', message: 'Cannot fetch content from the provided URL.' }],
    ['provider-rejected', 400, { status: 'INVALID_ARGUMENT', message: 'Function call is missing a thought_signature' }],
    [
      'provider-rejected',
      400,
      { status: 'INVALID_ARGUMENT', message: 'Request payload size exceeds the limit: 20971520 bytes.' },
    ],
    ['invalid-request', 400, { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' }],
    ['server-error', 499, { status: 'CANCELLED', message: 'The operation was cancelled.' }],
    ['server-error', 500, { status: 'INTERNAL', message: 'x' }],
    ['server-error', 503, { status: 'UNAVAILABLE', message: 'The model is overloaded.' }],
    ['server-error', 504, { status: 'DEADLINE_EXCEEDED', message: 'x' }],
    ['unknown', 418, { status: 'TEAPOT', message: 'x' }],
  ])('%s for %i %j', (kind, status, error) => {
    expect(refusal(status, error)).toMatchObject({ kind, status });
  });

  it('learns the window from a conversation that is too long', () => {
    const message = 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).';
    expect(refusal(400, { status: 'INVALID_ARGUMENT', message })).toMatchObject({
      kind: 'context-too-long',
      limitTokens: 1_048_576,
    });
  });
});

describe('bodies of other shapes', () => {
  it.each([
    [
      'an array of one',
      '[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m","details":[{"retryDelay":"2s"}]}}]',
    ],
    [
      'an event',
      'data: {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m","details":[{"retryDelay":"2s"}]}}\n\n',
    ],
  ])('%s', (_name, body) => {
    expect(decodeFault({ status: 429, headers: {}, body })).toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 2000,
      complaint: { message: 'm' },
    });
  });

  it.each<[FaultKind, number]>([
    ['server-error', 502],
    ['server-error', 503],
    ['rate-limited', 429],
    ['quota-exhausted', 402],
    ['bad-response', 403],
    ['credential-refused', 401],
    ['model-not-found', 404],
    ['provider-rejected', 413],
    ['unknown', 409],
  ])('%s from HTML with status %i', (kind, status) => {
    expect(decodeFault({ status, headers: {}, body: '<html>no</html>' })).toMatchObject({ kind, status });
  });

  it('a body that contradicts the status line', () => {
    const body = JSON.stringify({ error: { code: 400, message: 'm' } });
    expect(decodeFault({ status: 503, headers: {}, body })).toMatchObject({ kind: 'server-error', status: 503 });
  });

  it('an empty body', () => {
    expect(decodeFault({ status: 500, headers: {}, body: '' })).toEqual({
      kind: 'server-error',
      status: 500,
      message: 'the provider answered 500',
    });
  });

  it('does not repeat what the details say: they may quote the key', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.DebugInfo', detail: 'Invalid API key: secret-0123' }];
    const fault = refusal(400, { status: 'INVALID_ARGUMENT', message: 'API key not valid.', details });
    expect(JSON.stringify(fault)).not.toContain('secret-0123');
  });
});
