import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { startReceiver, WEBHOOK_SECRET, type WebhookReceiver } from '../kit/webhook-receiver.ts';

let house: House | undefined;
let receiver: WebhookReceiver | undefined;

afterEach(async () => {
  await house?.close();
  house = undefined;
  await receiver?.close();
  receiver = undefined;
});

const TARGETS = ['alpha/steady-1', 'beta/steady-1'];
const ROUTES = {
  later: { targets: TARGETS, workload: 'background' },
  always: { targets: ['alpha/steady-1'], workload: 'background', defer: 'always' },
};

async function open(options: HouseOptions = {}): Promise<House> {
  const { routes, ...rest } = options;
  house = await startHouse({
    routes: { ...ROUTES, ...routes },
    health: { breaker: { probeInterval: '300ms' } },
    ...rest,
  });
  return house;
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly [member: string]: unknown;
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${house?.gateway.url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Job;
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text, json };
}

const chat = (words: string, model = 'later') => ({ model, messages: [{ role: 'user', content: words }] });

async function ended(id: string, headers: Record<string, string> = {}): Promise<Job> {
  return eventually(
    async () => (await call('GET', `/v1/jobs/${id}`, undefined, headers)).json,
    ({ state }) => !['queued', 'held', 'running'].includes(state),
  );
}

describe('POST /v1/jobs', () => {
  it.each([
    ['openai-chat', '/v1/chat/completions', chat('Hello.')],
    ['openai-responses', '/v1/responses', { model: 'later', input: 'Hello.' }],
    ['anthropic-messages', '/v1/messages', { ...chat('Hello.'), max_tokens: 50 }],
    ['openai-embeddings', '/v1/embeddings', { model: 'vectors', input: 'Hello.' }],
    [
      'gemini-generate',
      '/v1beta/models/later:generateContent',
      { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] },
    ],
  ])('%s: the answer is what the surface would have given', async (dialect, path, request) => {
    await open({ routes: { vectors: { targets: ['alpha/steady-1'], workload: 'background' } } });
    const accepted = await call('POST', '/v1/jobs', { request, path });
    expect(accepted.status).toBe(202);
    expect(accepted.json).toMatchObject({ object: 'job', dialect, result: null });
    const job = await ended(accepted.json.id);
    expect(job).toMatchObject({ state: 'done', error: null, attempts: 1 });
    const result = await call('GET', `/v1/jobs/${job.id}/result`);
    expect(result.status).toBe(200);
    expect(result.json).toEqual(job.result);
    const live = await call('POST', path, request);
    expect(Object.keys(result.json).sort()).toEqual(Object.keys(live.json).sort());
    const { rows } = (await house?.reader.requests({ limit: 10 })) ?? { rows: [] };
    expect(rows.map(({ requestId }) => requestId)).toContain((job.request_ids as string[])[0]);
  });

  it('a dialect may be named in the place of a path', async () => {
    await open();
    const request = { model: 'later', contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] };
    const accepted = await call('POST', '/v1/jobs', { request, dialect: 'gemini-generate' });
    expect((await ended(accepted.json.id)).result).toHaveProperty('candidates');
  });

  it.each([
    ['neither dialect nor path', { request: chat('x') }, 'dialect'],
    ['both of them', { request: chat('x'), dialect: 'openai-chat', path: '/v1/messages' }, 'dialect'],
    ['an unknown dialect', { request: chat('x'), dialect: 'latin' }, 'dialect'],
    ['an unknown path', { request: chat('x'), path: '/v1/audio' }, 'path'],
    ['an unknown field', { request: chat('x'), dialect: 'openai-chat', priority: 1 }, 'priority'],
    ['no request', { dialect: 'openai-chat' }, 'request'],
    ['a stream', { request: { ...chat('x'), stream: true }, dialect: 'openai-chat' }, 'stream'],
    ['a deadline of no time', { request: chat('x'), dialect: 'openai-chat', deadline_ms: 0 }, 'deadline_ms'],
    [
      'a deadline beyond the operator’s',
      { request: chat('x'), dialect: 'openai-chat', deadline_ms: 9e9 },
      'deadline_ms',
    ],
    [
      'an endpoint that is not configured',
      { request: chat('x'), dialect: 'openai-chat', webhook: 'http://169.254.169.254/' },
      'webhook',
    ],
    ['a broken request', { request: { model: 'later' }, dialect: 'openai-chat' }, 'messages'],
    ['a route that never defers', { request: chat('x', 'reply'), dialect: 'openai-chat' }, 'understudy.defer'],
    [
      'a conversation',
      { request: { model: 'later', input: 'x', conversation: 'conv_1' }, dialect: 'openai-responses' },
      'conversation',
    ],
    [
      'a response to be kept',
      { request: { model: 'later', input: 'x', store: true }, dialect: 'openai-responses' },
      'store',
    ],
  ])('%s is refused by name', async (_, body, field) => {
    await open();
    const { status, json } = await call('POST', '/v1/jobs', body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { param: field } });
  });

  it('a refusal speaks the dialect of the request', async () => {
    await open();
    const { json } = await call('POST', '/v1/jobs', { request: chat('x', 'reply'), dialect: 'anthropic-messages' });
    expect(json).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });
});

