import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { callIds, sayingOf, sse, streamed, whole } from './oddity.ts';

/** Hand-made after reference/wire-oddities.md, whose numbers the names of the tests bear. */
const chunk = (choices: JsonObject[], more: JsonObject = {}): JsonObject => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm1',
  choices,
  ...more,
});
const delta = (content: JsonObject, more: JsonObject = {}) =>
  chunk([{ index: 0, delta: content, finish_reason: null }], more);
const end = (reason = 'stop', content: JsonObject = {}, more: JsonObject = {}) =>
  chunk([{ index: 0, delta: content, finish_reason: reason }], more);
const usage = (prompt_tokens: number, completion_tokens: number, more: JsonObject = {}): JsonObject => ({
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, ...more },
});
const read = (...payloads: (JsonObject | string)[]) => streamed('openai-chat', sse(...payloads));
const said = (...payloads: (JsonObject | string)[]) => sayingOf(read(...payloads));
const hello = delta({ role: 'assistant', content: 'Hello' });
const DONE = '[DONE]';

describe('usage', () => {
  test('2: on the chunk that carries finish_reason, or on both: never summed', () => {
    const expected = { inputTokens: 9, outputTokens: 2 };
    expect(said(hello, end('stop', {}, usage(9, 2)), DONE).usage).toEqual(expected);
    expect(said(hello, end('stop', {}, usage(9, 2)), chunk([], usage(9, 2)), DONE).usage).toEqual(expected);
  });

  test('3: on every chunk, cumulative: the last one counts', () => {
    const pieces = [1, 2, 3].map((n) => delta({ content: 'x' }, usage(9, n)));
    expect(said(...pieces, end('stop', {}, usage(9, 4)), DONE)).toMatchObject({
      text: 'xxx',
      usage: { inputTokens: 9, outputTokens: 4 },
    });
  });

  test('4: Groq tells it twice, with times in seconds among the counts', () => {
    const counts = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11, prompt_time: 0.01, queue_time: 0.2 };
    const expected = { inputTokens: 9, outputTokens: 2 };
    expect(
      said(hello, end('stop', {}, { x_groq: { id: 'r', usage: counts } }), chunk([], { usage: counts }), DONE).usage,
    ).toEqual(expected);
    expect(said(hello, end('stop', {}, { x_groq: { id: 'r', usage: counts } }), DONE).usage).toEqual(expected);
  });

  test('5: null on every ordinary chunk is none', () => {
    const none = { usage: null };
    const counted = said(delta({ content: 'x' }, none), end('stop', {}, none), chunk([], usage(9, 1)), DONE);
    expect(counted.usage).toEqual({ inputTokens: 9, outputTokens: 1 });
    expect(said(delta({ content: 'x' }, none), end('stop', {}, none), DONE).usage).toEqual({});
  });

  test('33: the total is more than prompt and completion where reasoning stands beside them, not where sound does', () => {
    const xai = { ...usage(9, 2, { total_tokens: 31, completion_tokens_details: { reasoning_tokens: 20 } }) };
    expect(said(hello, end('stop', {}, xai), DONE).usage).toMatchObject({ outputTokens: 22, reasoningTokens: 20 });
    const google = usage(9, 2, { total_tokens: 31 });
    expect(said(hello, end('stop', {}, google), DONE).usage).toMatchObject({ outputTokens: 22 });
    const sound = usage(9, 2, { total_tokens: 31, prompt_audio_seconds: 4 });
    expect(said(hello, end('stop', {}, sound), DONE).usage).toMatchObject({ outputTokens: 2 });
  });

  test('34: what was read from a cache has three names, is part of the input, and its details may be null', () => {
    const cached = (more: JsonObject) => said(hello, end('stop', {}, usage(90, 2, more)), DONE).usage;
    const expected = { inputTokens: 90, cachedInputTokens: 64 };
    expect(cached({ prompt_tokens_details: { cached_tokens: 64 } })).toMatchObject(expected);
    expect(cached({ prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 26 })).toMatchObject(expected);
    expect(cached({ num_cached_tokens: 64 })).toMatchObject(expected);
    expect(cached({ prompt_tokens_details: null, completion_tokens_details: null })).not.toHaveProperty(
      'cachedInputTokens',
    );
  });
});

