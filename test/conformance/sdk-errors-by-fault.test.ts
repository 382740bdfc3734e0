import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../src/model/fault.ts';
import type { House } from '../kit/gateway-kit.ts';
import { startWays } from './ways.ts';

/** Whatever goes wrong at a provider of any dialect reaches the caller of any dialect as the error its SDK knows. */
let house: House;

beforeAll(async () => {
  house = await startWays({ health: { breaker: { consecutive: 1000, failureShare: 1, minimumSamples: 10_000 } } });
});
afterAll(() => house.close());

interface Row {
  readonly kind: FaultKind;
  /** The simulator's script, as the suffix of a model's name. */
  readonly script: string;
  readonly status: number;
  /** The gateway's own code, where the failure is the gateway's and not passed on. */
  readonly code: string;
}

const ROWS: readonly Row[] = [
  { kind: 'server-error', script: 'status-503', status: 503, code: 'all_targets_failed' },
  { kind: 'server-error', script: 'status-529', status: 503, code: 'all_targets_failed' },
  { kind: 'rate-limited', script: 'rate-limited-400', status: 429, code: 'all_targets_failed' },
  { kind: 'quota-exhausted', script: 'quota', status: 429, code: 'all_targets_failed' },
  { kind: 'credential-refused', script: 'auth-refused', status: 503, code: 'all_targets_failed' },
  { kind: 'model-not-found', script: 'model-retired', status: 404, code: 'upstream_refused' },
  { kind: 'context-too-long', script: 'context-too-long-8192', status: 400, code: 'upstream_refused' },
  { kind: 'invalid-request', script: 'invalid-request', status: 400, code: 'upstream_refused' },
  { kind: 'content-policy', script: 'content-policy', status: 400, code: 'upstream_refused' },
  { kind: 'provider-rejected', script: 'provider-rejected', status: 400, code: 'upstream_refused' },
  { kind: 'connection-failed', script: 'reset-0', status: 503, code: 'all_targets_failed' },
  { kind: 'bad-response', script: 'html-page', status: 503, code: 'all_targets_failed' },
  { kind: 'bad-response', script: 'error-in-200', status: 503, code: 'all_targets_failed' },
  { kind: 'bad-response', script: 'overloaded-after-200', status: 503, code: 'all_targets_failed' },
  { kind: 'bad-response', script: 'wrong-shape', status: 503, code: 'all_targets_failed' },
];

const CLASSES = {
  400: [OpenAI.BadRequestError, Anthropic.BadRequestError],
  404: [OpenAI.NotFoundError, Anthropic.NotFoundError],
  429: [OpenAI.RateLimitError, Anthropic.RateLimitError],
  503: [OpenAI.InternalServerError, Anthropic.InternalServerError],
} as const;

const prompt = 'Hello';
const messages = [{ role: 'user' as const, content: prompt }];

const CALLERS: Readonly<Record<string, (model: string, stream: boolean) => Promise<unknown>>> = {
  async 'openai-chat'(model, stream) {
    const client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
    return client.chat.completions.create({ model, messages, stream });
  },
  async 'openai-responses'(model, stream) {
    const client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
    return client.responses.create({ model, input: prompt, stream });
  },
  async 'anthropic-messages'(model, stream) {
    const client = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
    return client.messages.create({ model, max_tokens: 100, messages, stream });
  },
  async 'gemini-generate'(model, stream) {
    const client = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: house.gateway.url } });
    const asked = { model, contents: prompt };
    if (!stream) return client.models.generateContent(asked);
    for await (const _ of await client.models.generateContentStream(asked));
    return undefined;
  },
};

async function thrownBy(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

function expectedClass(caller: string, status: Row['status']) {
  if (caller === 'gemini-generate') return ApiError;
  const [ofOpenai, ofAnthropic] = CLASSES[status as keyof typeof CLASSES];
  return caller === 'anthropic-messages' ? ofAnthropic : ofOpenai;
}

describe.each(Object.keys(CALLERS))('a caller of %s', (caller) => {
  describe.each(['alpha', 'beta', 'gamma'])('served by %s', (provider) => {
    test.each(ROWS)('$kind by $script', async ({ script, status, code, kind }) => {
      for (const stream of [false, true]) {
        const ask = CALLERS[caller];
        const thrown = await thrownBy(ask?.(`${provider}/steady-1--${script}`, stream) ?? Promise.resolve());
        expect(thrown, `${kind} ${stream}`).toBeInstanceOf(expectedClass(caller, status));
        expect(thrown).toMatchObject({ status });
        // Each SDK keeps the body in a place of its own; its text is in every message or error.
        const body = `${String(thrown)} ${JSON.stringify((thrown as { error?: unknown }).error ?? null)}`;
        expect(body).toContain(code);
      }
    });
  });
});