describe('the official SDKs', () => {
  it('OpenAI: a surface with `defer` gives the job, and the job the completion', async () => {
    const { gateway } = await open();
    const client = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const accepted = (await client.chat.completions.create({
      model: 'later',
      messages: [{ role: 'user', content: 'Hello.' }],
      understudy: { defer: true },
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)) as unknown as Job;
    expect(accepted).toMatchObject({ object: 'job', dialect: 'openai-chat' });
    await ended(accepted.id);
    const completion: OpenAI.ChatCompletion = await client.get(`/jobs/${accepted.id}/result`);
    expect(completion.choices[0]?.message.content).toBeTypeOf('string');
  });

  it('Anthropic and Google: by header', async () => {
    const { gateway } = await open();
    const headers = { 'x-understudy-defer': 'true' };
    const anthropic = new Anthropic({ apiKey: 'none', baseURL: gateway.url, maxRetries: 0, defaultHeaders: headers });
    const one = await anthropic.messages.create({
      model: 'later',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hi.' }],
    });
    expect((await ended(one.id)).result).toMatchObject({ type: 'message', role: 'assistant' });
    const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: gateway.url, headers } });
    const two = (await google.models.generateContent({ model: 'later', contents: 'Hi.' })) as unknown as Job;
    expect(two.sdkHttpResponse).toBeDefined();
    const { json } = await call('GET', '/v1/jobs?limit=1');
    expect((await ended((json.data as Job[])[0]?.id ?? '')).dialect).toBe('gemini-generate');
  });

  it('a route that always defers takes no stream, and says so', async () => {
    const { gateway } = await open();
    const client = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const ask = (stream: boolean) =>
      client.chat.completions.create({ model: 'always', messages: [{ role: 'user', content: 'Hi.' }], stream });
    expect(await ask(false)).toMatchObject({ object: 'job' });
    await expect(ask(true)).rejects.toMatchObject({ status: 400, param: 'stream' });
  });
});

