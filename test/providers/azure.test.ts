import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';
import { canary, holdsNoKey, ledgerBytes } from '../kit/canary.ts';
import { type CloudEndpoint, sendEvents, sendJson, setVariables, startCloudEndpoint } from '../kit/cloud-endpoint.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

const KEY = canary('azure-key');
const HEADER = canary('identity-header');
const prompt = [{ role: 'user' as const, content: 'Hello' }];
const filters = { hate: { filtered: false, severity: 'safe' } };

/** A stream as Azure sends it: filter results before the answer and between its pieces, chunks without a delta. */
const STREAM = [
  {
    id: '',
    object: '',
    created: 0,
    model: '',
    choices: [],
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: filters }],
  },
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Good ' }),
  {
    ...chunk(),
    choices: [
      { index: 0, content_filter_results: filters, content_filter_offsets: { start_offset: 0, end_offset: 5 } },
    ],
  },
  chunk({ content: 'day.' }),
  { ...chunk(), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { ...chunk(), choices: [], latency_checkpoint: { engine_ttft_ms: 5 } },
  { ...chunk(), choices: [], usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 } },
].map((data) => ({ data }));
const WHOLE = {
  ...chunk(),
  object: 'chat.completion',
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: filters }],
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      content_filter_results: filters,
      message: { role: 'assistant', content: 'Good day.' },
    },
  ],
  usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
};

function chunk(delta?: object) {
  const base = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'gpt-5.6-2026-03-01',
  };
  return { ...base, choices: delta ? [{ index: 0, delta, finish_reason: null }] : [] };
}

/** What the fake resource takes as proof; what else it answers is up to a test. */
let accepted: (headers: Record<string, unknown>) => boolean;
let special: (() => { status: number; body: unknown; headers?: Record<string, string> }) | undefined;
let azure: CloudEndpoint;
let houses: House[];

beforeEach(async () => {
  houses = [];
  special = undefined;
  accepted = (headers) => headers['api-key'] === KEY.key && headers.authorization === undefined;
  azure = await startCloudEndpoint(({ headers, body }, response) => {
    if (!accepted(headers)) {
      // A careless resource, which repeats what it was shown.
      const shown = headers['api-key'] ?? headers.authorization?.split(' ')[1];
      return sendJson(response, { error: { code: '401', message: `Access denied: ${shown} is invalid.` } }, 401);
    }
    const answer = special?.();
    if (answer) return sendJson(response, answer.body, answer.status, answer.headers);
    if (JSON.parse(body).stream) return sendEvents(response, [...STREAM, { data: '[DONE]' }]);
    sendJson(response, WHOLE);
  });
});
afterEach(async () => {
  for (const house of houses) {
    const { logs, ledgerFile } = house;
    await house.gateway.drain(0, 1_000);
    holdsNoKey('the log', logs.join(''), [KEY, HEADER]);
    holdsNoKey('the ledger', ledgerBytes(ledgerFile), [KEY, HEADER]);
    await house.close();
  }
  await azure.stop();
});

async function house(provider: Record<string, unknown>, options: HouseOptions = {}): Promise<House> {
  const started = await startHouse({
    providers: { azure: { baseUrl: `${azure.url}/openai/v1`, deployments: { 'gpt-5.6': 'prod-main' }, ...provider } },
    targets: ['azure/gpt-5.6', 'beta/steady-1'],
    ...options,
    env: { AZURE_KEY: KEY.key, ...options.env },
  });
  houses.push(started);
  return started;
}
const openai = ({ gateway }: House) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'k', maxRetries: 0 });
const anthropic = ({ gateway }: House) => new Anthropic({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 });
const servedBy = ({ headers }: { headers: Headers }) => headers.get('x-understudy-served-by');
const last = () => azure.requests.at(-1);

async function attempts(at: House, { headers }: { headers: Headers }) {
  const row = await at.reader.request(headers.get('x-understudy-request-id') ?? '');
  return row?.attemptRows.map(({ target, fault, verdict }) => [target, fault?.kind ?? 'good', verdict ?? '']);
}

