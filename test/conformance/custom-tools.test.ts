import OpenAI from 'openai';
import type { ResponseCreateParamsNonStreaming, ResponseInput } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, startWays, WAYS } from './ways.ts';

let house: House;
let client: OpenAI;

/** `native-1` takes tools of free text; of `steady-1` nobody knows. */
beforeAll(async () => {
  const native = { models: { 'steady-1': {}, 'native-1': { abilities: { 'custom-tools': 'yes' } } } };
  house = await startWays({ providers: { alpha: native, omega: native } });
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
});
afterAll(() => house.close());

const PATCH = '*** Begin Patch\n+say "hi" \\ \u{1f600}\té {"a": [1]}\n*** End Patch\n';
const GRAMMAR = 'start: "*** Begin Patch" LF';
const ORDER = `Please patch it. [[tool: apply_patch ${JSON.stringify({ input: PATCH })}]]`;

const time = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: { zone: { type: 'string' } } } },
} as const;
const chatPatch = {
  type: 'custom',
  custom: {
    name: 'apply_patch',
    description: 'Changes files.',
    format: { type: 'grammar', grammar: { syntax: 'lark', definition: GRAMMAR } },
  },
} as const;
const patch = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Changes files.',
  format: { type: 'grammar', syntax: 'lark', definition: GRAMMAR },
} as const;
const said = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];

interface Adapted {
  readonly understudy?: { readonly adapted?: readonly { readonly field: string; readonly why: string }[] };
}
const lossesOf = (answer: object) => (answer as Adapted).understudy?.adapted?.map(({ field }) => field) ?? [];

type Chunk = OpenAI.ChatCompletionChunk;
/** As OpenAI streams them; its own types know functions alone. */
interface Piece {
  readonly index: number;
  readonly id?: string;
  readonly type?: string;
  readonly custom?: { readonly name?: string; readonly input?: string };
}

function callsIn(chunks: readonly Chunk[]) {
  const calls: { id: string; type: string; name: string; pieces: string[] }[] = [];
  for (const piece of chunks.flatMap((chunk) => (chunk.choices[0]?.delta.tool_calls ?? []) as readonly Piece[])) {
    const { id = '', type = '', custom } = piece;
    calls[piece.index] ??= { id, type, name: custom?.name ?? '', pieces: [] };
    if (custom?.input) calls[piece.index]?.pieces.push(custom.input);
  }
  return calls;
}

async function chunksOf(body: OpenAI.ChatCompletionCreateParams): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk);
  return chunks;
}

