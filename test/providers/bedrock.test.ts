import Anthropic from '@anthropic-ai/sdk';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';
import { signatureFlaw } from '../kit/aws-signature.ts';
import { canary, holdsNoKey, ledgerBytes } from '../kit/canary.ts';
import {
  type CloudEndpoint,
  type CloudRequest,
  sendJson,
  setVariables,
  startCloudEndpoint,
} from '../kit/cloud-endpoint.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

const CLAUDE = 'eu.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'eu.amazon.nova-pro-v1:0';
const SECRET = canary('aws-secret');
const API_KEY = canary('bedrock-api-key');
const prompt = [{ role: 'user' as const, content: 'Hello' }];
const tools = [
  {
    type: 'function' as const,
    function: { name: 'get.weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
];

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
const message = (headers: Record<string, string>, payload: unknown) =>
  Buffer.from(
    codec.encode({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])),
      body: Buffer.from(JSON.stringify(payload), 'utf8'),
    }),
  );
const event = (type: string, payload: object) =>
  message({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, payload);
const exception = (type: string) =>
  message({ ':message-type': 'exception', ':exception-type': type }, { message: 'Bedrock is unable to process it.' });

const USAGE = { inputTokens: 4, outputTokens: 3, totalTokens: 7 };
const CONVERSE = {
  metrics: { latencyMs: 5 },
  output: { message: { role: 'assistant', content: [{ text: 'Good day.' }] } },
  stopReason: 'end_turn',
  usage: USAGE,
};
const CONVERSE_STREAM = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Good ' } }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'day.' } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
];
const CONVERSE_END = [
  event('messageStop', { stopReason: 'end_turn' }),
  event('metadata', { usage: USAGE, metrics: { latencyMs: 5 }, p: 'abc' }),
];
const CALLS = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't-1', name: 'get_weather' } } }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '' } } }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"city":"Oslo"}' } } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('messageStop', { stopReason: 'tool_use' }),
];
const MESSAGE = {
  id: 'msg_bdrk_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5-20251001',
  content: [{ type: 'text', text: 'Good day.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 4, output_tokens: 3 },
};
const chunk = (data: object) =>
  event('chunk', { bytes: Buffer.from(JSON.stringify(data)).toString('base64'), p: 'abcdef' });
const CLAUDE_STREAM = [
  chunk({ type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } }),
  chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Good day.' } }),
  chunk({ type: 'content_block_stop', index: 0 }),
  chunk({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 3 },
  }),
  chunk({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 4 } }),
];

type Answer =
  | { readonly stream: readonly Buffer[]; readonly piece?: number }
  | { readonly status: number; readonly type?: string; readonly body: unknown };

let bedrock: CloudEndpoint;
let houses: House[];
/** What is wrong with a request's proof, in the words of the header AWS tells it in; undefined where nothing is. */
let flawOf: (request: CloudRequest) => string | undefined;
let special: ((request: CloudRequest) => Answer | undefined) | undefined;

function usual({ url, body }: CloudRequest): Answer {
  const said = JSON.parse(body);
  if (url === `/model/${encodeURIComponent(CLAUDE)}/invoke-with-response-stream`) return { stream: CLAUDE_STREAM };
  if (url === `/model/${encodeURIComponent(CLAUDE)}/invoke`) return { status: 200, body: MESSAGE };
  if (url === `/model/${encodeURIComponent(NOVA)}/converse`) return { status: 200, body: CONVERSE };
  if (url === `/model/${encodeURIComponent(NOVA)}/converse-stream`)
    return { stream: said.toolConfig ? CALLS : [...CONVERSE_STREAM, ...CONVERSE_END] };
  return { status: 400, type: 'ValidationException', body: { message: 'The provided model identifier is invalid.' } };
}

