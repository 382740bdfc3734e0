import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';

let simulator: Simulator;
let client: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new Anthropic({ apiKey: 'test', baseURL: `${simulator.url}/sim`, maxRetries: 0 });
});
afterAll(() => simulator.stop());

const weather = {
  name: 'get_weather',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};
const time = { name: 'get_time', input_schema: { type: 'object' as const, properties: { zone: { type: 'string' } } } };

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

test('a plain question, whole and streamed, gets the same answer and usage', async () => {
  const body = {
    model: 'steady-1',
    max_tokens: 500,
    messages: [{ role: 'user' as const, content: 'How tall is a giraffe?' }],
  };
  const whole = await client.messages.create(body);
  expect(textOf(whole)).toContain('How tall is a giraffe?');
  expect(whole.stop_reason).toBe('end_turn');
  const streamed = await client.messages.stream(body).finalMessage();
  expect(textOf(streamed)).toBe(textOf(whole));
  expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  expect(streamed.stop_reason).toBe('end_turn');
});

test('thinking comes as signed blocks before the text, and may be sent back as it was', async () => {
  const body = {
    model: 'steady-1',
    max_tokens: 4000,
    thinking: { type: 'enabled' as const, budget_tokens: 1024 },
    tools: [weather],
  };
  const question = { role: 'user' as const, content: 'What is the weather in Rome?' };
  const first = await client.messages.stream({ ...body, messages: [question] }).finalMessage();
  expect(first.content.map((block) => block.type)).toEqual(['thinking', 'tool_use']);
  const call = first.content.find((block) => block.type === 'tool_use');
  const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny' };
  const second = await client.messages.create({
    ...body,
    messages: [question, { role: 'assistant', content: first.content }, { role: 'user', content: [result] }],
  });
  expect(textOf(second)).toContain('get_weather says: sunny');
  const forged = first.content.map((block) =>
    block.type === 'thinking' ? { ...block, signature: 'Zm9yZWlnbg==' } : block,
  );
  await expect(
    client.messages.create({
      ...body,
      messages: [question, { role: 'assistant', content: forged }, { role: 'user', content: [result] }],
    }),
  ).rejects.toThrow(/Invalid `signature` in `thinking` block/);
  const bare = first.content.filter((block) => block.type !== 'thinking');
  await expect(
    client.messages.create({
      ...body,
      messages: [question, { role: 'assistant', content: bare }, { role: 'user', content: [result] }],
    }),
  ).rejects.toThrow(/Expected `thinking` or `redacted_thinking`, but found `tool_use`/);
});

test('two calls are streamed one after the other and one refused when parallel calls are off', async () => {
  const body = {
    model: 'steady-1',
    max_tokens: 500,
    tools: [weather, time],
    messages: [{ role: 'user' as const, content: 'Tell me both, weather and time, for Paris' }],
  };
  const message = await client.messages.stream(body).finalMessage();
  expect(message.stop_reason).toBe('tool_use');
  expect(message.content.map((block) => block.type === 'tool_use' && [block.name, block.input])).toEqual([
    ['get_weather', { city: 'Paris' }],
    ['get_time', { zone: 'Paris' }],
  ]);
  const one = await client.messages.create({ ...body, tool_choice: { type: 'any', disable_parallel_tool_use: true } });
  expect(one.content).toHaveLength(1);
});

test('a tool without parameters streams an empty input', async () => {
  const message = await client.messages
    .stream({
      model: 'steady-1',
      max_tokens: 100,
      tools: [{ name: 'now', input_schema: { type: 'object', properties: {} } }],
      messages: [{ role: 'user', content: 'What time is it now?' }],
    })
    .finalMessage();
  expect(message.content).toMatchObject([{ type: 'tool_use', name: 'now', input: {} }]);
});

test('an output schema is satisfied', async () => {
  const message = await client.messages.create({
    model: 'chatty-1',
    max_tokens: 500,
    messages: [{ role: 'user', content: 'How was it?' }],
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { mood: { type: 'string', enum: ['good', 'bad'] } },
          required: ['mood'],
          additionalProperties: false,
        },
      },
    },
  });
  expect(['good', 'bad']).toContain(JSON.parse(textOf(message)).mood);
});

test('a last assistant turn is continued so that both parts together are the answer', async () => {
  const text = 'The quick brown fox jumps over the lazy dog.';
  const message = await client.messages.create({
    model: 'steady-1',
    max_tokens: 100,
    messages: [
      { role: 'user', content: `[[answer: ${text}]]` },
      { role: 'assistant', content: 'The quick brown' },
    ],
  });
  expect(`The quick brown${textOf(message)}`).toBe(text);
  await expect(
    client.messages.create({
      model: 'terse-1',
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    }),
  ).rejects.toThrow(/does not support assistant message prefill/);
});

test('a met stop sequence is told', async () => {
  const message = await client.messages.create({
    model: 'steady-1',
    max_tokens: 100,
    stop_sequences: ['word4'],
    messages: [{ role: 'user', content: '[[words: 9]]' }],
  });
  expect(message).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'word4' });
});

test('the version that the SDK speaks refuses sampling', async () => {
  const body = { model: 'steady-1', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], temperature: 0.5 };
  await expect(client.post('/v1/messages', { body })).rejects.toMatchObject({ status: 400 });
});

test('an overload inside a stream is an error to the SDK', async () => {
  const stream = client.messages.stream({
    model: 'steady-1--overloaded-after-200',
    max_tokens: 10,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  await expect(stream.finalMessage()).rejects.toThrow(/Overloaded/);
});

test('tokens are counted as the answer will bill them, nearly', async () => {
  const counted = await client.messages.countTokens({ model: 'steady-1', messages: [{ role: 'user', content: 'Hi' }] });
  expect(counted.input_tokens).toBeGreaterThan(0);
  const listed = await client.models.list();
  expect(listed.data.map((model) => model.id)).toContain('steady-1');
});
