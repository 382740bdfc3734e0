import { describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { FaultKind } from '../../src/model/fault.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { named, sayingOf, sse, streamed, whole } from './oddity.ts';

/** Errors told under status 200, by hand after reference/wire-oddities.md, 90 to 92, and the vendors' pages. */
const hello: JsonObject = {
  id: 'c1',
  model: 'm1',
  choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }],
};

describe('OpenRouter, in the middle of a stream', () => {
  const broken = (code: number, choice: JsonObject): JsonObject => ({
    id: 'c1',
    choices: [{ index: 0, delta: { content: '' }, ...choice }],
    error: { code, message: 'Upstream broke' },
  });
  test.each<[string, JsonObject[]]>([
    [
      'beside choices with a stop',
      [broken(502, { finish_reason: 'stop', native_finish_reason: 'MALFORMED_FUNCTION_CALL' })],
    ],
    ['beside choices without an end', [broken(400, { finish_reason: null })]],
    ['with usage after it', [broken(502, { finish_reason: 'error' }), { choices: [], usage: { prompt_tokens: 9 } }]],
    ['without choices', [{ error: { code: 502, message: 'Upstream broke' } }]],
    [
      'inside the choice',
      [
        {
          id: 'c1',
          choices: [{ index: 0, delta: {}, finish_reason: 'error', error: { code: 502, message: 'Upstream broke' } }],
        },
      ],
    ],
  ])('90: %s', (_where, chunks) => {
    for (const last of [[], ['[DONE]']]) {
      const said = sayingOf(streamed('openai-chat', sse(hello, ...chunks, ...last)));
      expect(said).toMatchObject({ text: 'Hello', ends: 0, fault: { kind: 'bad-response', what: 'error-body' } });
    }
  });
});

test('91: Groq names the event of its error, on a stream without names', () => {
  const error = {
    message: 'Failed to call a function.',
    code: 'tool_use_failed',
    failed_generation: '{',
    status_code: 400,
  };
  const text = `${sse(hello)}event: error\ndata: ${JSON.stringify({ error })}\n\n`;
  expect(sayingOf(streamed('openai-chat', text)).fault).toMatchObject({ kind: 'provider-rejected' });
});

interface InAnswer {
  readonly vendor: string;
  readonly dialect: DialectName;
  readonly body: JsonObject;
  readonly kind: FaultKind;
  readonly says?: JsonObject;
}

const chat = (vendor: string, body: JsonObject, kind: FaultKind, says: JsonObject = {}): InAnswer => ({
  vendor,
  dialect: 'openai-chat',
  body,
  kind,
  says,
});
const error = (message: string, code: string | number, type = 'error'): JsonObject => ({
  error: { message, code, type },
});

const ROWS: readonly InAnswer[] = [
  chat('Azure, 92: filtered', error('The response was filtered.', 'content_filter'), 'content-policy'),
  chat('OpenRouter: no credit', error('Insufficient credits', 402), 'quota-exhausted'),
  chat('OpenRouter: rate', error('Rate limit exceeded. Please try again in 2s.', 429), 'rate-limited', {
    retryAfterMs: 2000,
  }),
  chat('OpenRouter: no key', error('User not found.', 401), 'credential-refused'),
  chat('OpenRouter: no model', error('No endpoints found for x/y.', 404), 'model-not-found'),
  chat('OpenRouter: overloaded', error('Provider overloaded', 503), 'bad-response', { what: 'overloaded' }),
  chat('OpenAI: its own', error('The server had an error', 'server_error', 'server_error'), 'bad-response', {
    what: 'error-body',
  }),
  chat('OpenAI: quota', error('You exceeded your current quota', 'insufficient_quota'), 'quota-exhausted'),
  chat(
    'OpenAI, 98: more than a minute holds',
    error('Request too large for m on tokens per min (TPM)', 'rate_limit_exceeded', 'tokens'),
    'provider-rejected',
  ),
  chat(
    'llama.cpp: too long',
    {
      error: {
        code: 400,
        message: 'exceeds the available context size (2048 tokens)',
        type: 'exceed_context_size_error',
      },
    },
    'context-too-long',
    { limitTokens: 2048 },
  ),
  chat(
    'vLLM: too long',
    {
      object: 'error',
      message: "This model's maximum context length is 4096 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
    'context-too-long',
    { limitTokens: 4096 },
  ),
  chat(
    'Moonshot: overloaded',
    error('The engine is currently overloaded, please try again later', 500, 'engine_overloaded_error'),
    'bad-response',
    { what: 'overloaded' },
  ),
  chat(
    'MiniMax: no credit',
    { id: '1', choices: null, base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    'quota-exhausted',
  ),
  chat(
    'MiniMax: rate',
    { id: '1', choices: null, base_resp: { status_code: 1002, status_msg: 'rate limit' } },
    'rate-limited',
  ),
  chat(
    'MiniMax: sensitive',
    { id: '1', choices: null, base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } },
    'content-policy',
  ),
  chat('xAI: text', { code: 'unavailable', error: 'Service overloaded' }, 'bad-response', { what: 'overloaded' }),
  {
    vendor: 'Anthropic: rate',
    dialect: 'anthropic-messages',
    body: { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } },
    kind: 'rate-limited',
  },
  {
    vendor: 'Anthropic: its own',
    dialect: 'anthropic-messages',
    body: { type: 'error', error: { type: 'api_error', message: 'Internal server error' } },
    kind: 'bad-response',
    says: { what: 'error-body' },
  },
  {
    vendor: 'Gemini: overloaded',
    dialect: 'gemini-generate',
    body: { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
    kind: 'bad-response',
    says: { what: 'overloaded' },
  },
  {
    vendor: 'Gemini: quota of a minute',
    dialect: 'gemini-generate',
    body: {
      error: { code: 429, message: 'per minute', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '3s' }] },
    },
    kind: 'rate-limited',
    says: { retryAfterMs: 3000 },
  },
  {
    vendor: 'Responses: failed',
    dialect: 'openai-responses',
    body: {
      type: 'response.failed',
      response: { id: 'r', status: 'failed', output: [], error: { code: 'server_error', message: 'x' } },
    },
    kind: 'bad-response',
    says: { what: 'error-body' },
  },
  {
    vendor: 'Responses: a prompt that is not allowed',
    dialect: 'openai-responses',
    body: { type: 'error', error: { type: 'invalid_request_error', code: 'invalid_prompt', message: 'x' } },
    kind: 'content-policy',
  },
];

describe('errors under status 200', () => {
  test.each(ROWS)('streamed: $vendor', ({ dialect, body, kind, says = {} }) => {
    const text = typeof body.type === 'string' ? named(body) : sse(body);
    expect(sayingOf(streamed(dialect, text)).fault).toMatchObject({ kind, ...says });
  });

  test.each(ROWS.filter(({ body }) => body.type !== 'response.failed'))(
    'whole: $vendor',
    ({ dialect, body, kind, says = {} }) => {
      expect(sayingOf(whole(dialect, body)).fault).toMatchObject({ kind, ...says });
    },
  );
});
