import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isContentPolicy, isContextTooLong, isModelMissing, isQuota, readComplaint, retryHintMs } from './complaint.ts';

const read = (body: unknown) => readComplaint(typeof body === 'string' ? body : JSON.stringify(body));

describe('what a provider said, by the shape of its error body', () => {
  it('OpenAI and kin', () => {
    const error = { message: 'No.', type: 'invalid_request_error', param: 'n', code: 'bad_n' };
    expect(read({ error })).toEqual(error);
    expect(read({ error: { message: 'No.', type: null, param: null, code: null } })).toEqual({ message: 'No.' });
  });

  it('Anthropic', () => {
    const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'x' };
    expect(read(body)).toEqual({ message: 'Overloaded', type: 'overloaded_error' });
  });

  it('Google: a number as code, a word as status, and the array of its compatible endpoint', () => {
    const error = { code: 429, message: 'Exhausted.', status: 'RESOURCE_EXHAUSTED' };
    const told = { message: 'Exhausted.', type: 'RESOURCE_EXHAUSTED', code: '429' };
    expect(read({ error })).toEqual(told);
    expect(read([{ error }])).toEqual(told);
  });

  it('xAI and Venice: the error is a text', () => {
    expect(read({ code: 'Invalid argument', error: 'No such thing' })).toEqual({
      message: 'No such thing',
      code: 'Invalid argument',
    });
    expect(read({ error: 'No such thing' })).toEqual({ message: 'No such thing' });
  });

  it('Mistral and FastAPI', () => {
    expect(read({ object: 'error', message: 'Bad', type: 'invalid', param: null, code: '3051' })).toEqual({
      message: 'Bad',
      type: 'invalid',
      code: '3051',
    });
    expect(read({ detail: 'Unauthorized' })).toEqual({ message: 'Unauthorized' });
    const detail = [{ loc: ['body', 'tools', 0], msg: 'Field required' }];
    expect(read({ detail })).toEqual({ message: 'body.tools.0: Field required' });
  });

  it('Cohere and AWS: a bare message', () => {
    expect(read({ id: 'x', message: 'too many tokens' })).toEqual({ message: 'too many tokens' });
    expect(read({ Message: 'no access' })).toEqual({ message: 'no access' });
  });

  it('OpenRouter: the upstream’s own error as JSON text, or as plain text', () => {
    const inner = { error: { message: 'Schema is bad', type: 'invalid_request_error', param: 'tools', code: null } };
    const body = (raw: string) => ({ error: { message: 'Provider returned error', code: 400, metadata: { raw } } });
    expect(read(body(JSON.stringify(inner)))).toEqual({
      message: 'Schema is bad',
      type: 'invalid_request_error',
      code: '400',
      param: 'tools',
    });
    expect(read(body('busy, come back'))).toEqual({ message: 'busy, come back', code: '400' });
    expect(read(body('<html>bad gateway</html>'))).toEqual({ message: 'Provider returned error', code: '400' });
  });

  it('Cloudflare, Databricks, MiniMax and Mistral: one level down, or under names of their own', () => {
    expect(read({ success: false, errors: [{ code: 5007, message: 'No such model' }] })).toEqual({
      message: 'No such model',
      code: '5007',
    });
    expect(read({ error_code: 'BAD_REQUEST', message: 'Bad' })).toEqual({ message: 'Bad', code: 'BAD_REQUEST' });
    expect(read({ base_resp: { status_code: 1004, status_msg: 'login fail' } })).toEqual({
      message: 'login fail',
      code: '1004',
    });
    expect(read({ object: 'error', message: { detail: [{ loc: ['body', 'n'], msg: 'Bad' }] } })?.message).toBe(
      'body.n: Bad',
    );
    expect(read({ detail: { message: 'Bad', code: 'x' } })).toEqual({ message: 'Bad', code: 'x' });
  });

  it('an event of a stream, and JSON text inside JSON text', () => {
    const body = JSON.stringify({ error: { message: 'No.' } });
    for (const wrapped of [`data: ${body}\n\n`, `event: error\ndata: ${body}\n\n`, JSON.stringify(body)]) {
      expect(read(wrapped)).toEqual({ message: 'No.' });
    }
    expect(read('"No."')).toEqual({ message: 'No.' });
  });

  it('plain text is the message; HTML, nothing and other values are no complaint', () => {
    expect(read('upstream connect error')).toEqual({ message: 'upstream connect error' });
    for (const body of ['<html><title>502</title></html>', '', '  ', '[]', '{}', '7', 'null', '{"ok":true}']) {
      expect(read(body)).toBeUndefined();
    }
  });

  it('caps long messages, between characters', () => {
    expect(read({ error: { message: 'x'.repeat(10_000) } })?.message).toHaveLength(500);
    const cut = read({ error: { message: `${'x'.repeat(499)}😀` } })?.message ?? '';
    expect(cut).toBe('x'.repeat(499));
  });

  it('never throws, whatever the body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 6 })), (body) => {
        const complaint = readComplaint(body);
        expect(complaint === undefined || complaint.message.length <= 500).toBe(true);
        retryHintMs(body);
      }),
    );
  });
});

