import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KNOWN_PROVIDERS } from '../../src/providers/known-providers.ts';
import { resolveTarget } from '../../src/providers/resolve-target.ts';

/** One request that asks for everything, as each known host of the openai-chat family is sent it. */
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const call = { id: 'call_ABCDEFGHIJKLMNOP', type: 'function', function: { name: 'look', arguments: '{}' } };
const BODY: JsonObject = {
  model: 'route',
  messages: [
    { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', name: 'Ada', content: 'Look' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: call.id, content: 'A cat' },
    { role: 'user', content: 'And now?' },
    { role: 'user', content: [{ type: 'text', text: 'Please.' }] },
  ],
  tools: [{ type: 'function', function: { name: 'look', parameters: SCHEMA, strict: true } }],
  tool_choice: 'required',
  temperature: 1.8,
  seed: 7,
  frequency_penalty: 0.5,
  logprobs: true,
  reasoning_effort: 'high',
  max_completion_tokens: 99,
  stream: true,
};

function ask(host: string, change: JsonObject = {}, model = 'model-x') {
  const known = KNOWN_PROVIDERS[host];
  if (known === undefined) throw new Error(`no such host: ${host}`);
  const target = resolveTarget(host, { dialect: 'openai-chat', known: host }, model);
  const request: ChatRequest = dialectKits.caller('openai-chat').decodeRequest({ ...BODY, ...change }, {});
  const encoded = dialectKits
    .target('openai-chat')
    .encodeRequest(request, { target, newId: () => 'id0000000000000000' });
  return { body: encoded.body, losses: encoded.losses, messages: encoded.body.messages as JsonObject[] };
}

const chatHosts = Object.entries(KNOWN_PROVIDERS)
  .filter(([, { dialect }]) => dialect === 'openai-chat')
  .map(([name]) => name);

test.each(chatHosts)('%s: what differs from the caller’s words is named', (host) => {
  const { body, losses } = ask(host);
  const renamed = [
    'model',
    'messages',
    'stream_options',
    'max_completion_tokens',
    'seed',
    'tool_choice',
    'tools',
    'reasoning_effort',
  ];
  const changed = Object.keys(BODY).filter((name) => JSON.stringify(body[name]) !== JSON.stringify(BODY[name]));
  for (const name of changed.filter((each) => !renamed.includes(each))) {
    expect(
      losses.map(({ field }) => field),
      name,
    ).toContain(name);
  }
});

describe('each in its own way', () => {
  test('mistral', () => {
    const { body, messages } = ask('mistral');
    expect(body).toMatchObject({ random_seed: 7, tool_choice: 'any', temperature: 1.5, max_tokens: 99 });
    for (const name of ['seed', 'stream_options', 'max_completion_tokens']) expect(body).not.toHaveProperty(name);
    expect(messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
      'user',
    ]);
    expect(messages[1]).not.toHaveProperty('name');
    expect(JSON.stringify(messages)).not.toContain(call.id);
    const unknown = ask('mistral', { user: 'u', top_k: 3, thinking: { type: 'enabled' } }).body;
    for (const name of ['user', 'top_k', 'thinking']) expect(unknown).not.toHaveProperty(name);
  });

  test('deepseek', () => {
    const { body } = ask('deepseek', {}, 'deepseek-v4-pro');
    expect(body).toMatchObject({ reasoning_effort: 'high', max_tokens: 99 });
    expect(body).not.toHaveProperty('tool_choice');
    const foreign = ask('deepseek', { reasoning_effort: null, enable_thinking: false }, 'deepseek-v4-pro').body;
    expect(foreign).toMatchObject({ thinking: { type: 'disabled' } });
    expect(foreign).not.toHaveProperty('enable_thinking');
  });

  test('qwen', () => {
    const { body } = ask('qwen');
    expect(body).toMatchObject({ enable_thinking: true, tool_choice: { function: { name: 'look' } } });
    expect(body).not.toHaveProperty('reasoning_effort');
  });

  test.each(['moonshot', 'zai'])('%s', (host) => {
    const { body } = ask(host);
    expect(body).toMatchObject({ thinking: { type: 'enabled' }, temperature: 1 });
    expect(body).not.toHaveProperty('tool_choice');
    expect(JSON.stringify(body.tools)).not.toContain('strict');
  });

  test('openrouter', () => {
    const { body } = ask('openrouter', { reasoning_effort: null, thinking: { type: 'enabled', budget_tokens: 900 } });
    expect(body).toMatchObject({ reasoning: { max_tokens: 900 } });
    expect(body).not.toHaveProperty('thinking');
  });

  test('groq', () => {
    const { body, messages } = ask('groq');
    expect(body).not.toHaveProperty('logprobs');
    expect(messages[1]).not.toHaveProperty('name');
  });

  test('perplexity', () => {
    expect(ask('perplexity').messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'user']);
  });

  test('nvidia', () => {
    const { body, messages } = ask('nvidia', { user: 'u' });
    expect(messages.every(({ content }) => typeof content === 'string')).toBe(true);
    for (const name of ['user', 'logprobs', 'stream_options', 'reasoning_effort'])
      expect(body).not.toHaveProperty(name);
  });

  test('openai', () => {
    const { body } = ask('openai', {
      tool_choice: 'any',
      top_k: 3,
      reasoning_effort: null,
      thinking: { type: 'enabled' },
      random_seed: 3,
      seed: null,
    });
    expect(body).toMatchObject({ tool_choice: 'required', max_completion_tokens: 99 });
    for (const name of ['top_k', 'thinking', 'random_seed']) expect(body).not.toHaveProperty(name);
  });

  test('a host of which nothing is known is given the caller’s words', () => {
    const target = resolveTarget('mine', { dialect: 'openai-chat' }, 'm');
    const request = dialectKits
      .caller('openai-chat')
      .decodeRequest(
        { ...BODY, max_completion_tokens: null, max_tokens: 99, thinking: { type: 'enabled' }, top_k: 3 },
        {},
      );
    const { body, losses } = dialectKits.target('openai-chat').encodeRequest(request, { target, newId: () => 'id' });
    expect(body).toMatchObject({
      seed: 7,
      temperature: 1.8,
      thinking: { type: 'enabled' },
      top_k: 3,
      tool_choice: 'required',
    });
    expect(losses).toEqual([]);
  });
});
