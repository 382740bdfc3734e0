import { describe, expect, test } from 'vitest';
import type { ErrorResponse } from '../../model/dialect.ts';
import { decodeFault as anthropicFault } from '../anthropic-messages/decode-fault.ts';
import { decodeFault } from './decode-fault.ts';

const refusal = (status: number, type: string | undefined, message: string): ErrorResponse => ({
  status,
  headers:
    type === undefined ? {} : { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
  body: JSON.stringify({ message }),
});

describe('a refusal of Bedrock', () => {
  test.each<[number, string | undefined, string, string]>([
    [403, 'AccessDeniedException', 'You do not have access', 'credential-refused'],
    [403, 'UnrecognizedClientException', 'The security token is invalid.', 'credential-refused'],
    [403, 'InvalidSignatureException', 'Signature expired', 'credential-refused'],
    [403, 'ExpiredTokenException', 'The token has expired', 'credential-refused'],
    [403, undefined, 'Forbidden', 'credential-refused'],
    [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'rate-limited'],
    // Not the window: "too many tokens" is a rate here.
    [429, 'ThrottlingException', 'Too many tokens, please wait before trying again.', 'rate-limited'],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota-exhausted'],
    [400, 'ServiceQuotaExceededException', 'Your request exceeds the quota', 'quota-exhausted'],
    [404, 'ResourceNotFoundException', 'This version has reached the end of its life.', 'model-not-found'],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'model-not-found'],
    [400, 'ValidationException', 'Input is too long for requested model.', 'context-too-long'],
    [
      400,
      'ValidationException',
      'Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
      'context-too-long',
    ],
    [400, 'ValidationException', 'Invocation of x with on-demand throughput isn’t supported.', 'provider-rejected'],
    [400, undefined, "This model doesn't support the video content block.", 'provider-rejected'],
    [400, 'ValidationException', 'extraneous key [service_tier] is not permitted', 'provider-rejected'],
    [400, 'ValidationException', 'messages: at least one message is needed', 'invalid-request'],
    [408, 'ModelTimeoutException', 'took too long', 'server-error'],
    [424, 'ModelErrorException', 'the model failed', 'server-error'],
    [429, 'ModelNotReadyException', 'starting', 'server-error'],
    [500, 'InternalServerException', 'oops', 'server-error'],
    [503, 'ServiceUnavailableException', 'busy', 'server-error'],
    [503, undefined, 'busy', 'server-error'],
    [418, undefined, 'teapot', 'unknown'],
  ])('%i %s "%s" is %s', (status, type, message, kind) => {
    const response = refusal(status, type, message);
    const fault = decodeFault(response);
    expect(fault).toMatchObject({ kind, status, complaint: { message, ...(type !== undefined && { type }) } });
    // Claude by InvokeModel is refused in the same words.
    if (type !== undefined) expect(anthropicFault(response)).toEqual(fault);
  });

  test('a body that is none says what its header says', () => {
    expect(
      decodeFault({ status: 429, headers: { 'x-amzn-errortype': 'ThrottlingException' }, body: '' }),
    ).toMatchObject({
      kind: 'rate-limited',
      complaint: { type: 'ThrottlingException' },
    });
  });
});
