import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, startWays, WAYS } from './ways.ts';

let house: House;
let client: OpenAI;

beforeAll(async () => {
  house = await startWays();
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
});
afterAll(() => house.close());

type Message = OpenAI.ChatCompletionMessageParam;

const ask = (content: string): Message[] => [{ role: 'user', content }];
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
      required: ['city'],
      additionalProperties: false,
    },
  },
} as const;
const time = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: { zone: { type: 'string' } } } },
} as const;
const bare = { type: 'function', function: { name: 'ping' } } as const;

function callsOf(answer: OpenAI.ChatCompletion) {
  const calls = answer.choices[0]?.message.tool_calls ?? [];
  return calls.flatMap((call) =>
    call.type === 'function'
      ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }]
      : [],
  );
}

describe.each(WAYS)('tools through $way', ({ model, provider }) => {
  test('one is called with its arguments, whole and streamed alike', async () => {
    const messages = ask('Weather in Oslo? [[tool: get_weather {"city":"Oslo","days":[1,2]}]]');
    const body = { model, messages, tools: [weather, time] };
    const whole = await client.chat.completions.create(body);
    const wanted = [
      { id: expect.stringMatching(/.{6,}/), name: 'get_weather', arguments: { city: 'Oslo', days: [1, 2] } },
    ];
    expect(callsOf(whole)).toEqual(wanted);
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const pieces: string[] = [];
    const stream = client.chat.completions
      .stream(body)
      .on('tool_calls.function.arguments.delta', ({ arguments_delta }) => pieces.push(arguments_delta));
    const final = await stream.finalChatCompletion();
    expect(callsOf(final)).toEqual(wanted);
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
    expect(JSON.parse(pieces.join(''))).toEqual({ city: 'Oslo', days: [1, 2] });
  });

  test('two at once, their results given back in the other order, and the answer', async () => {
    const messages = ask('Tell me both the weather and time in Paris');
    const body = { model, tools: [weather, time] };
    const first = await client.chat.completions.stream({ ...body, messages }).finalChatCompletion();
    const calls = callsOf(first);
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const results: Message[] = calls.map(({ id, name }) => ({
      role: 'tool',
      tool_call_id: id,
      content: `${name} is fine`,
    }));
    const message = first.choices[0]?.message;
    if (!message) throw new Error('no message');
    const second = await client.chat.completions.create({
      ...body,
      messages: [...messages, message, ...results.reverse()],
    });
    expect(second.choices[0]?.finish_reason).toBe('stop');
    expect(second.choices[0]?.message.content).toContain('get_weather is fine');
    expect(second.choices[0]?.message.content).toContain('get_time is fine');
  });

  test('one at a time where parallel calls are off', async () => {
    const messages = ask('Tell me both the weather and time in Paris');
    const body = { model, messages, tools: [weather, time], parallel_tool_calls: false };
    const answer = await client.chat.completions.create(body);
    // Gemini has no such switch; the gateway says so, and passes on what came.
    expect(callsOf(answer)).toHaveLength(provider === 'gamma' ? 2 : 1);
    const told = JSON.stringify(answer).includes('parallel_tool_calls');
    expect(told).toBe(provider === 'gamma');
  });

  test.each([
    { choice: 'none', names: [] },
    { choice: 'auto', names: ['get_weather'] },
    { choice: 'required', names: ['get_weather'] },
    { choice: { type: 'function', function: { name: 'get_time' } }, names: ['get_time'] },
  ] as const)('tool_choice $choice', async ({ choice, names }) => {
    const messages = ask('What is the weather in Rome?');
    const body = { model, messages, tools: [weather, time], tool_choice: choice };
    const whole = await client.chat.completions.create(body);
    expect(callsOf(whole).map(({ name }) => name)).toEqual(names);
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    expect(callsOf(streamed).map(({ name }) => name)).toEqual(names);
    expect(streamed.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
    if (names.length === 0) expect(whole.choices[0]?.message.content).toContain('Rome');
  });

  test('one without parameters has arguments that parse', async () => {
    const messages = ask('ping, please');
    const whole = await client.chat.completions.create({ model, messages, tools: [bare] });
    expect(callsOf(whole)).toMatchObject([{ name: 'ping', arguments: {} }]);
    const final = await client.chat.completions.stream({ model, messages, tools: [bare] }).finalChatCompletion();
    expect(callsOf(final)).toMatchObject([{ name: 'ping', arguments: {} }]);
  });

  test('one that failed, one whose result is parts, under ids that hardly any provider takes', async () => {
    const ids = ['functions.get_weather:0|é', `call_${'long'.repeat(12)}`] as const;
    const tool_calls = ids.map((id) => ({
      id,
      type: 'function' as const,
      function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    }));
    const answer = await client.chat.completions.create({
      model,
      tools: [weather],
      messages: [
        ...ask('Weather?'),
        { role: 'assistant', content: 'Let me look.', tool_calls },
        { role: 'tool', tool_call_id: ids[0], content: [{ type: 'text', text: 'no such city' }] },
        { role: 'tool', tool_call_id: ids[1], content: '' },
        { role: 'user', content: 'And now?' },
      ],
    });
    expect(answer.choices[0]?.finish_reason).toMatch(/stop|tool_calls/);
    expect(lastAsked(house, provider)).toContain('no such city');
    expect(lastAsked(house, provider)).toContain('Let me look.');
  });

  test('the runner of the SDK walks through calls and results to the answer', async () => {
    const asked: string[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages: ask('What is the weather in Rome?'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'The weather of a city.',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
            parse: (json: string) => JSON.parse(json) as { city: string },
            function: ({ city }: { city: string }) => {
              asked.push(city);
              return `sunny in ${city}`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toContain('sunny in Rome');
    expect(asked).toEqual(['Rome']);
  });
});