describe.each(WAYS)('a tool of free text through $way', ({ model, provider }) => {
  // Gemini tells arguments whole.
  const leastPieces = provider === 'gamma' ? 1 : 2;
  const standIn = /"name":"apply_patch","description":"Changes files\.[^}]*Begin Patch/;

  test('in Chat Completions is called with the bare text, whole and streamed', async () => {
    const body = { model, messages: said(ORDER), tools: [time, chatPatch] };
    const whole = await client.chat.completions.create(body);
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ type: 'custom', custom: { name: 'apply_patch', input: PATCH } }] },
    });
    expect(lossesOf(whole)).toEqual(expect.arrayContaining(['tools[1].custom', 'tools[1].custom.format']));
    expect(lastAsked(house, provider)).toMatch(standIn);
    expect(lastAsked(house, provider)).not.toContain('"custom"');
    const chunks = await chunksOf(body);
    const [call, ...others] = callsIn(chunks);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ id: expect.stringMatching(/.{6,}/), type: 'custom', name: 'apply_patch' });
    expect(call?.pieces.length).toBeGreaterThanOrEqual(leastPieces);
    expect(call?.pieces.join('')).toBe(PATCH);
    expect(chunks.some(({ choices }) => choices[0]?.finish_reason === 'tool_calls')).toBe(true);
  });

  test('in Chat Completions is told its result, and the conversation goes on', async () => {
    const tools = [chatPatch];
    const first = await client.chat.completions.create({ model, messages: said(ORDER), tools });
    const message = first.choices[0]?.message;
    const id = message?.tool_calls?.[0]?.id;
    if (!message || !id) throw new Error('no call');
    const messages = [...said(ORDER), message, { role: 'tool' as const, tool_call_id: id, content: 'Patched.' }];
    const second = await client.chat.completions.create({ model, messages, tools });
    expect(second.choices[0]?.message.content).toContain('Patched.');
    expect(lastAsked(house, provider)).not.toContain('"custom"');
    expect(lastAsked(house, provider)).toContain('Begin Patch');
  });

  test('in Chat Completions can be demanded, by name or from a list, and stand beside a function', async () => {
    const tools = [time, chatPatch];
    const name = { type: 'custom' as const, custom: { name: 'apply_patch' } };
    const list = { type: 'allowed_tools' as const, allowed_tools: { mode: 'required' as const, tools: [name] } };
    // The simulated OpenAI plays no lists; elsewhere they are narrowed down.
    for (const tool_choice of [name, ...(provider === 'alpha' || provider === 'omega' ? [] : [list])]) {
      const forced = await client.chat.completions.create({ model, messages: said('Anything.'), tools, tool_choice });
      expect(forced.choices[0]?.message.tool_calls).toMatchObject([
        { type: 'custom', custom: { name: 'apply_patch', input: expect.any(String) } },
      ]);
    }
    const orders = `${ORDER} [[tool: get_time {"zone":"UTC"}]]`;
    const both = await client.chat.completions.create({ model, messages: said(orders), tools });
    expect(both.choices[0]?.message.tool_calls).toMatchObject([
      { type: 'custom', custom: { input: PATCH } },
      { type: 'function', function: { name: 'get_time', arguments: expect.stringContaining('UTC') } },
    ]);
  });

  test('in Responses is called with the bare text, whole and through the accumulator of the stream', async () => {
    const body = { model, input: ORDER, tools: [patch] };
    const item = { type: 'custom_tool_call', name: 'apply_patch', input: PATCH, call_id: expect.any(String) };
    const whole = await client.responses.create(body);
    expect(whole.output).toContainEqual(expect.objectContaining(item));
    expect(lossesOf(whole)).toEqual(expect.arrayContaining(['tools[0]', 'tools[0].format']));
    expect(lastAsked(house, provider)).toMatch(standIn);
    const stream = client.responses.stream(body);
    const deltas: string[] = [];
    const done: string[] = [];
    stream.on('event', (event) => {
      if (event.type === 'response.custom_tool_call_input.delta') deltas.push(event.delta);
      if (event.type === 'response.custom_tool_call_input.done') done.push(event.input);
    });
    const final = await stream.finalResponse();
    expect(final.output).toContainEqual(expect.objectContaining(item));
    expect(deltas.length).toBeGreaterThanOrEqual(leastPieces);
    expect(deltas.join('')).toBe(PATCH);
    expect(done).toEqual([PATCH]);
  });

  test('in Responses is told its result, by a history and by what the gateway keeps', async () => {
    const tools = [patch];
    const ask = (more: Partial<ResponseCreateParamsNonStreaming>) => client.responses.create({ model, tools, ...more });
    const first = await ask({ input: ORDER });
    const call = first.output.find((item) => item.type === 'custom_tool_call');
    if (!call) throw new Error('no call');
    const result = { type: 'custom_tool_call_output' as const, call_id: call.call_id, output: 'Patched.' };
    const kept = await ask({ input: [result], previous_response_id: first.id });
    expect(kept.output_text).toContain('Patched.');
    const history: ResponseInput = [{ role: 'user', content: ORDER }, call, result];
    const brought = await ask({ input: history, store: false });
    expect(brought.output_text).toContain('Patched.');
    expect(lastAsked(house, provider)).not.toContain('custom_tool_call');
    const forced = await ask({ input: 'Anything.', tool_choice: { type: 'custom', name: 'apply_patch' } });
    expect(forced.output).toContainEqual(expect.objectContaining({ type: 'custom_tool_call' }));
  });
});

