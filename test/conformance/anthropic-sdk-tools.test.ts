import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let client: Anthropic;

beforeAll(async () => {
  house = await startWays();
  client = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
});
afterAll(() => house.close());

const max_tokens = 1000;
const ask = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }];
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
    required: ['city'],
    additionalProperties: false,
  },
};
const time: Anthropic.Tool = {
  name: 'get_time',
  input_schema: { type: 'object', properties: { zone: { type: 'string' } } },
};
const bare: Anthropic.Tool = { name: 'ping', input_schema: { type: 'object' } };

function callsOf(message: Anthropic.Message) {
  return message.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
  );
}

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

describe.each(WAYS)('tools through $way', ({ model, provider }) => {
  test('one is called with its input, whole and streamed alike', async () => {
    const messages = ask('Weather in Oslo? [[tool: get_weather {"city":"Oslo","days":[1,2]}]]');
    const body = { model, max_tokens, messages, tools: [weather, time] };
    const whole = await client.messages.create(body);
    const wanted = [
      { id: expect.stringMatching(/^[\w-]{6,}$/), name: 'get_weather', input: { city: 'Oslo', days: [1, 2] } },
    ];
    expect(callsOf(whole)).toEqual(wanted);
    expect(whole.stop_reason).toBe('tool_use');
    const pieces: string[] = [];
    const stream = client.messages.stream(body).on('inputJson', (piece) => pieces.push(piece));
    const final = await stream.finalMessage();
    expect(callsOf(final)).toEqual(wanted);
    expect(final.stop_reason).toBe('tool_use');
    expect(JSON.parse(pieces.join(''))).toEqual({ city: 'Oslo', days: [1, 2] });
  });

  test('two at once, their results given back in one turn, and the answer', async () => {
    const messages = ask('Tell me both the weather and time in Paris');
    const body = { model, max_tokens, tools: [weather, time] };
    const first = await client.messages.stream({ ...body, messages }).finalMessage();
    const calls = callsOf(first);
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const results = calls.map(({ id, name }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: [{ type: 'text' as const, text: `${name} is fine` }],
    }));
    const second = await client.messages.create({
      ...body,
      messages: [
        ...messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results.reverse() },
      ],
    });
    expect(second.stop_reason).toBe('end_turn');
    expect(textOf(second)).toContain('get_weather is fine');
    expect(textOf(second)).toContain('get_time is fine');
  });

  test.each([
    { choice: { type: 'none' }, names: [] },
    { choice: { type: 'auto' }, names: ['get_weather'] },
    { choice: { type: 'any' }, names: ['get_weather'] },
    { choice: { type: 'tool', name: 'get_time' }, names: ['get_time'] },
  ] as const)('tool_choice $choice.type', async ({ choice, names }) => {
    const messages = ask('What is the weather in Rome?');
    const body = { model, max_tokens, messages, tools: [weather, time], tool_choice: choice };
    const whole = await client.messages.create(body);
    expect(callsOf(whole).map(({ name }) => name)).toEqual(names);
    const streamed = await client.messages.stream(body).finalMessage();
    expect(callsOf(streamed).map(({ name }) => name)).toEqual(names);
    expect(streamed.stop_reason).toBe(whole.stop_reason);
    if (names.length === 0) expect(textOf(whole)).toContain('Rome');
  });

  test('one at a time where parallel calls are off', async () => {
    const messages = ask('Tell me both the weather and time in Paris');
    const tool_choice = { type: 'auto' as const, disable_parallel_tool_use: true };
    const answer = await client.messages.create({ model, max_tokens, messages, tools: [weather, time], tool_choice });
    // Gemini has no such switch.
    expect(callsOf(answer)).toHaveLength(provider === 'gamma' ? 2 : 1);
  });

  test('one without parameters has an empty input', async () => {
    const body = { model, max_tokens, messages: ask('ping, please'), tools: [bare] };
    expect(callsOf(await client.messages.create(body))).toMatchObject([{ name: 'ping', input: {} }]);
    expect(callsOf(await client.messages.stream(body).finalMessage())).toMatchObject([{ name: 'ping', input: {} }]);
  });

  test('one that failed, one that shows a picture, and words beside the results', async () => {
    const answer = await client.messages.create({
      model,
      max_tokens,
      tools: [weather],
      messages: [
        ...ask('Weather?'),
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_a', name: 'get_weather', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'toolu_b', name: 'get_weather', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_a', content: 'no such city', is_error: true },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_b',
              content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } }],
            },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
    });
    expect(answer.stop_reason).toMatch(/end_turn|tool_use/);
    for (const words of ['no such city', 'Let me look.', PIXEL_PNG, 'And now?']) {
      expect(lastAsked(house, provider)).toContain(words);
    }
  });

  test('the runner of the SDK walks through calls and results to the answer', async () => {
    const asked: string[] = [];
    const tool = betaTool({
      name: 'get_weather',
      description: 'The weather of a city.',
      inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      run: ({ city }) => {
        asked.push(city);
        return `sunny in ${city}`;
      },
    });
    const messages = [{ role: 'user' as const, content: 'What is the weather in Rome?' }];
    const final = await client.beta.messages.toolRunner({ model, max_tokens, messages, tools: [tool] });
    expect(final.content.map((block) => (block.type === 'text' ? block.text : '')).join('')).toContain('sunny in Rome');
    expect(asked).toEqual(['Rome']);
  });

  test('a conversation that the vendor would hold is held by the SDK', async () => {
    const thread = client.beta.messages.thread({
      model,
      max_tokens,
      unsupportedRequestBehavior: 'continue_unthreaded',
    });
    await thread.send({ role: 'user', content: 'My name is Ada.' });
    await thread.send({ role: 'user', content: 'What is my name?' });
    expect(lastAsked(house, provider)).toContain('My name is Ada.');
  });
});

test('a thread is refused in the words that the SDK knows', async () => {
  const thread = client.beta.messages.thread({ model: 'first', max_tokens });
  await expect(thread.send({ role: 'user', content: 'Hello' })).rejects.toThrow(
    Anthropic.ThreadUnsupportedRequestError,
  );
});