describe('with a key', () => {
  test('the deployment in the body, the key in its own header, the filter results all the way to the caller', async () => {
    const at = await house({ apiKey: 'env:AZURE_KEY' });
    const { data, response } = await openai(at)
      .chat.completions.create({ model: 'reply', messages: prompt })
      .withResponse();
    expect(servedBy(response)).toBe('azure/gpt-5.6');
    expect(data.choices[0]?.message.content).toBe('Good day.');
    expect(data).toHaveProperty('prompt_filter_results');
    expect(last()?.url).toBe('/openai/v1/chat/completions');
    expect(JSON.parse(last()?.body ?? '')).toMatchObject({ model: 'prod-main' });
  });

  test('a stream whose first chunk is empty and whose later ones lack their delta', async () => {
    const at = await house({ apiKey: 'env:AZURE_KEY' });
    const stream = await openai(at).chat.completions.create({ model: 'reply', messages: prompt, stream: true });
    let text = '';
    for await (const part of stream) text += part.choices[0]?.delta?.content ?? '';
    expect(text).toBe('Good day.');
    const message = await anthropic(at)
      .messages.stream({ model: 'reply', max_tokens: 50, messages: prompt })
      .finalMessage();
    expect(message).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'Good day.' }],
      usage: { input_tokens: 4, output_tokens: 3 },
    });
  });

  test('a dated version has the deployment and itself in the path', async () => {
    const at = await house({
      apiKey: 'env:AZURE_KEY',
      baseUrl: `${azure.url}/openai`,
      apiVersion: '2025-04-01-preview',
    });
    await openai(at).chat.completions.create({ model: 'reply', messages: prompt });
    expect(last()?.url).toBe('/openai/deployments/prod-main/chat/completions?api-version=2025-04-01-preview');
  });

  test('the Responses API', async () => {
    const at = await house({ apiKey: 'env:AZURE_KEY', dialect: 'openai-responses' });
    special = () => ({
      status: 200,
      body: {
        id: 'resp_1',
        object: 'response',
        created_at: 1,
        status: 'completed',
        model: 'gpt-5.6',
        output: [
          {
            type: 'message',
            id: 'm',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'Good day.', annotations: [] }],
          },
        ],
        usage: { input_tokens: 4, output_tokens: 3, total_tokens: 7 },
      },
    });
    const { choices } = await openai(at).chat.completions.create({ model: 'reply', messages: prompt });
    expect(choices[0]?.message.content).toBe('Good day.');
    expect(last()?.url).toBe('/openai/v1/responses');
    expect(JSON.parse(last()?.body ?? '')).toMatchObject({ model: 'prod-main' });
  });

  test.each<[string, number, unknown, string]>([
    [
      'a code that is a number as text',
      401,
      { error: { code: '401', message: 'Access denied.' } },
      'credential-refused',
    ],
    [
      'no such deployment',
      404,
      { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } },
      'model-not-found',
    ],
    [
      'a word and details',
      429,
      { error: { code: 'RateLimitReached', message: 'Try later.', details: 'x' } },
      'rate-limited',
    ],
    [
      'no code at all',
      429,
      { message: 'Requests to the Chat Completions operation have exceeded the call rate limit.' },
      'rate-limited',
    ],
    [
      'a filter inside a 200',
      200,
      {
        error: {
          code: 'content_filter',
          message: 'The response was filtered.',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
      'content-policy',
    ],
  ])('%s: %i goes on to the next target where that may help', async (_what, status, body, kind) => {
    const at = await house({ apiKey: 'env:AZURE_KEY' }, { failover: { onContentPolicy: 'next', attempts: 1 } });
    // Azure says both; the finer one is nought, and neither keeps the caller waiting when another target is there.
    const waits: Record<string, string> = status === 429 ? { 'retry-after': '1', 'retry-after-ms': '0' } : {};
    special = () => ({ status, body, headers: waits });
    const { response } = await openai(at).chat.completions.create({ model: 'reply', messages: prompt }).withResponse();
    expect(servedBy(response)).toBe('beta/steady-1');
    expect((await attempts(at, response))?.[0]?.slice(0, 2)).toEqual(['azure/gpt-5.6', kind]);
  });

  test('steps in when OpenAI is down', async () => {
    const at = await house({ apiKey: 'env:AZURE_KEY' }, { targets: ['alpha/a--status-500', 'azure/gpt-5.6'] });
    for (const client of [openai(at), openai(at)]) {
      const { data, response } = await client.chat.completions
        .create({ model: 'reply', messages: prompt })
        .withResponse();
      expect([servedBy(response), data.choices[0]?.message.content]).toEqual(['azure/gpt-5.6', 'Good day.']);
    }
  });
});