beforeEach(async () => {
  houses = [];
  special = undefined;
  flawOf = ({ headers }) => (headers.authorization === `Bearer ${API_KEY.key}` ? undefined : 'AccessDeniedException');
  bedrock = await startCloudEndpoint((request, response): void => {
    const flaw = flawOf(request);
    // A careless service, which repeats what it was shown.
    const shown = request.headers['x-amz-security-token'] ?? request.headers.authorization?.split(' ')[1];
    const refused = { status: 403, type: flaw ?? '', body: { message: `The token ${shown} is refused.` } };
    const answer = flaw === undefined ? (special?.(request) ?? usual(request)) : refused;
    if ('stream' in answer) {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'aws-1' });
      const bytes = Buffer.concat(answer.stream);
      const size = answer.piece ?? bytes.length;
      for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
      response.end();
      return;
    }
    const kind: Record<string, string> =
      answer.type === undefined ? {} : { 'x-amzn-errortype': `${answer.type}:http://internal.amazon.com/` };
    sendJson(response, answer.body, answer.status, { 'x-amzn-requestid': 'aws-1', ...kind });
  });
});
afterEach(async () => {
  for (const { gateway, logs, ledgerFile } of houses) {
    await gateway.drain(0, 1_000);
    holdsNoKey('the log', logs.join(''), [SECRET, API_KEY]);
    holdsNoKey('the ledger', ledgerBytes(ledgerFile), [SECRET, API_KEY]);
  }
  for (const house of houses) await house.close();
  await bedrock.stop();
});

async function house(provider: object, targets: readonly string[], options: HouseOptions = {}): Promise<House> {
  const started = await startHouse({
    providers: { bedrock: { baseUrl: bedrock.url, location: 'eu-central-1', ...provider } },
    targets,
    ...options,
    env: { BEDROCK_KEY: API_KEY.key, AWS_ID: 'AKIDEXAMPLE', AWS_SECRET: SECRET.key, ...options.env },
  });
  houses.push(started);
  return started;
}
const keyed = { apiKey: 'env:BEDROCK_KEY' };
const openai = ({ gateway }: House) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'k', maxRetries: 0 });
const anthropic = ({ gateway }: House) => new Anthropic({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 });
const streamed = (at: House) =>
  anthropic(at).messages.stream({ model: 'reply', max_tokens: 50, messages: prompt }).finalMessage();

async function ask(at: House) {
  const { data, response } = await openai(at)
    .chat.completions.create({ model: 'reply', messages: prompt })
    .withResponse();
  const row = await at.reader.request(response.headers.get('x-understudy-request-id') ?? '');
  return {
    text: data.choices[0]?.message.content,
    servedBy: response.headers.get('x-understudy-served-by'),
    first: row?.attemptRows[0],
  };
}
async function textOf(at: House): Promise<string> {
  const stream = await openai(at).chat.completions.create({ model: 'reply', messages: prompt, stream: true });
  let text = '';
  for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
  return text;
}

describe('Claude by InvokeModel', () => {
  test('an Anthropic caller gets the vendor’s own answer, whole and streamed', async () => {
    const at = await house(keyed, [`bedrock/${CLAUDE}`]);
    const whole = await anthropic(at).messages.create({ model: 'reply', max_tokens: 50, messages: prompt });
    expect(whole).toMatchObject({ id: 'msg_bdrk_1', content: MESSAGE.content });
    expect(await streamed(at)).toMatchObject({
      id: 'msg_bdrk_1',
      content: [{ text: 'Good day.' }],
      usage: { output_tokens: 3 },
    });
    const bodies = bedrock.requests.map(({ body }) => JSON.parse(body));
    for (const body of bodies) expect(body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 50 });
    for (const body of bodies) expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['model', 'stream']));
  });

  test('an OpenAI caller gets the same in its own words, in pieces of seven bytes too', async () => {
    const at = await house(keyed, [`bedrock/${CLAUDE}`]);
    expect((await ask(at)).text).toBe('Good day.');
    special = () => ({ stream: CLAUDE_STREAM, piece: 7 });
    expect(await textOf(at)).toBe('Good day.');
  });
});