describe.each(['alpha', 'omega'] as const)('where %s is known to take them', (provider) => {
  const model = `${provider}/native-1`;

  test('tools, calls, results and choices of Chat Completions stay what they are', async () => {
    const tools = [chatPatch];
    const body = { model, messages: said(ORDER), tools };
    const call = { type: 'custom', custom: { name: 'apply_patch', input: PATCH } };
    const whole = await client.chat.completions.create(body);
    expect(whole.choices[0]?.message.tool_calls).toMatchObject([call]);
    expect(lossesOf(whole).filter((field) => field.startsWith('tools'))).toEqual([]);
    expect(lastAsked(house, provider)).toMatch(/"type":"custom".*"syntax":"lark"/);
    const [streamed] = callsIn(await chunksOf(body));
    expect(streamed).toMatchObject({ type: 'custom', name: 'apply_patch' });
    expect(streamed?.pieces.join('')).toBe(PATCH);
    const message = whole.choices[0]?.message;
    const id = message?.tool_calls?.[0]?.id;
    if (!message || !id) throw new Error('no call');
    const messages = [...said(ORDER), message, { role: 'tool' as const, tool_call_id: id, content: 'Patched.' }];
    const second = await client.chat.completions.create({ ...body, messages });
    expect(second.choices[0]?.message.content).toContain('Patched.');
    expect(lastAsked(house, provider)).toMatch(/"input":"\*\*\* Begin Patch/);
    const tool_choice = { type: 'custom' as const, custom: { name: 'apply_patch' } };
    const forced = await client.chat.completions.create({ ...body, messages: said('Anything.'), tool_choice });
    expect(forced.choices[0]?.message.tool_calls).toMatchObject([{ type: 'custom' }]);
  });

  test('tools, calls, results and choices of Responses stay what they are', async () => {
    const ask = (more: Partial<ResponseCreateParamsNonStreaming>) =>
      client.responses.create({ model, tools: [patch], ...more });
    const first = await ask({ input: ORDER });
    const call = first.output.find((item) => item.type === 'custom_tool_call');
    expect(call).toMatchObject({ name: 'apply_patch', input: PATCH });
    expect(lossesOf(first).filter((field) => field.startsWith('tools'))).toEqual([]);
    expect(lastAsked(house, provider)).toMatch(/"type":"custom".*"syntax":"lark"/);
    const streamed = await client.responses.stream({ model, tools: [patch], input: ORDER }).finalResponse();
    expect(streamed.output).toContainEqual(expect.objectContaining({ type: 'custom_tool_call', input: PATCH }));
    const result = { type: 'custom_tool_call_output' as const, call_id: call?.call_id ?? '', output: 'Patched.' };
    const second = await ask({ input: [result], previous_response_id: first.id });
    expect(second.output_text).toContain('Patched.');
    expect(lastAsked(house, provider)).toMatch(/"input":"\*\*\* Begin Patch/);
    const forced = await ask({ input: 'Anything.', tool_choice: { type: 'custom', name: 'apply_patch' } });
    expect(forced.output).toContainEqual(expect.objectContaining({ type: 'custom_tool_call' }));
  });
});

test('a conversation goes from one target to the next before every turn, its calls the same for the caller', async () => {
  const tools = [patch];
  const models = ['alpha/native-1', 'beta/steady-1', 'omega/native-1', 'gamma/steady-1', 'omega/steady-1'];
  const input: ResponseInput = [];
  for (const [turn, model] of [...models, ...models.toReversed()].entries()) {
    const text = `${PATCH}${turn}`;
    input.push({ role: 'user', content: `[[tool: apply_patch ${JSON.stringify({ input: text })}]]` });
    const { output } = await client.responses.create({ model, tools, input, store: false });
    const call = output.find((item) => item.type === 'custom_tool_call');
    expect(call, model).toMatchObject({ name: 'apply_patch', input: text });
    if (!call) throw new Error('no call');
    input.push(...(output as ResponseInput));
    input.push({ type: 'custom_tool_call_output', call_id: call.call_id, output: `Patched ${turn}.` });
    input.push({ role: 'assistant', content: 'It is patched.' });
    const ids = input.flatMap((item) => (item.type === 'custom_tool_call' ? [item.call_id] : []));
    expect(new Set(ids).size).toBe(turn + 1);
  }
});

test('a call without its text is no answer', async () => {
  const broken = JSON.stringify({ patch: 'x' });
  const messages = said(`[[tool: apply_patch ${broken}]]`);
  const alone = client.chat.completions.create({ model: 'beta/steady-1', messages, tools: [chatPatch] });
  await expect(alone).rejects.toThrow(/contract-broken/);
});
