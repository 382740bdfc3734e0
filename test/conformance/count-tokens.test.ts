import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import AnthropicOfAYearAgo from 'anthropic-sdk-2025';
import { GoogleGenAI as GoogleOfAYearAgo } from 'google-genai-2025';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { resolveTarget } from '../../src/providers/resolve-target.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { countRecordings, recordingsPresent } from '../kit/recordings.ts';

let house: House;
let failing: HandmadeProvider;
let anthropic: Anthropic;
let openai: OpenAI;
let google: GoogleGenAI;

/** What a provider says to every count and every request. */
let said: { readonly status: number; readonly body: string } = { status: 500, body: '{}' };

beforeAll(async () => {
  failing = await startHandmadeProvider((response) => {
    response.writeHead(said.status, { 'content-type': 'application/json' });
    response.end(said.body);
  });
  const elsewhere = (model: string) => ({ models: { [model]: { sameModel: 'the-same' } } });
  house = await startHouse({
    targets: ['beta/steady-1'],
    routes: {
      chat: { targets: ['alpha/steady-1'] },
      gemini: { targets: ['gamma/steady-1', 'beta/steady-1'] },
      responses: { targets: ['omega/steady-1'] },
      broken: { targets: ['delta/steady-1'] },
      'broken-with-twin': { targets: ['delta/twin', 'gamma/steady-1', 'beta/twin'] },
      abroad: { targets: ['beta/steady-1'] },
    },
    providers: {
      beta: elsewhere('twin'),
      delta: { dialect: 'anthropic-messages', baseUrl: `${failing.url}/v1`, ...elsewhere('twin') },
    },
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY' }] },
    env: { WEB_KEY: 'web-key-0123456789' },
  });
  const apiKey = 'web-key-0123456789';
  const { url } = house.gateway;
  anthropic = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 });
  openai = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
});
afterAll(async () => {
  await house.close();
  await failing.stop();
});

const messages = [{ role: 'user' as const, content: 'How many tokens are in this sentence, and who counts them?' }];
const contents = [{ role: 'user', parts: [{ text: messages[0]?.content ?? '' }] }];
const tools = [{ name: 'look', description: 'Looks it up', input_schema: { type: 'object' as const } }];

/** The same request by each vendor's own client: the number, and whether it was counted or estimated. */
const askers = {
  anthropic: async (model: string) => {
    const { data, response } = await anthropic.messages.countTokens({ model, messages }).withResponse();
    return { tokens: data.input_tokens, headers: response.headers, body: data as object };
  },
  openai: async (model: string) => {
    const { data, response } = await openai.responses.inputTokens.count({ model, input: messages }).withResponse();
    return { tokens: data.input_tokens, headers: response.headers, body: data as object };
  },
  google: async (model: string) => {
    const counted = await google.models.countTokens({ model, contents });
    const headers = new Headers(counted.sdkHttpResponse?.headers);
    return { tokens: counted.totalTokens ?? Number.NaN, headers, body: counted as object };
  },
};

