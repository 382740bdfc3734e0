import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { askBySdk, SURFACES } from '../kit/sdk-caller.ts';

const MANY = 10_000;

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const event = (value: { readonly type: string }) => `event: ${value.type}\n${data(value)}`;

const chunk = (delta: unknown, finish: string | null = null) =>
  data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'handmade',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const chatCall = (index: number | undefined, id: string) => ({
  ...(index !== undefined && { index }),
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Bern"}' },
});
const DONE = 'data: [DONE]\n\n';

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'handmade', content: [] };
const usage = { input_tokens: 3, output_tokens: 1 };
const start = event({ type: 'message_start', ...{ message: { ...message, stop_reason: null, usage } } });
const blockStart = (index: number | undefined, block: unknown) =>
  event({ type: 'content_block_start', ...{ index, content_block: block } });
const blockDelta = (index: number | undefined, delta: unknown) =>
  event({ type: 'content_block_delta', ...{ index, delta } });
const blockStop = (index: number | undefined) => event({ type: 'content_block_stop', ...{ index } });
const said = (text: string) => ({ type: 'text_delta', text });
const finish = (reason: string) =>
  event({ type: 'message_delta', ...{ delta: { stop_reason: reason, stop_sequence: null }, usage } });
const stop = event({ type: 'message_stop' });
const EMPTY = { type: 'text', text: '' };

const candidate = (parts: unknown[], finishReason?: string) =>
  data({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
    modelVersion: 'handmade',
  });
const geminiCall = { functionCall: { name: 'weather', args: { city: 'Bern' } } };

const many = (make: (at: number) => string) => Array.from({ length: MANY }, (_, at) => make(at)).join('');

/** What a stream holds that no vendor promises, by the path that it is answered on. */
const ODD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  chat: {
    'text after the end':
      chunk({ role: 'assistant', content: 'one' }) + chunk({}, 'stop') + chunk({ content: ' late' }) + DONE,
    'two ends': chunk({ content: 'one' }) + chunk({}, 'stop') + chunk({}, 'length') + DONE,
    'ends twice over': chunk({ content: 'one' }) + chunk({}, 'stop') + DONE + chunk({ content: ' more' }) + DONE,
    'calls without an index':
      chunk({ tool_calls: [chatCall(undefined, 'a'), chatCall(undefined, 'b')] }) + chunk({}, 'tool_calls') + DONE,
    'a fragment of a call that never began':
      chunk({ tool_calls: [{ index: 7, function: { arguments: '{}' } }] }) + chunk({}, 'tool_calls') + DONE,
    'ten thousand calls':
      many((at) => chunk({ tool_calls: [chatCall(at, `call_${at}`)] })) + chunk({}, 'tool_calls') + DONE,
    'ten thousand calls after a text':
      chunk({ content: 'one' }) +
      many((at) => chunk({ tool_calls: [chatCall(at, `call_${at}`)] })) +
      chunk({}, 'tool_calls') +
      DONE,
  },
  messages: {
    'text after the end':
      start +
      blockStart(0, EMPTY) +
      blockDelta(0, said('one')) +
      blockStop(0) +
      finish('end_turn') +
      blockDelta(0, said(' late')) +
      stop,
    'two ends':
      start +
      blockStart(0, EMPTY) +
      blockDelta(0, said('one')) +
      blockStop(0) +
      finish('end_turn') +
      finish('max_tokens') +
      stop +
      stop,
    'text of a block that never began': start + blockDelta(3, said('one')) + finish('end_turn') + stop,
    'blocks without an index':
      start +
      blockStart(undefined, EMPTY) +
      blockDelta(undefined, said('one')) +
      blockStop(undefined) +
      finish('end_turn') +
      stop,
    'ten thousand calls':
      start +
      many(
        (at) => blockStart(at, { type: 'tool_use', id: `toolu_${at}`, name: 'weather', input: {} }) + blockStop(at),
      ) +
      finish('tool_use') +
      stop,
  },
  gemini: {
    'text after the end': candidate([{ text: 'one' }], 'STOP') + candidate([{ text: ' late' }]),
    'two ends': candidate([{ text: 'one' }], 'STOP') + candidate([], 'MAX_TOKENS'),
    'ten thousand calls': many(() => candidate([geminiCall])) + candidate([], 'STOP'),
  },
};
/** The primary's answer as far as it made sense; the secondary's, where none of it was given away; an error in the stream. */
type Became = 'kept' | 'secondary' | 'interrupted';
const BECAME: Readonly<Record<string, Readonly<Record<string, Became>>>> = {
  chat: {
    'text after the end': 'interrupted',
    'two ends': 'kept',
    'ends twice over': 'kept',
    'calls without an index': 'kept',
    'a fragment of a call that never began': 'secondary',
    'ten thousand calls': 'interrupted',
    'ten thousand calls after a text': 'interrupted',
  },
  messages: {
    'text after the end': 'interrupted',
    'two ends': 'kept',
    'text of a block that never began': 'secondary',
    'blocks without an index': 'secondary',
    'ten thousand calls': 'interrupted',
  },
  gemini: {
    // Its finish reason comes with content, and more than once.
    'text after the end': 'kept',
    'two ends': 'kept',
    'ten thousand calls': 'interrupted',
  },
};
const EVERY = Object.entries(ODD).flatMap(([wire, oddities]) =>
  Object.keys(oddities).flatMap((odd) =>
    SURFACES.map((surface) => ({ wire, odd, surface, became: BECAME[wire]?.[odd] })),
  ),
);
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } } };
const TOOLS = {
  'openai-chat': [{ type: 'function', function: { name: 'weather', parameters: PARAMETERS } }],
  'anthropic-messages': [{ name: 'weather', input_schema: PARAMETERS }],
};
/** Longer than any of these takes, and far shorter than a quadratic reader of ten thousand calls would. */
const SOON_MS = 5_000;
const modelOf = (odd: string) => odd.replaceAll(' ', '-');