describe('if needed', () => {
  it('a request that can be served is, and one that cannot becomes a job that is held and then answered', async () => {
    const { simulator } = await open();
    const ask = () => call('POST', '/v1/chat/completions', { ...chat('Hello.'), understudy: { defer: 'if-needed' } });
    expect((await ask()).json).toHaveProperty('choices');
    for (const name of ['alpha', 'beta']) simulator.script(name, { fault: 'status', status: 503 });
    const accepted = await ask();
    expect(accepted.status).toBe(202);
    expect(accepted.headers.location).toBe(`/v1/jobs/${accepted.json.id}`);
    const held = await eventually(
      async () => (await call('GET', `/v1/jobs/${accepted.json.id}`)).json,
      ({ state }) => state === 'held',
    );
    expect(held.held).toMatchObject({ targets: [{ target: 'alpha/steady-1' }, { target: 'beta/steady-1' }] });
    const early = await call('GET', `/v1/jobs/${held.id}/result`);
    expect([early.status, early.headers['retry-after']]).toEqual([202, '5']);
    for (const name of ['alpha', 'beta']) simulator.script(name, { fault: 'none' });
    expect(await ended(held.id)).toMatchObject({ state: 'done' });
  }, 60_000);

  it('a request with a fault of its own is told so at once', async () => {
    await open();
    const { status } = await call('POST', '/v1/chat/completions', {
      model: 'later',
      understudy: { defer: 'if-needed' },
    });
    expect(status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  it('the same request is the same job, another is refused, and another caller has another job', async () => {
    const keys = [
      { name: 'web', key: 'env:WEB_KEY' },
      { name: 'app', key: 'env:APP_KEY' },
    ];
    await open({ server: { keys }, env: { WEB_KEY: 'web-key', APP_KEY: 'app-key' } });
    const as = (key: string) => ({ authorization: `Bearer ${key}`, 'idempotency-key': 'order-7' });
    const submit = (words: string, key: string) =>
      call('POST', '/v1/jobs', { request: chat(words), dialect: 'openai-chat' }, as(key));
    const [one, same] = [await submit('Hello.', 'web-key'), await submit('Hello.', 'web-key')];
    expect(same.json.id).toBe(one.json.id);
    const other = await submit('Goodbye.', 'web-key');
    expect(other.status).toBe(422);
    expect(other.json).toMatchObject({ error: { code: 'idempotency_conflict' } });
    const foreign = await submit('Hello.', 'app-key');
    expect(foreign.json.id).not.toBe(one.json.id);
    const surface = await call(
      'POST',
      '/v1/chat/completions',
      { ...chat('Goodbye.'), understudy: { defer: true } },
      as('web-key'),
    );
    expect(surface.status).toBe(422);
  });

  it('holds after the job has ended, and no model is asked twice', async () => {
    const { simulator } = await open();
    const submit = () =>
      call('POST', '/v1/jobs', { request: chat('Hello.'), dialect: 'openai-chat', idempotency_key: 'k' });
    const first = await submit();
    await ended(first.json.id);
    expect((await submit()).json).toMatchObject({ id: first.json.id, state: 'done' });
    expect(simulator.meter('alpha').requests).toBe(1);
  });
});

describe('a job belongs to the caller that submitted it', () => {
  it('nobody else sees, cancels or deletes it', async () => {
    const keys = [
      { name: 'web', key: 'env:WEB_KEY' },
      { name: 'app', key: 'env:APP_KEY' },
    ];
    const { simulator } = await open({ server: { keys }, env: { WEB_KEY: 'web-key', APP_KEY: 'app-key' } });
    simulator.script('alpha', { fault: 'none', delayMs: 3_000 });
    const [web, app] = ['web-key', 'app-key'].map((key) => ({ authorization: `Bearer ${key}` }));
    const { json } = await call('POST', '/v1/jobs', { request: chat('Hi.'), dialect: 'openai-chat' }, web);
    for (const [method, path] of [
      ['GET', `/v1/jobs/${json.id}`],
      ['GET', `/v1/jobs/${json.id}/result`],
      ['DELETE', `/v1/jobs/${json.id}`],
    ] as const) {
      expect((await call(method, path, undefined, app)).status).toBe(404);
      expect((await call(method, path)).status).toBe(401);
    }
    expect((await call('GET', '/v1/jobs', undefined, app)).json).toMatchObject({ data: [], has_more: false });
    expect((await call('GET', '/v1/jobs', undefined, web)).json).toMatchObject({ data: [{ id: json.id }] });
    const cancelled = await call('DELETE', `/v1/jobs/${json.id}`, undefined, web);
    expect(cancelled.json).toMatchObject({ state: 'cancelled' });
    const result = await call('GET', `/v1/jobs/${json.id}/result`, undefined, web);
    expect([result.status, (result.json.error as { code: string }).code]).toEqual([409, 'job_cancelled']);
    const gone = await call('DELETE', `/v1/jobs/${json.id}`, undefined, web);
    expect(gone.json).toMatchObject({ deleted: true });
    expect((await call('GET', `/v1/jobs/${json.id}`, undefined, web)).status).toBe(404);
  });
});

describe('a list', () => {
  it('goes by pages, newest first, and by state', async () => {
    await open();
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      const { json } = await call('POST', '/v1/jobs', { request: chat(`${at}`), dialect: 'openai-chat' });
      ids.unshift(json.id);
    }
    for (const id of ids) await ended(id);
    const first = await call('GET', '/v1/jobs?limit=3&state=done');
    expect((first.json.data as Job[]).map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(first.json.has_more).toBe(true);
    const second = await call('GET', `/v1/jobs?limit=3&after=${first.json.last_id}`);
    expect((second.json.data as Job[]).map(({ id }) => id)).toEqual(ids.slice(3));
    expect((await call('GET', '/v1/jobs?state=lost')).status).toBe(400);
    expect((await call('GET', '/v1/jobs?after=job_0')).status).toBe(400);
  });
});

describe('a full queue', () => {
  it.each([
    ['jobs', { jobs: 2 }, 1],
    ['bytes', { size: '1KiB' }, 0],
    ['age', { age: '1s' }, 1],
  ])(
    'by %s refuses with 503 in the dialect of the caller, and takes again once there is room',
    async (_, queue, waiting) => {
      const { simulator } = await open({
        jobs: { queue },
        routes: {
          slow: { targets: ['alpha/steady-1'], defer: { when: 'always', concurrency: 1 }, workload: 'background' },
        },
      });
      simulator.script('alpha', { fault: 'none', delayMs: 4_000 });
      const submit = () =>
        call(
          'POST',
          '/v1/messages',
          { ...chat('x'.repeat(600), 'slow'), max_tokens: 5 },
          { 'anthropic-version': '2023-06-01' },
        );
      await submit();
      await submit();
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      const refused = await submit();
      expect(refused.status).toBe(503);
      expect(refused.headers).toMatchObject({ 'retry-after': '30', 'x-should-retry': 'false' });
      expect(refused.json).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
      const { text } = await call('GET', '/metrics');
      const gauge = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
      expect([gauge('understudy_jobs_running'), gauge('understudy_jobs_waiting')]).toEqual([1, waiting]);
      if (waiting > 0) expect(gauge('understudy_jobs_oldest_age_seconds')).toBeGreaterThan(1);
      simulator.script('alpha', { fault: 'none' });
      await eventually(async () => (await submit()).status, 202);
    },
    60_000,
  );
});

describe('a webhook', () => {
  it('is told of the end, signed as Standard Webhooks have it, and again under the same id until it has taken it', async () => {
    receiver = await startReceiver();
    receiver.answer = (nth) => ({ status: nth === 1 ? 500 : 204 });
    await open({
      webhooks: { ends: { url: receiver.url, secret: 'env:HOOK_SECRET' } },
      env: { HOOK_SECRET: WEBHOOK_SECRET },
    });
    const { json } = await call('POST', '/v1/jobs', { request: chat('Hi.'), dialect: 'openai-chat', webhook: 'ends' });
    const messages = await eventually(
      () => receiver?.received ?? [],
      (received) => received.length === 2,
      30_000,
    );
    expect(receiver.refused).toEqual([]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(1);
    expect(messages[1]).toMatchObject({
      type: 'job.done',
      data: { id: json.id, state: 'done', result: { object: 'chat.completion' } },
    });
    expect(house?.logs.join('')).not.toContain(WEBHOOK_SECRET);
  }, 60_000);

  it.each([
    [
      'a secret that is none',
      { url: 'https://example.com/', secret: 'env:HOOK_SECRET' },
      'plain',
      /webhooks\.ends\.secret must be whsec_/,
    ],
    [
      'an address of a metadata service',
      { url: 'http://169.254.169.254/', secret: 'env:HOOK_SECRET' },
      WEBHOOK_SECRET,
      /metadata/,
    ],
  ])('with %s stops the start', async (_, ends, secret, message) => {
    await expect(open({ webhooks: { ends }, env: { HOOK_SECRET: secret } })).rejects.toThrow(message);
  });
});