describe.each(['anthropic', 'openai', 'google'] as const)('the official client of %s', (vendor) => {
  const ask = askers[vendor];

  test.each([
    ['reply', 'beta/steady-1'],
    ['gemini', 'gamma/steady-1'],
    ['responses', 'omega/steady-1'],
  ])('route %s: the counter of its primary, %s', async (route, target) => {
    const { tokens, headers, body } = await ask(route);
    expect(tokens).toBeGreaterThan(8);
    expect(tokens).toBeLessThan(60);
    expect(headers.get('x-understudy-counted-for')).toBe(target);
    expect(headers.get('x-understudy-estimated')).toBe('false');
    expect(headers.get('x-understudy-request-id')).toMatch(/^req_/);
    if (vendor !== 'google') expect(body).toMatchObject({ understudy: { target, estimated: false } });
  });

  test('a primary without a counter: the estimate, marked as one', async () => {
    const { tokens, headers, body } = await ask('chat');
    expect(tokens).toBeGreaterThan(8);
    expect(tokens).toBeLessThan(40);
    expect(headers.get('x-understudy-estimated')).toBe('true');
    if (vendor !== 'google') {
      const why = expect.stringContaining('no counter');
      expect(body).toMatchObject({ understudy: { target: 'alpha/steady-1', estimated: true, why } });
    }
  });

  test('a counter that fails: the estimate, and the failure leaves no trace on the lane’s breaker', async () => {
    said = { status: 500, body: '{"type":"error","error":{"type":"api_error","message":"no"}}' };
    const { headers } = await ask('broken');
    expect(headers.get('x-understudy-estimated')).toBe('true');
    expect(house.gateway.engine.lanes.find('delta/steady-1')?.snapshot(0).breaker).toMatchObject({ state: 'closed' });
  });

  test('a counter that fails, and another host of the same model: its counter, and never that of another model', async () => {
    said = { status: 500, body: '{}' };
    const { headers } = await ask('broken-with-twin');
    expect(headers.get('x-understudy-counted-for')).toBe('beta/twin');
    expect(headers.get('x-understudy-estimated')).toBe('false');
  });

  test('an unknown model is refused in the words of the vendor', async () => {
    const error: unknown = await ask('nowhere').catch((thrown: unknown) => thrown);
    const expected = { anthropic: Anthropic.NotFoundError, openai: OpenAI.NotFoundError, google: ApiError }[vendor];
    expect(error).toBeInstanceOf(expected);
    expect(error).toMatchObject({ status: 404 });
  });
});

describe('what is counted', () => {
  test('instructions and tools, by Anthropic’s client', async () => {
    const plain = await anthropic.messages.countTokens({ model: 'reply', messages });
    const more = await anthropic.messages.countTokens({ model: 'reply', messages, tools, system: 'Be terse.' });
    expect(more.input_tokens).toBeGreaterThan(plain.input_tokens);
  });

  test('a thinking budget larger than any limit of the answer is no matter', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 60_000 };
    const counted = await anthropic.messages.countTokens({ model: 'reply', messages, thinking });
    expect(counted.input_tokens).toBeGreaterThan(8);
  });

  test('a whole request of Gemini’s in one field, instructions and tools with it', async () => {
    const count = async (body: object) => {
      const response = await fetch(`${house.gateway.url}/v1beta/models/gemini:countTokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': 'web-key-0123456789' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const plain = await count({ contents });
    const systemInstruction = { parts: [{ text: 'Answer in one short sentence, in German.' }] };
    const whole = await count({ generateContentRequest: { model: 'models/gemini', contents, systemInstruction } });
    expect(whole.status).toBe(200);
    expect(Number(whole.body.totalTokens)).toBeGreaterThan(Number(plain.body.totalTokens));
    expect(whole.body.promptTokensDetails).toBeDefined();
    expect((await count({ contents, generateContentRequest: { contents } })).status).toBe(400);
  });

  test('a conversation that the gateway keeps: what it holds counts as input', async () => {
    const first = await openai.responses.create({ model: 'responses', input: 'Remember these words: one two three.' });
    const alone = await openai.responses.inputTokens.count({ model: 'responses', input: 'And now?' });
    const after = await openai.responses.inputTokens.count({
      model: 'responses',
      input: 'And now?',
      previous_response_id: first.id,
    });
    expect(after.input_tokens).toBeGreaterThan(alone.input_tokens);
  });

  test('a conversation that is being answered in can be counted meanwhile: a count changes nothing of it', async () => {
    const conversation = (await openai.conversations.create()).id;
    const model = 'omega/steady-1--slow-headers-300';
    const answering = openai.responses.create({ model, conversation, input: 'Take your time.' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const counted = await openai.responses.inputTokens.count({ model: 'responses', conversation, input: 'And now?' });
    expect(counted.input_tokens).toBeGreaterThan(3);
    await answering;
  });

  test('the vendor’s own refusal of a request in its own dialect is passed on', async () => {
    said = {
      status: 400,
      body: '{"type":"error","error":{"type":"invalid_request_error","message":"messages.0: needs another role"}}',
    };
    const fresh = await anthropic.messages.countTokens({ model: 'delta/refusing', messages }).catch((error) => error);
    expect(fresh).toBeInstanceOf(Anthropic.BadRequestError);
    expect(String(fresh)).toContain('needs another role');
  });

  test('what may not leave a region is estimated here, and sent to nobody', async () => {
    const before = failing.requests();
    const response = await fetch(`${house.gateway.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': 'web-key-0123456789',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({ model: 'broken', messages, understudy: { residency: ['eu'] } }),
    });
    expect(await response.json()).toMatchObject({
      understudy: { estimated: true, why: expect.stringMatching(/no target/) },
    });
    expect(failing.requests()).toBe(before);
  });
});