describe('chunks that are no content', () => {
  test('6: Azure opens without choices, id and model; the answer’s own come later', () => {
    const opening = {
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [{ prompt_index: 0 }],
    };
    const events = read(opening, hello, end(), DONE);
    expect(events.filter(({ type }) => type === 'start')).toMatchObject([{ id: 'c1', model: 'm1' }]);
    expect(sayingOf(events).text).toBe('Hello');
  });

  test('7: Azure’s filter results without a delta, or without choices', () => {
    const filtered = chunk([{ index: 0, finish_reason: null, content_filter_results: { hate: { filtered: false } } }]);
    const latency = chunk([], { latency_checkpoint: { a: 1 } });
    expect(said(hello, filtered, latency, end(), DONE)).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      fault: undefined,
    });
  });

  test('8: a moderation chunk after usage', () => {
    const moderation = chunk([], { moderation: { results: [] } });
    expect(said(hello, end(), chunk([], usage(9, 1)), moderation, DONE)).toMatchObject({
      text: 'Hello',
      usage: { inputTokens: 9, outputTokens: 1 },
      fault: undefined,
    });
  });

  test.each<JsonObject>([
    { role: 'assistant' },
    { role: 'assistant', content: '' },
    { role: 'assistant', content: null },
  ])('9: a role alone, %j, is no text', (opening) => {
    const events = read(delta(opening), delta({ content: 'Hello' }), end(), DONE);
    expect(events.filter(({ type }) => type === 'text')).toHaveLength(1);
  });

  test('10: a role on every chunk, null or empty later, begins nothing anew', () => {
    const roles = ['assistant', null, ''];
    const events = read(
      ...roles.map((role) => delta({ role, content: 'x' })),
      end('stop', { role: 'assistant' }),
      DONE,
    );
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(sayingOf(events).text).toBe('xxx');
  });

  test('18: comments before and between the events', () => {
    const text = `: OPENROUTER PROCESSING\n\n${sse(hello)}: OPENROUTER PROCESSING\n\n: x\n${sse(end(), DONE)}`;
    expect(sayingOf(streamed('openai-chat', text))).toMatchObject({ text: 'Hello', finish: 'stop' });
  });

  test('19: CR LF line ends', () => {
    const text = sse(hello, end(), DONE).replaceAll('\n', '\r\n');
    expect(sayingOf(streamed('openai-chat', text))).toMatchObject({ text: 'Hello', finish: 'stop' });
  });

  test('21: the id changes within the stream', () => {
    expect(said(hello, { ...delta({ content: '!' }), id: 'c2' }, { ...end(), id: 'c3' }, DONE)).toMatchObject({
      text: 'Hello!',
      ends: 1,
    });
  });
});

describe('the end', () => {
  test('11: finish_reason beside content and calls', () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } };
    expect(said(end('stop', { content: 'all' }), DONE)).toMatchObject({ text: 'all', finish: 'stop' });
    expect(said(end('tool_calls', { tool_calls: [call] }), DONE)).toMatchObject({
      calls: [['f', '{}']],
      finish: 'tool-calls',
    });
  });

  test('12: finish_reason twice, the second time with usage', () => {
    expect(said(hello, end(), end('stop', { content: '' }, usage(9, 1)), DONE)).toMatchObject({
      ends: 1,
      usage: { outputTokens: 1 },
      fault: undefined,
    });
  });

  test('13: no finish_reason at all is an end only where that is known of the host', () => {
    const text = sse({ id: 'c1', choices: [{ delta: { content: 'Hello' } }] }, DONE);
    expect(sayingOf(streamed('openai-chat', text, { finishOptional: true }))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
    });
    expect(sayingOf(streamed('openai-chat', text)).fault).toMatchObject({ kind: 'bad-response', what: 'cut' });
    expect(
      said(chunk([{ index: 0, delta: {}, finish_reason: null }]), chunk([], usage(9, 0)), DONE).fault,
    ).toMatchObject({
      what: 'empty',
    });
  });

  test('14: finish_reason left out of ordinary chunks', () => {
    const open = chunk([{ index: 0, delta: { content: 'Hello' } }]);
    expect(said(open, end(), DONE)).toMatchObject({ text: 'Hello', finish: 'stop' });
  });

  test('15: words of their own', () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } };
    expect(said(hello, end('eos'), DONE).finish).toBe('stop');
    expect(said(delta({ tool_calls: [call] }), end('tool_call'), DONE).finish).toBe('tool-calls');
  });

  test('16: stop although there are calls', () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } };
    expect(said(delta({ tool_calls: [call] }), end('stop'), DONE).finish).toBe('tool-calls');
  });

  test('17: the stream ends without [DONE], or with it and no blank line', () => {
    expect(said(hello, end())).toMatchObject({ finish: 'stop', fault: undefined });
    expect(sayingOf(streamed('openai-chat', sse(hello, end(), DONE).trimEnd()))).toMatchObject({ finish: 'stop' });
  });

  test('20: Perplexity repeats the whole message in its last chunk', () => {
    const message = { role: 'assistant', content: 'Hello' };
    const last = {
      ...chunk([{ index: 0, delta: { content: '' }, message, finish_reason: 'stop' }]),
      object: 'chat.completion.done',
      citations: ['https://example.org'],
    };
    expect(said(hello, last)).toMatchObject({ text: 'Hello', finish: 'stop' });
  });
});