describe('a conversation too long for the model, in every wording', () => {
  it.each([
    ["This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.", 8192],
    ["This endpoint's maximum context length is 131,072 tokens.", 131_072],
    ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072],
    ['prompt is too long: 210000 tokens > 200000 maximum', 200_000],
    ['input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000', 200_000],
    ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', 1_048_576],
    ['request (2600 tokens) exceeds the available context size (2048 tokens), try increasing it', 2048],
    ['Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length', 32_768],
    ['Invalid request: Your request exceeded model token limit: 8192', 8192],
    ['Please reduce the length of the messages. Current length is 9000 while limit is 8192', 8192],
    ['`inputs` must have less than 4096 tokens. Given: 5000', 4096],
    ['prompt token count of 140000 exceeds the limit of 128000', 128_000],
    ['Range of input length should be [1, 30720]', 30_720],
    ['prompt too long; exceeded max context length by 5000 tokens', undefined],
    ['too many tokens: size limit exceeded by 1000 tokens', undefined],
    ['Input is too long for requested model.', undefined],
    ['Your input exceeds the context window of this model.', undefined],
  ])('%s', (message, limitTokens) => {
    expect(isContextTooLong({ message })).toEqual(limitTokens === undefined ? {} : { limitTokens });
  });

  it('is known by its code where the words say nothing', () => {
    for (const code of ['context_length_exceeded', 'exceed_context_size_error', 'too_many_prompt_tokens']) {
      expect(isContextTooLong({ message: 'No.', code })).toEqual({});
      expect(isContextTooLong({ message: 'No.', type: code })).toEqual({});
    }
  });

  it('is not what a limit on the output or a rate limit says', () => {
    expect(
      isContextTooLong({
        message: 'max_tokens is too large: 9000. This model supports at most 4096 completion tokens',
      }),
    ).toBeUndefined();
    expect(
      isContextTooLong({ message: 'Rate limit reached on tokens per min (TPM): Limit 10000, Used 9000' }),
    ).toBeUndefined();
    expect(isContextTooLong({ message: "Invalid 'messages': empty array." })).toBeUndefined();
  });
});

describe('other complaints', () => {
  it('quota and credit', () => {
    expect(isQuota({ message: 'No.', code: 'insufficient_quota' })).toBe(true);
    expect(isQuota({ message: 'Insufficient Balance' })).toBe(true);
    expect(isQuota({ message: 'Your credit balance is too low to access the API' })).toBe(true);
    expect(isQuota({ message: 'This request requires more credits, or fewer max_tokens.' })).toBe(true);
    expect(isQuota({ message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' })).toBe(false);
  });

  it('content policy', () => {
    expect(isContentPolicy({ message: 'No.', code: 'content_filter' })).toBe(true);
    expect(isContentPolicy({ message: 'No.', code: 'content_policy_violation' })).toBe(true);
    expect(
      isContentPolicy({
        message: 'The response was filtered due to the prompt triggering the content management policy.',
      }),
    ).toBe(true);
    expect(isContentPolicy({ message: 'Content violates usage guidelines.' })).toBe(true);
    expect(isContentPolicy({ message: 'Content Exists Risk' })).toBe(true);
    expect(isContentPolicy({ message: 'Content blocks are expected to be either text or image_url type.' })).toBe(
      false,
    );
  });

  it('a model that is not there', () => {
    expect(isModelMissing({ message: 'The model `x` does not exist or you do not have access to it.' })).toBe(true);
    expect(isModelMissing({ message: 'some/model is not a valid model ID' })).toBe(true);
    expect(isModelMissing({ message: 'No.', code: 'DeploymentNotFound' })).toBe(true);
    expect(isModelMissing({ message: 'The model x has been decommissioned and is no longer supported.' })).toBe(true);
    expect(isModelMissing({ message: "Unsupported parameter: 'seed' is not supported with this model." })).toBe(false);
  });
});

describe('how long a body asks to wait', () => {
  it.each([
    ['Rate limit reached. Please try again in 46.72s. Visit …', 46_720],
    ['Please try again in 20ms.', 20],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 1m0.198s.', 60_198],
    ['Please try again in 1h2m3s.', 3_723_000],
    ['try again in 2 minutes', 120_000],
    ['Please retry after 5 seconds.', 5000],
    ['Please retry in 34.074824224s.', 34_075],
    ['retry in 500 milliseconds', 500],
    ['{"details":[{"@type":"RetryInfo","retryDelay":"34s"}]}', 34_000],
    ['{"details":[{"@type":"RetryInfo","retryDelay": "0.5s"}]}', 500],
    ['try again in 900h', 86_400_000],
  ])('%s', (body, ms) => {
    expect(retryHintMs(body)).toBe(ms);
  });

  it('is undefined where it does not say', () => {
    for (const body of ['Please try again later.', 'wait', '', 'retry in many years', '{"retryDelay":"soon"}']) {
      expect(retryHintMs(body)).toBeUndefined();
    }
  });

  it('is found in time that grows with the text alone', () => {
    const body = `try again in ${'1s '.repeat(3000)}${'wait '.repeat(5000)}`;
    const begun = performance.now();
    retryHintMs(body);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