describe('every other model by Converse', () => {
  test('whole, streamed and with tools, for callers of both dialects', async () => {
    const at = await house(keyed, [`bedrock/${NOVA}`]);
    expect(await ask(at)).toMatchObject({
      text: 'Good day.',
      first: { upstreamRequestId: 'aws-1', usage: { inputTokens: 4 } },
    });
    expect(await textOf(at)).toBe('Good day.');
    expect(await streamed(at)).toMatchObject({
      content: [{ text: 'Good day.' }],
      usage: { input_tokens: 4, output_tokens: 3 },
    });
    const runner = openai(at).chat.completions.stream({ model: 'reply', messages: prompt, tools });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 't-1', function: { name: 'get.weather', arguments: '{"city":"Oslo"}' } }] },
    });
  });

  test.each<[string, Answer, string]>([
    [
      'an exception before any content',
      { stream: [CONVERSE_STREAM[0] ?? Buffer.alloc(0), exception('serviceUnavailableException')] },
      'bad-response',
    ],
    ['throttling inside the stream', { stream: [exception('throttlingException')] }, 'rate-limited'],
    ['a cut message', { stream: [Buffer.concat(CONVERSE_STREAM).subarray(0, 150)] }, 'bad-response'],
    ['a bent message', { stream: [Buffer.from(CONVERSE_STREAM[0] ?? []).fill(65, 20, 24)] }, 'bad-response'],
    [
      'throttling',
      { status: 429, type: 'ThrottlingException', body: { message: 'Too many tokens, please wait.' } },
      'rate-limited',
    ],
    ['a quota', { status: 400, type: 'ServiceQuotaExceededException', body: { message: 'x' } }, 'quota-exhausted'],
    [
      'a model of another region',
      {
        status: 400,
        type: 'ValidationException',
        body: { message: 'Invocation with on-demand throughput isn’t supported.' },
      },
      'provider-rejected',
    ],
  ])('%s leads to the next target', async (_what, answer, kind) => {
    const at = await house(keyed, [`bedrock/${NOVA}`, 'beta/steady-1'], { failover: { attempts: 1 } });
    special = () => answer;
    const stream = await openai(at)
      .chat.completions.create({ model: 'reply', messages: prompt, stream: true })
      .withResponse();
    let text = '';
    for await (const part of stream.data) text += part.choices[0]?.delta.content ?? '';
    expect(text).not.toBe('');
    expect(stream.response.headers.get('x-understudy-served-by')).toBe('beta/steady-1');
    const row = await at.reader.request(stream.response.headers.get('x-understudy-request-id') ?? '');
    expect(row?.attemptRows[0]?.fault?.kind).toBe(kind);
  });

  test('an exception after content is told in the protocol of the caller, never a clean end', async () => {
    const at = await house(keyed, [`bedrock/${NOVA}`]);
    special = () => ({ stream: [...CONVERSE_STREAM, exception('modelStreamErrorException')] });
    await expect(textOf(at)).rejects.toThrow();
    await expect(streamed(at)).rejects.toThrow();
  });

  test('steps in when OpenAI is down', async () => {
    const at = await house(keyed, ['alpha/a--status-500', `bedrock/${NOVA}`]);
    expect(await ask(at)).toMatchObject({ text: 'Good day.', servedBy: `bedrock/${NOVA}` });
  });
});

describe('signed by explicit keys', () => {
  const auth = { kind: 'sigv4', accessKeyId: 'env:AWS_ID', secretAccessKey: 'env:AWS_SECRET' };
  const scope = { accessKeyId: 'AKIDEXAMPLE', region: 'eu-central-1', service: 'bedrock' };

  test('the signature stands up to its own computation, for every way to call', async () => {
    const flaws: (string | undefined)[] = [];
    flawOf = (request) => {
      flaws.push(signatureFlaw(request, SECRET.key, scope));
      return flaws.at(-1) === undefined ? undefined : 'InvalidSignatureException';
    };
    const at = await house({ auth }, [`bedrock/${NOVA}`]);
    expect((await ask(at)).text).toBe('Good day.');
    expect(await textOf(at)).toBe('Good day.');
    expect(flaws).toEqual([undefined, undefined]);
  });

  test('a wrong key is our credential’s trouble, and the next target serves', async () => {
    flawOf = (request) => signatureFlaw(request, 'another key', scope) && 'InvalidSignatureException';
    const at = await house({ auth }, [`bedrock/${NOVA}`, 'beta/steady-1']);
    expect(await ask(at)).toMatchObject({
      servedBy: 'beta/steady-1',
      first: { fault: { kind: 'credential-refused', complaint: { type: 'InvalidSignatureException' } } },
    });
  });
});

