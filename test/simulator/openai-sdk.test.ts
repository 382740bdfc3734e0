import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';

let simulator: Simulator;
let client: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new OpenAI({ apiKey: 'sk-test', baseURL: simulator.baseUrl('openai-chat'), maxRetries: 0 });
});
afterAll(() => simulator.stop());

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const;
const time = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: { zone: { type: 'string' } } } },
} as const;

test('a plain question gets an answer that mentions it', async () => {
  const answer = await client.chat.completions.create({
    model: 'steady-1',
    messages: [{ role: 'user', content: 'How tall is a giraffe?' }],
  });
  expect(answer.choices[0]?.message.content).toContain('How tall is a giraffe?');
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.model).toBe('steady-1');
  expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0));
});

test('the stream of a question gives the same text as the whole answer, and the same usage', async () => {
  const messages = [{ role: 'user' as const, content: 'Tell me about rivers [[words: 40]]' }];
  const stream = await client.chat.completions.create({
    model: 'steady-1',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  let finish: string | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    if (chunk.usage) usage = chunk.usage;
  }
  expect(text.split(' ')).toHaveLength(40);
  expect(finish).toBe('stop');
  expect(usage?.completion_tokens).toBe(40);
});

test('a stream without include_usage tells no usage', async () => {
  const stream = await client.chat.completions.create({
    model: 'steady-1',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
  });
  for await (const chunk of stream) expect(chunk.usage ?? undefined).toBeUndefined();
});

test('both tools are called at once, and their results are in the final text', async () => {
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'user', content: 'Tell me both the weather and time in Paris' },
  ];
  const first = await client.chat.completions.create({ model: 'steady-1', messages, tools: [weather, time] });
  const calls = first.choices[0]?.message.tool_calls ?? [];
  expect(first.choices[0]?.finish_reason).toBe('tool_calls');
  expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual(['get_weather', 'get_time']);
  expect(calls[0]?.type === 'function' && JSON.parse(calls[0].function.arguments)).toEqual({ city: 'Paris' });
  if (first.choices[0]) messages.push(first.choices[0].message);
  for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: `result of ${call.id}` });
  const second = await client.chat.completions.create({ model: 'steady-1', messages, tools: [weather, time] });
  for (const call of calls) expect(second.choices[0]?.message.content).toContain(`result of ${call.id}`);
});

test('a streamed tool call is put together again by the SDK', async () => {
  const runner = client.chat.completions.stream({
    model: 'steady-1',
    messages: [{ role: 'user', content: 'weather in Oslo [[tool: get_weather {"city":"Oslo","days":[1,2]}]]' }],
    tools: [weather],
  });
  const final = await runner.finalChatCompletion();
  const call = final.choices[0]?.message.tool_calls?.[0];
  expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'Oslo', days: [1, 2] });
});

test('a JSON schema is satisfied, whole and streamed', async () => {
  const schema = {
    type: 'object',
    properties: { mood: { type: 'string', enum: ['good', 'bad'] }, score: { type: 'integer', minimum: 3, maximum: 5 } },
    required: ['mood', 'score'],
    additionalProperties: false,
  };
  const body = {
    model: 'chatty-1',
    messages: [{ role: 'user' as const, content: 'How was it?' }],
    response_format: { type: 'json_schema' as const, json_schema: { name: 'verdict', strict: true, schema } },
  };
  const whole = await client.chat.completions.create(body);
  const value = JSON.parse(whole.choices[0]?.message.content ?? '');
  expect(['good', 'bad']).toContain(value.mood);
  expect(value.score).toBeGreaterThanOrEqual(3);
  expect(value.score).toBeLessThanOrEqual(5);
  const streamed = await client.chat.completions.stream(body).finalChatCompletion();
  expect(JSON.parse(streamed.choices[0]?.message.content ?? '')).toEqual(value);
});

test('a refusal of a structured answer stands in its own field', async () => {
  const answer = await client.chat.completions.create({
    model: 'refuser-1',
    messages: [{ role: 'user', content: 'Something [[borderline]]' }],
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object', properties: {} } } },
  });
  expect(answer.choices[0]?.message.content).toBeNull();
  expect(answer.choices[0]?.message.refusal).toContain('not able to help');
});

test('two choices are streamed side by side and both billed', async () => {
  const stream = await client.chat.completions.create({
    model: 'steady-1',
    n: 2,
    messages: [{ role: 'user', content: '[[words: 5]]' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const texts = ['', ''];
  let tokens = 0;
  for await (const chunk of stream) {
    for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? '';
    tokens = chunk.usage?.completion_tokens ?? tokens;
  }
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).toBe('word1 word2 word3 word4 word5');
  expect(tokens).toBe(10);
});

test('reasoning models count hidden thinking and refuse what they do not know', async () => {
  const messages = [{ role: 'user' as const, content: 'Why?' }];
  const answer = await client.chat.completions.create({ model: 'reasoner-1', messages, max_completion_tokens: 500 });
  expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
  await expect(client.chat.completions.create({ model: 'reasoner-1', messages, max_tokens: 5 })).rejects.toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    param: 'max_tokens',
  });
  await expect(client.chat.completions.create({ model: 'reasoner-1', messages, temperature: 0 })).rejects.toMatchObject(
    {
      status: 400,
      code: 'unsupported_value',
    },
  );
});

test('an answer above the limit is cut and says so; a stop sequence ends it before itself', async () => {
  const messages = [{ role: 'user' as const, content: '[[words: 30]]' }];
  const short = await client.chat.completions.create({ model: 'steady-1', messages, max_tokens: 4 });
  expect(short.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'word1 word2 word3 word4' } });
  expect(short.usage?.completion_tokens).toBe(4);
  const stopped = await client.chat.completions.create({ model: 'steady-1', messages, stop: 'word3' });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'word1 word2 ' } });
});

test('an overload inside a stream is an error to the SDK', async () => {
  const stream = await client.chat.completions.create({
    model: 'steady-1--overloaded-after-200',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
  });
  await expect(
    (async () => {
      for await (const _ of stream);
    })(),
  ).rejects.toThrow(/overloaded/);
});

test('models are listed', async () => {
  const names: string[] = [];
  for await (const model of client.models.list()) names.push(model.id);
  expect(names).toContain('steady-1');
});
