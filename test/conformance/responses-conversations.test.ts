import OpenAI from 'openai';
import type { ResponseCreateParamsNonStreaming, ResponseInputItem } from 'openai/resources/responses/responses';
import OpenAI2025 from 'openai-2025';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type ResponsesProvider, startResponsesProvider } from '../kit/responses-provider.ts';

type Provider = 'own' | 'alpha' | 'beta' | 'gamma';

let house: House;
let own: ResponsesProvider;
let client: OpenAI;

beforeEach(async () => {
  own = await startResponsesProvider();
  house = await startHouse({
    providers: {
      own: { dialect: 'openai-responses', baseUrl: own.url },
      beta: { models: { 'thinker-1': { quirks: { thinking: 'budget' } } } },
    },
    // One fault after the other is what this test is about; no lane may be shut for it.
    health: { breaker: { consecutive: 1_000, minimumSamples: 1_000 } },
    routes: {
      chat: {
        targets: ['own/steady-1', 'alpha/steady-1', 'beta/thinker-1', 'gamma/steady-1'],
        failover: { attempts: 1 },
      },
    },
  });
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
});
afterEach(async () => {
  await house.close();
  await own.stop();
});

/** Breaks every provider but one. */
function onlyServes(provider: Provider): void {
  own.fail(provider === 'own' ? undefined : 503);
  for (const each of ['alpha', 'beta', 'gamma'] as const) {
    house.simulator.script(each, each === provider ? undefined : { fault: 'status', status: 503 });
  }
}

/** What a provider was asked last, as JSON text. */
function asked(provider: Provider): string {
  if (provider === 'own') return JSON.stringify(own.bodies.at(-1));
  return JSON.stringify(house.simulator.meter(provider).requestLog.at(-1)?.body);
}

/** No provider refused the history that it was given. */
function refusals(): readonly string[] {
  const simulated = (['alpha', 'beta', 'gamma'] as const).filter((name) => house.simulator.meter(name).refused > 0);
  return [...simulated, ...own.refusals];
}

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** There and back again: every provider takes over from every other. */
const JOURNEY: readonly Provider[] = [
  ...([
    'own',
    'alpha',
    'beta',
    'gamma',
    'own',
    'beta',
    'alpha',
    'gamma',
    'beta',
    'own',
    'gamma',
    'alpha',
    'own',
  ] as const),
];

describe.each([
  { how: 'whole', stream: false },
  { how: 'streamed', stream: true },
])('a conversation by previous_response_id that changes its provider at every turn, $how', ({ stream }) => {
  const ask = (body: Omit<ResponseCreateParamsNonStreaming, 'stream'>) =>
    stream ? client.responses.stream({ ...body }).finalResponse() : client.responses.create({ ...body });

  test('each one is given everything that was said before, and nothing that it refuses', async () => {
    let previous: string | null = null;
    const ids = new Set<string>();
    for (const [turn, provider] of JOURNEY.entries()) {
      onlyServes(provider);
      const answer = await ask({
        model: 'chat',
        input: `This is word ${turn}.`,
        reasoning: { effort: 'low' },
        ...(previous !== null && { previous_response_id: previous }),
      });
      expect(answer).toMatchObject({ object: 'response', store: true, previous_response_id: previous });
      expect((answer as { understudy?: { served_by: string } }).understudy?.served_by).toContain(`${provider}/`);
      const said = asked(provider);
      for (let earlier = 0; earlier <= turn; earlier += 1) expect(said).toContain(`This is word ${earlier}.`);
      previous = answer.id;
      ids.add(answer.id);
    }
    expect(ids.size).toBe(JOURNEY.length);
    expect(refusals()).toEqual([]);
  });

  test('thinking is back with its maker when the maker is back, and nobody else sees it', async () => {
    onlyServes('own');
    const first = await ask({ model: 'chat', input: 'Why?', reasoning: { effort: 'low' } });
    onlyServes('beta');
    const second = await ask({
      model: 'chat',
      input: 'And now?',
      reasoning: { effort: 'low' },
      previous_response_id: first.id,
    });
    expect(asked('beta')).not.toContain('sealed by');
    onlyServes('own');
    await ask({ model: 'chat', input: 'And then?', previous_response_id: second.id });
    expect(asked('own')).toContain('sealed by 1');
    expect(asked('own')).not.toContain('signature');
    expect(refusals()).toEqual([]);
  });

  test('a tool result alone is enough, whoever made the call', async () => {
    let previous: string | undefined;
    for (const [turn, provider] of (['own', 'alpha', 'gamma', 'beta', 'own'] as const).entries()) {
      onlyServes(provider);
      const called = await ask({
        model: 'chat',
        tools: [weather],
        tool_choice: 'required',
        input: `What is the weather in Oslo, for the ${turn}. time?`,
        ...(previous !== undefined && { previous_response_id: previous }),
      });
      const call = called.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))[0];
      expect(call).toMatchObject({ name: 'get_weather' });
      const next = (['own', 'alpha', 'gamma', 'beta', 'own', 'alpha'] as const)[turn + 1] ?? 'own';
      onlyServes(next);
      const output: ResponseInputItem[] = [
        { type: 'function_call_output', call_id: call?.call_id ?? '', output: `Snow ${turn}` },
      ];
      const answered = await ask({ model: 'chat', tools: [weather], input: output, previous_response_id: called.id });
      expect(answered.output_text).not.toBe('');
      expect(asked(next)).toContain(`Snow ${turn}`);
      previous = answered.id;
    }
    expect(refusals()).toEqual([]);
  });
});