describe('the edge', () => {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${house.gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  test.each([
    ['/v1/messages/count_tokens', 'error.type', 'authentication_error'],
    ['/v1/responses/input_tokens', 'error.code', 'unauthorized'],
    ['/v1beta/models/reply:countTokens', 'error.status', 'UNAUTHENTICATED'],
  ])('%s wants a key, and says so in the words of its vendor', async (path, field, value) => {
    const response = await post(path, { model: 'reply', messages, contents });
    expect(response.status).toBe(401);
    expect(await response.json()).toHaveProperty(field, value);
  });

  test('a body that makes no sense is refused with the field', async () => {
    const response = await post('/v1/messages/count_tokens', { model: 'reply' }, { 'x-api-key': 'web-key-0123456789' });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('messages');
  });

  test('no row is left in the ledger, because no model was asked; the log has a line', async () => {
    const before = (await house.reader.requests({ limit: 200 })).rows.length;
    await askers.anthropic('reply');
    expect((await house.reader.requests({ limit: 200 })).rows.length).toBe(before);
    expect(house.logs.some((line) => line.includes('tokens counted') && line.includes('"caller":"web"'))).toBe(true);
  });
});

describe('clients of a year ago', () => {
  test('Anthropic’s and Google’s count too', async () => {
    const apiKey = 'web-key-0123456789';
    const older = new AnthropicOfAYearAgo({ apiKey, baseURL: house.gateway.url });
    expect((await older.messages.countTokens({ model: 'reply', messages })).input_tokens).toBeGreaterThan(8);
    const olderGoogle = new GoogleOfAYearAgo({ apiKey, httpOptions: { baseUrl: house.gateway.url } });
    expect((await olderGoogle.models.countTokens({ model: 'gemini', contents })).totalTokens).toBeGreaterThan(8);
  });
});

describe.runIf(recordingsPresent)('recorded counts', () => {
  const recorded = recordingsPresent ? countRecordings() : [];

  test.each(recorded.map((one) => [one.id, one] as const))('%s: the count of the recording is read', (_, one) => {
    const { counter } = dialectKits.target(one.dialect);
    expect(counter?.readCount(one.answer)).toBe(one.tokens);
  });

  test('there are recordings of all three counters', () => {
    expect(new Set(recorded.map(({ dialect }) => dialect)).size).toBe(3);
  });

  test.each(recorded.map((one) => [one.id, one] as const))(
    '%s: asked again of us, its own fields go to the counter',
    (_, one) => {
      const caller = dialectKits.caller(one.dialect);
      const kit = dialectKits.target(one.dialect);
      const model = typeof one.body.model === 'string' ? one.body.model : 'some-model';
      const body = caller.counting?.toRequestBody({ ...one.body, model }) ?? {};
      const request = caller.decodeRequest(body, {});
      const target = resolveTarget('any', { dialect: one.dialect }, model);
      const context = { target, newId: () => 'a'.repeat(20) };
      const question = kit.counter?.question(kit.encodeRequest(request, context));
      const sent = question?.body ?? {};
      const asked = one.dialect === 'gemini-generate' ? (sent.generateContentRequest as typeof sent) : sent;
      const own = one.dialect === 'gemini-generate' ? (one.body.generateContentRequest ?? one.body) : one.body;
      for (const [name, value] of Object.entries(own as Record<string, unknown>)) {
        if (name !== 'model') expect(asked[name], name).toEqual(value);
      }
    },
  );
});