describe('signed by the default chain', () => {
  let given: ReturnType<typeof canary>[];
  let expired: boolean;
  let now: number;
  let container: CloudEndpoint;
  let restore: () => void;

  beforeEach(async () => {
    given = [];
    expired = false;
    now = Date.now();
    container = await startCloudEndpoint((_request, response) => {
      const secret = canary(`chain-secret-${given.length}`);
      given.push(secret);
      const Expiration = new Date(now + 3_600_000).toISOString();
      sendJson(response, {
        AccessKeyId: 'ASIAEXAMPLE',
        SecretAccessKey: secret.key,
        Token: `t-${secret.key}`,
        Expiration,
      });
    });
    restore = setVariables({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/creds`,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PROFILE: undefined,
      AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    });
    flawOf = (request) => {
      if (expired && request.headers['x-amz-security-token'] === `t-${given[0]?.key}`) return 'ExpiredTokenException';
      const scope = { accessKeyId: 'ASIAEXAMPLE', region: 'eu-central-1', service: 'bedrock' };
      return signatureFlaw(request, given.at(-1)?.key ?? '', scope) && 'InvalidSignatureException';
    };
  });
  afterEach(async () => {
    for (const { logs, ledgerFile } of houses) {
      holdsNoKey('the log', logs.join(''), given);
      holdsNoKey('the ledger', ledgerBytes(ledgerFile), given);
    }
    restore();
    await container.stop();
  });

  test('credentials are asked for once, and once more when AWS says that they have expired', async () => {
    const clock = { ...systemClock, wallNow: () => now };
    const at = await house({ auth: 'sigv4' }, [`bedrock/${NOVA}`, 'beta/steady-1'], { clock });
    const first = await Promise.all(Array.from({ length: 20 }, () => ask(at)));
    expect(new Set(first.map(({ servedBy }) => servedBy))).toEqual(new Set([`bedrock/${NOVA}`]));
    expect(container.requests).toHaveLength(1);
    now += 60_000;
    expired = true;
    const later = await Promise.all(Array.from({ length: 10 }, () => ask(at)));
    expect(new Set(later.map(({ servedBy }) => servedBy))).toEqual(new Set([`bedrock/${NOVA}`]));
    expect(container.requests).toHaveLength(2);
  });

  test('credentials that are wrong and not old are not asked for again', async () => {
    flawOf = () => 'UnrecognizedClientException';
    const at = await house({ auth: 'sigv4' }, [`bedrock/${NOVA}`, 'beta/steady-1']);
    const { servedBy, first } = await ask(at);
    expect(servedBy).toBe('beta/steady-1');
    expect(first?.fault).toMatchObject({ kind: 'credential-refused', status: 403 });
    expect([container.requests.length, bedrock.requests.length]).toEqual([1, 1]);
  });

  test('no credentials anywhere: told in bounded time, and the next target serves', async () => {
    const back = setVariables({ AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined });
    try {
      const at = await house({ auth: 'sigv4' }, [`bedrock/${NOVA}`, 'beta/steady-1']);
      const { servedBy, first } = await ask(at);
      expect(servedBy).toBe('beta/steady-1');
      expect(first?.fault).toMatchObject({
        kind: 'credential-refused',
        message: expect.stringContaining('provider bedrock: no AWS credentials'),
      });
    } finally {
      back();
    }
  });
});