test('instructions hold for one response, as the API has it', async () => {
  onlyServes('own');
  const first = await client.responses.create({ model: 'chat', instructions: 'Speak like a pirate.', input: 'One' });
  await client.responses.create({ model: 'chat', input: 'Two', previous_response_id: first.id });
  expect(asked('own')).toContain('One');
  expect(asked('own')).not.toContain('pirate');
});

test('two requests that go on from one response branch, and know nothing of each other', async () => {
  onlyServes('own');
  const root = await client.responses.create({ model: 'chat', input: 'Root' });
  const go = (input: string) => client.responses.create({ model: 'chat', input, previous_response_id: root.id });
  const [left, right] = await Promise.all([go('Left'), go('Right')]);
  const after = await client.responses.create({ model: 'chat', input: 'On', previous_response_id: left.id });
  expect(left.output_text).toBe('Heard: Root | Left');
  expect(right.output_text).toBe('Heard: Root | Right');
  expect(after.output_text).toBe('Heard: Root | Left | On');
});

test('items that are referred to by their ids are put in their places', async () => {
  onlyServes('own');
  const first = await client.responses.create({ model: 'chat', input: 'One' });
  const references: ResponseInputItem[] = first.output.map(({ id }) => ({ type: 'item_reference', id: id ?? '' }));
  const user = (content: string): ResponseInputItem => ({ role: 'user', content });
  onlyServes('alpha');
  const second = await client.responses.create({ model: 'chat', input: [user('One'), ...references, user('Two')] });
  expect(asked('alpha')).toContain('Heard: One');
  onlyServes('own');
  await client.responses.create({ model: 'chat', input: 'Three', previous_response_id: second.id });
  expect(own.bodies.at(-1)?.input).toMatchObject([
    { role: 'user' },
    { type: 'reasoning', encrypted_content: 'sealed by 1' },
    { role: 'assistant', content: [{ text: 'Heard: One' }] },
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user' },
  ]);
  expect(refusals()).toEqual([]);
});

