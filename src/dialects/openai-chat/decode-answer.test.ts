import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { decodeAnswer } from './decode-answer.ts';
import { meanings, reading } from './test-kit.ts';
import { readUsage, writeUsage } from './usage.ts';

const body = (message: JsonObject, finish: string | null = 'stop', more: JsonObject = {}): JsonObject => ({
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm1',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
  ...more,
});
const answerOf = (value: JsonValue, change = {}) => collectAnswer(decodeAnswer(value, reading(change)));
const faultOf = (value: JsonValue, change = {}) => {
  const last = decodeAnswer(value, reading(change)).at(-1);
  return last?.type === 'fault' ? last.fault : undefined;
};

describe('a whole answer', () => {
  it('of text: start, text, usage, end; the first event carries the body', () => {
    const value = body({ content: 'Hi', refusal: null }, 'stop', { usage: { prompt_tokens: 2, completion_tokens: 1 } });
    const events = decodeAnswer(value, reading());
    expect(meanings(events)).toEqual([
      { type: 'start', id: 'c1', model: 'm1' },
      { type: 'text', text: 'Hi' },
      { type: 'usage', usage: { inputTokens: 2, outputTokens: 1 } },
      { type: 'finish', reason: 'stop', native: 'stop' },
    ]);
    expect(events.filter((event) => event.frame)).toHaveLength(1);
    expect(events[0]?.frame).toEqual({ kind: 'body', value });
  });

  it.each([[{}], [{ content: null }], [{ content: '' }]])('of calls, with the content %j', (content) => {
    const calls = [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":2}' } },
    ];
    expect(answerOf(body({ ...content, tool_calls: calls }, 'tool_calls'))).toMatchObject({
      finish: 'tool-calls',
      parts: [{ arguments: '{"x":1}' }, { arguments: '{"x":2}' }],
    });
  });

  it('of calls without ids, and with empty custom and function_call beside them', () => {
    const call = { id: '', type: 'function', custom: { name: '', input: '' }, function: { name: 'f', arguments: '' } };
    const value = body({ tool_calls: [call], function_call: { name: '', arguments: '' }, audio: { data: '', id: '' } });
    expect(answerOf(value).parts).toMatchObject([{ type: 'tool-call', name: 'f', arguments: '' }]);
  });

  it('whose choice is told beside an empty delta', () => {
    const value = {
      id: 'c',
      choices: [{ index: 0, message: { content: 'x' }, delta: { content: '' }, finish_reason: 'stop' }],
    };
    expect(answerOf(value).parts).toEqual([{ type: 'text', text: 'x' }]);
  });

  it('of several choices', () => {
    const choice = (index: number) => ({ index, message: { content: `t${index}` }, finish_reason: 'stop' });
    const events = decodeAnswer({ choices: [choice(0), choice(1)] }, reading());
    expect(collectAnswer(events, 1).parts).toEqual([{ type: 'text', text: 't1' }]);
    expect(events.filter((event) => event.type === 'finish')).toHaveLength(2);
  });

  it('given through a forced tool is text, without the body', () => {
    const call = { id: 'a', type: 'function', function: { name: 'answer', arguments: '{"x":1}' } };
    const events = decodeAnswer(body({ tool_calls: [call] }, 'tool_calls'), reading({ answerTool: 'answer' }));
    expect(collectAnswer(events)).toMatchObject({ finish: 'stop', parts: [{ type: 'text', text: '{"x":1}' }] });
    expect(events.some((event) => event.frame)).toBe(false);
  });

  it('without a finish reason is cut, unless the provider never names one', () => {
    for (const finish of [null, '']) {
      expect(faultOf(body({ content: 'x' }, finish))).toMatchObject({ kind: 'bad-response', what: 'cut' });
      expect(answerOf(body({ content: 'x' }, finish), { finishOptional: true }).finish).toBe('stop');
    }
  });

  it.each([
    [
      { error: { message: 'filtered by the content management policy', code: 'content_filter', status: 400 } },
      { kind: 'content-policy' },
    ],
    [
      { error: { message: 'no' }, choices: [] },
      { kind: 'bad-response', what: 'error-body' },
    ],
    [
      { message: 'Service Unavailable', code: 503 },
      { kind: 'bad-response', what: 'overloaded' },
    ],
    [{ choices: [] }, { kind: 'bad-response', what: 'empty' }],
    [{ hello: 'world' }, { kind: 'bad-response', what: 'wrong-type' }],
    [{ choices: [{ index: 0, finish_reason: 'stop' }] }, { kind: 'bad-response', what: 'malformed' }],
    [{ choices: 'x' }, { kind: 'bad-response', what: 'malformed' }],
    [[], { kind: 'bad-response', what: 'malformed' }],
    [null, { kind: 'bad-response', what: 'malformed' }],
  ])('that is none: %j', (value, fault) => {
    expect(faultOf(value as JsonValue)).toMatchObject(fault);
  });

  it('never throws, whatever the body', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(decodeAnswer(value as JsonValue, reading()).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('usage', () => {
  const usage = (value: JsonObject) => readUsage({ usage: value });

  it.each([
    [
      'OpenAI',
      {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      { inputTokens: 9, cachedInputTokens: 5, outputTokens: 4, reasoningTokens: 2 },
    ],
    [
      'details that are null',
      { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: null, completion_tokens_details: null },
      { inputTokens: 9, outputTokens: 4 },
    ],
    [
      'DeepSeek',
      { prompt_tokens: 9, completion_tokens: 4, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 1 },
      { inputTokens: 9, cachedInputTokens: 8, outputTokens: 4 },
    ],
    [
      'Mistral’s cache',
      { prompt_tokens: 9, completion_tokens: 4, num_cached_tokens: 3 },
      { inputTokens: 9, cachedInputTokens: 3, outputTokens: 4 },
    ],
    [
      'xAI leaves reasoning out of the completion',
      {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 41,
        completion_tokens_details: { reasoning_tokens: 28 },
      },
      { inputTokens: 10, outputTokens: 31, reasoningTokens: 28 },
    ],
    [
      'Vercel has it in neither count',
      {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 13,
        completion_tokens_details: { reasoning_tokens: 28 },
      },
      { inputTokens: 10, outputTokens: 31, reasoningTokens: 28 },
    ],
    [
      'Azure’s xAI has more in its cache than it was given',
      { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 16 } },
      { inputTokens: 10, cachedInputTokens: 10, outputTokens: 3 },
    ],
    [
      'Google leaves it out without a name',
      { prompt_tokens: 40, completion_tokens: 10, total_tokens: 90 },
      { inputTokens: 40, outputTokens: 50 },
    ],
    [
      'Mistral counts sound in the total alone',
      { prompt_tokens: 5, completion_tokens: 4, total_tokens: 100, prompt_audio_seconds: 3 },
      { inputTokens: 5, outputTokens: 4 },
    ],
    [
      'written to the cache',
      { prompt_tokens: 5, completion_tokens: 4, cache_creation_input_tokens: 2 },
      { inputTokens: 5, cacheWriteTokens: 2, outputTokens: 4 },
    ],
  ])('%s', (_, wire, read) => {
    expect(usage(wire as JsonObject)).toEqual(read);
  });

  it('Groq’s second place counts where the first is empty; the times in it do not', () => {
    const groq = { usage: { prompt_tokens: 3, completion_tokens: 2, total_time: 0.5 } };
    expect(readUsage({ x_groq: groq })).toEqual({ inputTokens: 3, outputTokens: 2 });
    expect(readUsage({ usage: { prompt_tokens: 4, completion_tokens: 2 }, x_groq: groq })).toMatchObject({
      inputTokens: 4,
    });
  });

  it('that nobody told is unknown, not 0', () => {
    expect(readUsage({ usage: null })).toBeUndefined();
    expect(usage({ prompt_tokens: -1, completion_tokens: '4' })).toBeUndefined();
    expect(writeUsage({})).toBeUndefined();
    expect(writeUsage({ outputTokens: 4 })).toEqual({ completion_tokens: 4 });
  });

  it('written and read again is the same', () => {
    const all = { inputTokens: 9, cachedInputTokens: 5, outputTokens: 4, reasoningTokens: 2 };
    const written = writeUsage(all);
    expect(written).toMatchObject({ total_tokens: 13 });
    expect(usage(written ?? {})).toEqual(all);
  });
});
