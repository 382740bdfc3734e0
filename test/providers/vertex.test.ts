import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';
import { type Canary, canary, holdsNoKey, ledgerBytes } from '../kit/canary.ts';
import { type CloudEndpoint, sendEvents, sendJson, startCloudEndpoint } from '../kit/cloud-endpoint.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

const SUBJECT = canary('subject-token');
const prompt = [{ role: 'user' as const, content: 'Hello' }];
const BASE = '/v1/projects/acme-1/locations/europe-west4';

const gemini = (text: string, more: object = {}) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
  modelVersion: 'gemini-3.8-flash',
});
const GEMINI_END = {
  ...gemini('day.', { finishReason: 'STOP' }),
  usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 3, totalTokenCount: 7 },
};
const MESSAGE = {
  id: 'msg_vrtx_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Good day.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 4, output_tokens: 3 },
};
const CLAUDE_STREAM = [
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: 'vertex_event' },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Good day.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
].map((data) => ({ event: data.type, data }));

let folder: string;
let credentialsFile: string;
let given: Canary[];
let valid: () => Canary | undefined;
let now: number;
let tokens: CloudEndpoint;
let vertex: CloudEndpoint;
let houses: House[];

beforeEach(async () => {
  houses = [];
  given = [];
  valid = () => given.at(-1);
  now = Date.now();
  folder = await mkdtemp(join(tmpdir(), 'vertex-'));
  tokens = await startCloudEndpoint(({ body }, response) => {
    if (new URLSearchParams(body).get('subject_token') !== SUBJECT.key)
      return sendJson(response, { error: 'invalid_grant' }, 400);
    const token = canary(`google-${given.length}`);
    given.push(token);
    const granted = { access_token: token.key, token_type: 'Bearer', expires_in: 3_600 };
    sendJson(response, { ...granted, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' });
  });
  vertex = await startCloudEndpoint(({ url, headers, body }, response) => {
    if (headers.authorization !== `Bearer ${valid()?.key}`) {
      const error = {
        code: 401,
        // A careless endpoint, which repeats what it was shown.
        message: `Invalid authentication credentials: ${headers.authorization?.split(' ')[1]}.`,
        status: 'UNAUTHENTICATED',
      };
      return sendJson(response, { error }, 401);
    }
    if (url.startsWith(`${BASE}/publishers/anthropic/models/`)) {
      if (!body.includes('"anthropic_version":"vertex-2023-10-16"') || body.includes('"model"')) {
        const error = { type: 'invalid_request_error', message: 'model: Extra inputs are not permitted' };
        return sendJson(response, { type: 'error', error }, 400);
      }
      return url.endsWith(':streamRawPredict') ? sendEvents(response, CLAUDE_STREAM) : sendJson(response, MESSAGE);
    }
    if (url === `${BASE}/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse`)
      return sendEvents(response, [{ data: gemini('Good ') }, { data: GEMINI_END }]);
    if (url === `${BASE}/publishers/google/models/gemini-3.8-flash:generateContent`)
      return sendJson(response, { ...GEMINI_END, ...gemini('Good day.', { finishReason: 'STOP' }) });
    sendJson(response, { error: { code: 404, message: `nothing at ${url}`, status: 'NOT_FOUND' } }, 404);
  });
  credentialsFile = join(folder, 'federation.json');
  await writeFile(join(folder, 'subject'), SUBJECT.key);
  await writeFile(
    credentialsFile,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${tokens.url}/token`,
      credential_source: { file: join(folder, 'subject') },
    }),
  );
});
afterEach(async () => {
  for (const { gateway, logs, ledgerFile } of houses) {
    await gateway.drain(0, 1_000);
    holdsNoKey('the log', logs.join(''), [SUBJECT, ...given]);
    holdsNoKey('the ledger', ledgerBytes(ledgerFile), [SUBJECT, ...given]);
  }
  for (const house of houses) await house.close();
  await Promise.all([tokens.stop(), vertex.stop(), rm(folder, { recursive: true })]);
});

async function house(targets: readonly string[], options: HouseOptions = {}): Promise<House> {
  const started = await startHouse({
    providers: {
      vertex: {
        baseUrl: `${vertex.url}/v1`,
        project: 'acme-1',
        location: 'europe-west4',
        auth: { kind: 'google', credentialsFile },
      },
    },
    targets,
    clock: { ...systemClock, wallNow: () => now },
    ...options,
  });
  houses.push(started);
  return started;
}
const openai = ({ gateway }: House) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'k', maxRetries: 0 });
const anthropic = ({ gateway }: House) => new Anthropic({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 });

async function askOpenai(at: House) {
  const { data, response } = await openai(at)
    .chat.completions.create({ model: 'reply', messages: prompt })
    .withResponse();
  return { text: data.choices[0]?.message.content, servedBy: response.headers.get('x-understudy-served-by'), response };
}
const streamed = (at: House) =>
  anthropic(at).messages.stream({ model: 'reply', max_tokens: 50, messages: prompt }).finalMessage();

test('Gemini, whole and streamed, for callers of other dialects', async () => {
  const at = await house(['vertex/gemini-3.8-flash']);
  expect(await askOpenai(at)).toMatchObject({ text: 'Good day.', servedBy: 'vertex/gemini-3.8-flash' });
  expect(await streamed(at)).toMatchObject({ content: [{ text: 'Good day.' }], usage: { output_tokens: 3 } });
});

test('Claude: an Anthropic caller gets the vendor’s own answer, others the same in their words', async () => {
  const at = await house(['vertex/claude-haiku-4-5@20251001']);
  const whole = await anthropic(at).messages.create({ model: 'reply', max_tokens: 50, messages: prompt });
  expect(whole).toMatchObject({ id: 'msg_vrtx_1', content: MESSAGE.content, usage: MESSAGE.usage });
  expect(await streamed(at)).toMatchObject({ id: 'msg_vrtx_1', content: [{ text: 'Good day.' }] });
  expect((await askOpenai(at)).text).toBe('Good day.');
  expect(vertex.requests.map(({ url }) => url.split(':').at(-1))).toEqual([
    'rawPredict',
    'streamRawPredict',
    'rawPredict',
  ]);
  expect(vertex.requests[0]?.headers).not.toHaveProperty('anthropic-version');
});

test('both models behind one provider, in one route, in the region of its location', async () => {
  const at = await house(['vertex/gemini-gone', 'vertex/claude-haiku-4-5@20251001']);
  expect(await askOpenai(at)).toMatchObject({ text: 'Good day.', servedBy: 'vertex/claude-haiku-4-5@20251001' });
  const resident = { model: 'reply', messages: prompt, understudy: { residency: ['us'] } };
  const refused = await openai(at)
    .chat.completions.create(resident)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.APIError);
  expect(String(refused)).not.toMatch(/^401/);
});

test('one token for many requests; refused before its end it is renewed once', async () => {
  const at = await house(['vertex/gemini-3.8-flash', 'beta/steady-1']);
  const first = await Promise.all(Array.from({ length: 20 }, () => askOpenai(at)));
  expect(new Set(first.map(({ servedBy }) => servedBy))).toEqual(new Set(['vertex/gemini-3.8-flash']));
  expect(tokens.requests).toHaveLength(1);
  now += 60_000;
  const revoked = given.at(-1);
  valid = () => given.findLast((token) => token !== revoked);
  const later = await Promise.all(Array.from({ length: 10 }, () => askOpenai(at)));
  expect(new Set(later.map(({ servedBy }) => servedBy))).toEqual(new Set(['vertex/gemini-3.8-flash']));
  expect(tokens.requests).toHaveLength(2);
});

test('a token that the endpoint refuses and repeats reaches nobody', async () => {
  valid = () => undefined;
  const at = await house(['vertex/gemini-3.8-flash']);
  const refused = await askOpenai(at).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.APIError);
  holdsNoKey('the error', inspect(refused, { depth: 8 }), given);
  expect([tokens.requests.length, vertex.requests.length]).toEqual([1, 1]);
});

test('credentials that Google refuses lead to the next target, with the reason in the ledger', async () => {
  await writeFile(join(folder, 'subject'), 'of somebody else');
  const at = await house(['vertex/gemini-3.8-flash', 'beta/steady-1']);
  const { servedBy, response } = await askOpenai(at);
  expect(servedBy).toBe('beta/steady-1');
  const row = await at.reader.request(response.headers.get('x-understudy-request-id') ?? '');
  expect(row?.attemptRows[0]).toMatchObject({
    target: 'vertex/gemini-3.8-flash',
    fault: { kind: 'credential-refused' },
  });
  expect(row?.attemptRows[0]?.fault?.message).toMatch(/provider vertex: no Google token: .*invalid_grant/);
  expect(vertex.requests).toEqual([]);
});

test('a credentials file that is not there is told by the first request, not by a hang', async () => {
  await rm(credentialsFile);
  const at = await house(['vertex/gemini-3.8-flash', 'beta/steady-1']);
  expect((await askOpenai(at)).servedBy).toBe('beta/steady-1');
});