describe('what was kept', () => {
  test('is given back as it was told, whole or streamed', async () => {
    for (const provider of ['own', 'beta'] as const) {
      onlyServes(provider);
      const whole = await client.responses.create({ model: 'chat', input: 'Hello', metadata: { topic: 'greetings' } });
      expect(await client.responses.retrieve(whole.id)).toEqual(whole);
      const streamed = await client.responses.stream({ model: 'chat', input: 'Hello' }).finalResponse();
      const { output_parsed: _, ...told } = streamed;
      expect(JSON.parse(JSON.stringify(await client.responses.retrieve(streamed.id)))).toMatchObject({
        ...JSON.parse(JSON.stringify(told)),
        output: streamed.output.map(({ id, type }) => ({ id, type })),
      });
    }
  });

  test('its input items come in pages, in both directions', async () => {
    onlyServes('own');
    const first = await client.responses.create({ model: 'chat', input: 'One' });
    const second = await client.responses.create({ model: 'chat', input: 'Two', previous_response_id: first.id });
    const all = async (order: 'asc' | 'desc', limit: number) => {
      const ids: (string | null | undefined)[] = [];
      for await (const item of client.responses.inputItems.list(second.id, { order, limit })) ids.push(item.id);
      return ids;
    };
    const ids = await all('asc', 100);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    for (const limit of [1, 2, 3]) {
      expect(await all('asc', limit)).toEqual(ids);
      expect(await all('desc', limit)).toEqual([...ids].reverse());
    }
    const { data } = await client.responses.inputItems.list(second.id, { order: 'asc' });
    expect(data).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'One' }] },
      { type: 'reasoning', id: 'rs_1' },
      { type: 'message', role: 'assistant', id: 'msg_1' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Two' }] },
    ]);
  });

  test('is gone once it is deleted, and whatever was made from it says so', async () => {
    onlyServes('own');
    const first = await client.responses.create({ model: 'chat', input: 'A secret word: xylophone' });
    const second = await client.responses.create({ model: 'chat', input: 'Two', previous_response_id: first.id });
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.responses.delete(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect((await client.responses.retrieve(second.id)).id).toBe(second.id);
    await expect(
      client.responses.create({ model: 'chat', input: 'Three', previous_response_id: second.id }),
    ).rejects.toMatchObject({ status: 404, param: 'previous_response_id', message: expect.stringContaining(first.id) });
    await expect(client.responses.inputItems.list(second.id)).rejects.toMatchObject({ status: 404 });
  });

  test('is nothing where the caller wants nothing kept', async () => {
    onlyServes('own');
    const first = await client.responses.create({ model: 'chat', input: 'One' });
    const quiet = await client.responses.create({
      model: 'chat',
      input: 'Two',
      previous_response_id: first.id,
      store: false,
    });
    expect(quiet).toMatchObject({ store: false, previous_response_id: first.id });
    expect(quiet.output_text).toBe('Heard: One | Two');
    expect(quiet.id).toMatch(/^resp_upstream_/);
    await expect(client.responses.retrieve(quiet.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('an answer that was cut off is not', async () => {
    onlyServes('alpha');
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 3 });
    let id = '';
    const reading = async () => {
      for await (const event of await client.responses.create({
        model: 'chat',
        input: '[[words: 60]]',
        stream: true,
      })) {
        if (event.type === 'response.created') ({ id } = event.response);
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'stream_interrupted' });
    expect(id).toMatch(/^resp_/);
    await expect(client.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('conversations', () => {
  test('hold the turns of every provider in their order', async () => {
    const conversation = await client.conversations.create({
      metadata: { topic: 'words' },
      items: [{ type: 'message', role: 'developer', content: 'Be brief.' }],
    });
    expect(conversation).toMatchObject({ object: 'conversation', metadata: { topic: 'words' } });
    for (const [turn, provider] of (['own', 'alpha', 'beta', 'gamma', 'own'] as const).entries()) {
      onlyServes(provider);
      const body = {
        model: 'chat',
        input: `Word ${turn}.`,
        conversation: turn % 2 === 0 ? conversation.id : { id: conversation.id },
      };
      const answer =
        turn % 2 === 0 ? await client.responses.create(body) : await client.responses.stream(body).finalResponse();
      expect(answer).toMatchObject({ store: true, conversation: { id: conversation.id } });
      const said = asked(provider);
      expect(said).toContain('Be brief.');
      for (let earlier = 0; earlier <= turn; earlier += 1) expect(said).toContain(`Word ${earlier}.`);
    }
    const roles: string[] = [];
    for await (const item of client.conversations.items.list(conversation.id, { order: 'asc', limit: 2 })) {
      if (item.type === 'message') roles.push(item.role);
    }
    expect(roles).toEqual(['developer', ...Array.from({ length: 5 }).flatMap(() => ['user', 'assistant'])]);
    expect(refusals()).toEqual([]);
  });

  test('are described, filled, emptied and deleted by their items', async () => {
    const { id } = await client.conversations.create();
    expect(await client.conversations.update(id, { metadata: { a: 'b' } })).toMatchObject({ id, metadata: { a: 'b' } });
    expect(await client.conversations.retrieve(id)).toMatchObject({ id, metadata: { a: 'b' }, object: 'conversation' });
    const added = await client.conversations.items.create(id, {
      items: [
        { role: 'user', content: 'Remember: blue.' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Forget: red.' }] },
      ],
    });
    expect(added.data.map((item) => item.type)).toEqual(['message', 'message']);
    const [kept, dropped] = added.data.map((item) => item.id ?? '');
    const path = { conversation_id: id };
    expect(await client.conversations.items.retrieve(kept ?? '', path)).toEqual(added.data[0]);
    expect(await client.conversations.items.delete(dropped ?? '', path)).toMatchObject({ id, object: 'conversation' });
    await expect(client.conversations.items.retrieve(dropped ?? '', path)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    onlyServes('own');
    const answer = await client.responses.create({ model: 'chat', conversation: id, input: 'What?' });
    expect(answer.output_text).toBe('Heard: Remember: blue. | What?');
    await client.responses.delete(answer.id);
    expect((await client.conversations.items.list(id)).data).toHaveLength(4);
    expect(await client.conversations.delete(id)).toEqual({ id, object: 'conversation.deleted', deleted: true });
    await expect(client.conversations.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.conversations.items.list(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.responses.create({ model: 'chat', conversation: id, input: 'What?' })).rejects.toMatchObject({
      status: 404,
      param: 'conversation',
    });
  });

  test('an item that no model could be given is refused when it is added', async () => {
    const { id } = await client.conversations.create();
    const item = { role: 'user' as const, content: [{ type: 'input_image' as const, detail: 'auto' as const }] };
    await expect(client.conversations.items.create(id, { items: [item] })).rejects.toMatchObject({
      status: 400,
      param: 'items[0].content[0]',
    });
    await expect(client.conversations.create({ items: [item] })).rejects.toMatchObject({ status: 400 });
  });

  test('the retrieved response knows what it was made from', async () => {
    const { id } = await client.conversations.create({ items: [{ role: 'user', content: 'Zero' }] });
    onlyServes('own');
    const one = await client.responses.create({ model: 'chat', conversation: id, input: 'One' });
    await client.responses.create({ model: 'chat', conversation: id, input: 'Two' });
    const { data } = await client.responses.inputItems.list(one.id, { order: 'asc' });
    expect(data.map((item) => ('content' in item ? JSON.stringify(item.content) : ''))).toEqual([
      expect.stringContaining('Zero'),
      expect.stringContaining('One'),
    ]);
    await expect(
      client.responses.create({ model: 'chat', input: 'Three', previous_response_id: one.id }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining(id) });
  });
});

describe('tools that a provider runs itself', () => {
  const BUILT_IN = [
    { type: 'web_search' },
    { type: 'file_search', vector_store_ids: ['vs_1'] },
    { type: 'code_interpreter', container: { type: 'auto' } },
    { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp', require_approval: 'never' },
    { type: 'image_generation' },
    { type: 'computer_use_preview', display_width: 800, display_height: 600, environment: 'browser' },
    { type: 'local_shell' },
  ] as const;

  test('go unchanged to a target that has them', async () => {
    onlyServes('own');
    for (const tool of BUILT_IN) {
      const body = { model: 'chat', input: 'Look it up.', tools: [{ ...tool } as never] };
      expect((await client.responses.create(body)).status, tool.type).toBe('completed');
      expect(own.bodies.at(-1)?.tools).toEqual([tool]);
    }
  });

  test('are not taken from a request that nobody else can serve', async () => {
    onlyServes('alpha');
    for (const tool of BUILT_IN) {
      const body = { model: 'alpha/steady-1', input: 'Look it up.', tools: [{ ...tool } as never] };
      const error: unknown = await client.responses.create(body).catch((thrown: unknown) => thrown);
      expect(error, tool.type).toMatchObject({ status: 400, code: 'no_eligible_target' });
      expect(String((error as Error).message), tool.type).toMatch(/capability\(/);
    }
    expect(house.simulator.meter('alpha').requests).toBe(0);
  });
});

test('the SDK of a year ago does all of it', async () => {
  const old = new OpenAI2025({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
  onlyServes('own');
  const first = await old.responses.create({ model: 'chat', input: 'One' });
  onlyServes('beta');
  const second = await old.responses
    .stream({ model: 'chat', input: 'Two', previous_response_id: first.id })
    .finalResponse();
  onlyServes('own');
  const third = await old.responses.create({ model: 'chat', input: 'Three', previous_response_id: second.id });
  expect(third.output_text).toBe('Heard: One | Two | Three');
  expect((await old.responses.retrieve(third.id)).output_text).toBe(third.output_text);
  const { data } = await old.responses.inputItems.list(third.id, { order: 'asc' });
  expect(data).toHaveLength(3 + first.output.length + second.output.length);
  const { id } = await old.conversations.create({ items: [{ role: 'user', content: 'Zero' }] });
  const inside = await old.responses.create({ model: 'chat', conversation: id, input: 'One' });
  expect(inside.output_text).toBe('Heard: Zero | One');
  expect((await old.conversations.items.list(id)).data).toHaveLength(4);
  await old.conversations.delete(id);
  await old.responses.delete(third.id);
  await expect(old.responses.retrieve(third.id)).rejects.toBeInstanceOf(OpenAI2025.NotFoundError);
});