let house: House;
const handmade: HandmadeProvider[] = [];

beforeAll(async () => {
  const provider = async (wire: string, dialect: string, path: string) => {
    const made = await startHandmadeProvider((response, model) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const [, frames = ''] = Object.entries(ODD[wire] ?? {}).find(([odd]) => modelOf(odd) === model) ?? [];
      response.end(frames);
    });
    handmade.push(made);
    return { dialect, baseUrl: `${made.url}/${path}` };
  };
  const routes = EVERY.map(({ wire, odd }) => [
    `${wire}-${modelOf(odd)}`,
    { targets: [`${wire}/${modelOf(odd)}`, 'beta/steady-1'], failover: { attempts: 1 } },
  ]);
  house = await startHouse({
    providers: {
      chat: await provider('chat', 'openai-chat', 'v1'),
      messages: await provider('messages', 'anthropic-messages', 'v1'),
      gemini: await provider('gemini', 'gemini-generate', 'v1beta'),
    },
    routes: Object.fromEntries(routes),
  });
});

afterAll(async () => {
  await house.close();
  for (const provider of handmade) await provider.stop();
});

describe('a stream in an order that no vendor promises', () => {
  it.each(EVERY)('$wire, $odd, read by $surface: $became', async ({ wire, odd, surface, became }) => {
    const from = performance.now();
    const heard = await askBySdk(house.gateway.url, {
      surface,
      stream: true,
      model: `${wire}-${modelOf(odd)}`,
      prompt: '[[answer: from the secondary]]',
      extra: { tools: TOOLS[surface] },
    });
    expect(performance.now() - from).toBeLessThan(SOON_MS);
    expect(heard.text).not.toMatch(/undefined|null|NaN/);
    const row = await house.reader.request(heard.headers.get('x-understudy-request-id') ?? '');
    switch (became) {
      case 'kept':
        expect(row).toMatchObject({ outcome: 'served', attempts: 1 });
        expect([heard.thrown, typeof heard.finish]).toEqual([undefined, 'string']);
        expect(['one', 'one late', '']).toContain(heard.text);
        return;
      case 'secondary':
        expect(row).toMatchObject({ outcome: 'served', servedBy: 'beta/steady-1', attempts: 2 });
        expect(row?.attemptRows[0]?.fault).toMatchObject({ kind: 'bad-response', what: 'malformed' });
        expect([heard.thrown, heard.text]).toEqual([undefined, 'from the secondary']);
        return;
      default:
        expect(row).toMatchObject({ outcome: 'interrupted', attempts: 1 });
        expect(row?.attemptRows[0]?.fault?.kind).toBe('bad-response');
        expect(heard.thrown).toMatchObject({ code: 'stream_interrupted' });
        expect(['one', '']).toContain(heard.text);
    }
  });

  it('and the gateway goes on', async () => {
    const heard = await askBySdk(house.gateway.url, {
      surface: 'openai-chat',
      stream: false,
      model: 'reply',
      prompt: '[[answer: well]]',
    });
    expect(heard.text).toBe('well');
  });
});
