import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { callIds, type Said, sayingOf, whole } from './oddity.ts';

/** Hand-made after reference/wire-oddities.md: the same oddities in answers that are not streamed. */
const answer = (message: JsonObject, more: JsonObject = {}, choice: JsonObject = {}): JsonObject => ({
  id: 'c1',
  object: 'chat.completion',
  model: 'm1',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...choice }],
  ...more,
});
const call = (name: string, json: string | null, more: JsonObject = {}): JsonObject => ({
  id: name,
  type: 'function',
  function: { name, arguments: json },
  ...more,
});
const calling = (...calls: JsonObject[]) => answer({ content: null, tool_calls: calls });
const counted = (usage: JsonObject) => answer({ content: 'x' }, { usage });

test.each<[string, JsonObject, Partial<Said>]>([
  [
    '3: usage is that of the whole',
    counted({ prompt_tokens: 9, completion_tokens: 2 }),
    { usage: { inputTokens: 9, outputTokens: 2 } },
  ],
  [
    '4: Groq’s usage under its own name',
    answer(
      { content: 'x' },
      { x_groq: { id: 'r', usage: { prompt_tokens: 9, completion_tokens: 2, total_time: 0.3 } } },
    ),
    { usage: { inputTokens: 9, outputTokens: 2 } },
  ],
  ['5: usage null is none', answer({ content: 'x' }, { usage: null }), { usage: {} }],
  ['15: eos', answer({ content: 'x' }, {}, { finish_reason: 'eos' }), { finish: 'stop' }],
  [
    '15: tool_call',
    answer({ tool_calls: [call('f', '{}')] }, {}, { finish_reason: 'tool_call' }),
    { finish: 'tool-calls' },
  ],
  ['16: stop beside calls', calling(call('f', '{}')), { finish: 'tool-calls' }],
  [
    '16: tool_calls without any',
    answer({ content: 'x', tool_calls: [] }, {}, { finish_reason: 'tool_calls' }),
    { finish: 'stop' },
  ],
  [
    '20: Perplexity’s citations beside the choices',
    answer({ content: 'x' }, { citations: ['https://example.org'], search_results: [] }),
    { text: 'x' },
  ],
  [
    '23: two calls without index',
    calling(call('f', '{}'), call('g', '{}')),
    {
      calls: [
        ['f', '{}'],
        ['g', '{}'],
      ],
    },
  ],
  [
    '27: two calls of one id',
    calling(call('f', '{}'), call('f', '{"x":1}')),
    {
      calls: [
        ['f', '{}'],
        ['f', '{"x":1}'],
      ],
    },
  ],
  ['28: arguments null', calling(call('f', null)), { calls: [['f', '']] }],
  ['28: arguments that are no object', calling(call('f', 'null')), { calls: [['f', 'null']] }],
  [
    '28: arguments as an object',
    calling({ id: 'a', type: 'function', function: { name: 'f', arguments: { x: 1 } } }),
    { calls: [['f', '{"x":1}']] },
  ],
  ['29: a refusal, with stop', answer({ content: null, refusal: 'I will not.' }), { refusal: 'I will not.', text: '' }],
  ['30: reasoning_content', answer({ content: 'x', reasoning_content: 'Hm' }), { reasoning: 'Hm', text: 'x' }],
  ['30: reasoning', answer({ content: 'x', reasoning: 'Hm' }), { reasoning: 'Hm' }],
  [
    '31: two names, one thought',
    answer({ content: 'x', reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] }),
    { reasoning: 'Hm' },
  ],
  [
    '32: Mistral’s parts',
    answer({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
        { type: 'text', text: 'x' },
      ],
    }),
    { reasoning: 'Hm', text: 'x' },
  ],
  [
    '33: reasoning beside completion',
    counted({
      prompt_tokens: 9,
      completion_tokens: 2,
      total_tokens: 31,
      completion_tokens_details: { reasoning_tokens: 20 },
    }),
    { usage: { inputTokens: 9, outputTokens: 22, reasoningTokens: 20 } },
  ],
  [
    '34: DeepSeek’s cache',
    counted({ prompt_tokens: 9, completion_tokens: 2, prompt_cache_hit_tokens: 8 }),
    { usage: { inputTokens: 9, cachedInputTokens: 8, outputTokens: 2 } },
  ],
  [
    '35: no content beside calls',
    answer({ tool_calls: [call('f', '{}')] }),
    { text: '', calls: [['f', '{}']], fault: undefined },
  ],
  [
    '35: empty content beside calls',
    answer({ content: '', tool_calls: [call('f', '{}')] }),
    { text: '', calls: [['f', '{}']] },
  ],
  [
    '35: no content where it was filtered',
    answer({}, {}, { finish_reason: 'content_filter' }),
    { text: '', finish: 'content-filter', fault: undefined },
  ],
])('%s', (_name, body, expected) => {
  expect(sayingOf(whole('openai-chat', body))).toMatchObject(expected);
});

describe('what needs more than one look', () => {
  test('13: no finish_reason, or an empty one, is an end only where that is known of the host', () => {
    for (const choice of [{ finish_reason: '' }, { finish_reason: null }]) {
      const body = answer({ content: 'x' }, {}, choice);
      expect(sayingOf(whole('openai-chat', body, { finishOptional: true }))).toMatchObject({
        text: 'x',
        finish: 'stop',
      });
      expect(sayingOf(whole('openai-chat', body)).fault).toMatchObject({ kind: 'bad-response', what: 'cut' });
    }
  });

  test('24: an id that is empty or missing is made', () => {
    for (const id of ['', null])
      expect(callIds(whole('openai-chat', calling(call('f', '{}', { id }))))[0]).toMatch(/^call_/);
  });

  test('27: choices told out of order', () => {
    const one = (index: number, content: string): JsonObject => ({
      index,
      message: { content },
      finish_reason: 'stop',
    });
    const events = whole('openai-chat', { id: 'c1', choices: [one(1, 'b'), one(0, 'a')] });
    expect([sayingOf(events, 0).text, sayingOf(events, 1).text]).toEqual(['a', 'b']);
  });
});