describe('with Entra', () => {
  let identity: CloudEndpoint;
  let restore: () => void;
  /** Tokens given so far; the text of each is planted like a key. */
  let given: ReturnType<typeof canary>[];
  let refuse: boolean;
  let now: number;
  const clock = { ...systemClock, wallNow: () => now };

  // One for all: the vendor's library remembers where it found the machine's identity.
  beforeAll(async () => {
    identity = await startCloudEndpoint(({ headers }, response) => {
      if (headers['x-identity-header'] !== HEADER.key) return sendJson(response, { error: 'unauthorized' }, 401);
      if (refuse) return sendJson(response, { error: 'invalid_request', error_description: 'no such identity' }, 400);
      const token = canary(`entra-${given.length}`);
      given.push(token);
      setTimeout(() => {
        const expires_on = String(Math.floor(now / 1_000) + 3_600);
        sendJson(response, { access_token: token.key, expires_on, resource: 'r', token_type: 'Bearer' });
      }, 20);
    });
    restore = setVariables({
      IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
      IDENTITY_HEADER: HEADER.key,
      AZURE_CLIENT_ID: undefined,
      AZURE_TENANT_ID: undefined,
      AZURE_FEDERATED_TOKEN_FILE: undefined,
    });
  });
  afterAll(async () => {
    restore();
    await identity.stop();
  });
  beforeEach(() => {
    given = [];
    identity.requests.length = 0;
    refuse = false;
    now = Date.now();
    accepted = (headers) => headers.authorization === `Bearer ${given.at(-1)?.key}` && headers['api-key'] === undefined;
  });
  afterEach(() => {
    for (const at of houses) {
      holdsNoKey('the log', at.logs.join(''), given);
      holdsNoKey('the ledger', ledgerBytes(at.ledgerFile), given);
    }
  });
  const ask = async (at: House) => {
    const asked = openai(at).chat.completions.create({ model: 'reply', messages: prompt });
    return (await asked.withResponse()).response;
  };

  test('one token for all requests that wait for it, in scope, never shown', async () => {
    const at = await house({ auth: 'entra' }, { clock });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(at)));
    expect(new Set(answers.map(servedBy))).toEqual(new Set(['azure/gpt-5.6']));
    expect(identity.requests).toHaveLength(1);
    expect(identity.requests[0]?.url).toContain(
      `resource=${encodeURIComponent('https://cognitiveservices.azure.com')}`,
    );
    expect(azure.requests).toHaveLength(40);
  });

  test('a token that the resource refuses before its end is renewed once, and the request served', async () => {
    const at = await house({ auth: 'entra' }, { clock });
    await ask(at);
    now += 60_000;
    given.push(canary('revoked'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(at)));
    expect(new Set(answers.map(servedBy))).toEqual(new Set(['azure/gpt-5.6']));
    expect(identity.requests).toHaveLength(2);
    expect((await attempts(at, answers[0] ?? new Response()))?.length).toBe(1);
  });

  test('a token near its end is renewed beside the traffic', async () => {
    const at = await house({ auth: 'entra' }, { clock });
    await ask(at);
    now += 56 * 60_000;
    accepted = (headers) => given.some(({ key }) => headers.authorization === `Bearer ${key}`);
    await Promise.all([ask(at), ask(at), ask(at)]);
    expect(identity.requests).toHaveLength(2);
  });

  test('an identity that is refused is our credential’s trouble: told, and the next target serves, fast', async () => {
    refuse = true;
    const at = await house({ auth: 'entra' }, { clock });
    const started = performance.now();
    const response = await ask(at);
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(servedBy(response)).toBe('beta/steady-1');
    expect((await attempts(at, response))?.[0]?.slice(0, 2)).toEqual(['azure/gpt-5.6', 'credential-refused']);
    expect(azure.requests).toEqual([]);
  }, 20_000);

  test('a resource that refuses every token is asked twice and no more', async () => {
    accepted = () => false;
    const at = await house({ auth: 'entra' }, { clock });
    const response = await ask(at);
    expect(servedBy(response)).toBe('beta/steady-1');
    expect((await attempts(at, response))?.[0]?.slice(0, 2)).toEqual(['azure/gpt-5.6', 'credential-refused']);
    expect([identity.requests.length, azure.requests.length]).toEqual([1, 1]);
  });
});