describe('tool calls', () => {
  const piece = (call: JsonObject) => delta({ tool_calls: [call] });

  test('22: told apart by index alone, type left out', () => {
    const events = read(
      piece({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
      piece({ index: 0, function: { arguments: '{"x":' } }),
      piece({ index: 0, function: { arguments: '1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'g', arguments: '' } }),
      piece({ index: 1, function: { arguments: '{}' } }),
      end('tool_calls'),
      DONE,
    );
    expect(sayingOf(events).calls).toEqual([
      ['f', '{"x":1}'],
      ['g', '{}'],
    ]);
    expect(callIds(events)).toEqual(['a', 'b']);
  });

  test('23: without index, two in one delta', () => {
    const calls = ['f', 'g'].map((name) => ({ id: name, type: 'function', function: { name, arguments: '{}' } }));
    expect(said(delta({ tool_calls: calls }), end('tool_calls'), DONE).calls).toEqual([
      ['f', '{}'],
      ['g', '{}'],
    ]);
    const bare = ['f', 'g'].map((name) => ({ function: { name, arguments: '{}' } }));
    expect(said(delta({ tool_calls: bare }), end('tool_calls'), DONE).calls).toEqual([
      ['f', '{}'],
      ['g', '{}'],
    ]);
  });

  test('24: an id that is empty or null later, or that never comes', () => {
    for (const later of ['', null]) {
      const events = read(
        piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }),
        piece({ index: 0, id: later, function: { arguments: '}' } }),
        end('tool_calls'),
      );
      expect(callIds(events)).toEqual(['a']);
      expect(sayingOf(events).calls).toEqual([['f', '{}']]);
    }
    const never = read(piece({ index: 0, id: '', function: { name: 'f', arguments: '{}' } }), end('tool_calls'));
    expect(callIds(never)[0]).toMatch(/^call_\w{16,}$/);
  });

  test('25: a name that is empty or null later', () => {
    for (const later of ['', null]) {
      const events = read(
        piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }),
        piece({ index: 0, function: { name: later, arguments: '}' } }),
        end('tool_calls'),
      );
      expect(sayingOf(events).calls).toEqual([['f', '{}']]);
    }
  });

  test('26: the whole call in one chunk', () => {
    const events = read(
      end('tool_calls', { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }] }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'finish',
    ]);
  });

  test('27: several answers, with the same id of a call in two of them', () => {
    const of = (index: number, content: JsonObject, finish_reason: string | null = null) =>
      chunk([{ index, delta: content, finish_reason }]);
    const call = (json: string) => ({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: json } }] });
    const events = read(
      of(1, call('{"x":1}')),
      of(0, call('{}')),
      of(1, {}, 'tool_calls'),
      of(0, {}, 'tool_calls'),
      DONE,
    );
    expect(sayingOf(events, 0).calls).toEqual([['f', '{}']]);
    expect(sayingOf(events, 1).calls).toEqual([['f', '{"x":1}']]);
  });

  test.each(['', 'null', '{"x":1}{"y":2}', '{"x":'])(
    '28: arguments that are no object are kept as written: %j',
    (json) => {
      const events = read(piece({ index: 0, id: 'a', function: { name: 'f', arguments: json } }), end('tool_calls'));
      expect(sayingOf(events)).toMatchObject({ calls: [['f', json]], fault: undefined });
    },
  );
});

describe('thinking and refusals', () => {
  test('29: a refusal is told apart from text, and ends with stop', () => {
    const events = said(delta({ role: 'assistant', refusal: 'I will ' }), delta({ refusal: 'not.' }), end(), DONE);
    expect(events).toMatchObject({ refusal: 'I will not.', text: '', fault: undefined });
  });

  test.each<JsonObject>([
    { reasoning_content: 'Hm' },
    { reasoning: 'Hm' },
    { reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }] },
    { content: null, reasoning_content: 'Hm' },
  ])('30: thinking by the name %j', (thinking) => {
    expect(said(delta(thinking), hello, end(), DONE)).toMatchObject({ reasoning: 'Hm', text: 'Hello' });
  });

  test('31: the same thinking under two names', () => {
    const both = { reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] };
    expect(said(delta(both), hello, end(), DONE).reasoning).toBe('Hm');
  });

  test('32: Mistral’s list of parts', () => {
    const thinking = [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }];
    expect(
      said(delta({ content: thinking }), delta({ content: [{ type: 'text', text: 'Hello' }] }), end(), DONE),
    ).toMatchObject({
      reasoning: 'Hm',
      text: 'Hello',
    });
  });

  test('36: an empty id of the answer is none', () => {
    const events = read({ ...hello, id: '' }, { ...end(), id: '' }, DONE);
    expect(events[0]).not.toHaveProperty('id');
    expect(
      whole('openai-chat', { id: '', choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] })[0],
    ).not.toHaveProperty('id');
  });
});
