import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { streamDecoder } from './stream-decoder.ts';
import { chunk, decode, done, frame, meanings, reading } from './test-kit.ts';

const call = (fields: JsonObject): JsonObject => ({ tool_calls: [fields] });
const fn = (name: string, args: string): JsonObject => ({ name, arguments: args });
const start = { type: 'start', id: 'c1', model: 'm1' };
const stop = { type: 'finish', reason: 'stop', native: 'stop' };

function faultOf(frames: readonly SseFrame[], change = {}) {
  const fault = decode(frames, change).find((event) => event.type === 'fault');
  return fault?.type === 'fault' ? fault.fault : undefined;
}

describe('an ordinary stream', () => {
  it('a role-only chunk says nothing; text, end and usage follow', () => {
    const frames = [
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hi' }),
      chunk({}, 'stop'),
      frame({ id: 'c1', choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } }),
      done,
    ];
    const events = decode(frames);
    expect(meanings(events)).toEqual([
      start,
      { type: 'text', text: 'Hi' },
      stop,
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 1 } },
    ]);
    expect(events.map((event) => event.frame)).toEqual(frames);
  });

  it.each([[{ role: 'assistant' }], [{ role: 'assistant', content: null }], [{ content: '' }], [{}]])(
    'the delta %j is no content',
    (delta) => {
      expect(meanings(decode([chunk(delta), chunk({ content: 'x' }, 'stop'), done]))).toEqual([
        start,
        { type: 'text', text: 'x' },
        stop,
      ]);
    },
  );

  it('a role on every chunk, null or empty later, is no new start', () => {
    const frames = [
      chunk({ role: 'assistant', content: 'a' }),
      chunk({ role: null, content: 'b' }),
      chunk({ role: '' }, 'stop'),
    ];
    expect(meanings(decode(frames)).filter((event) => event.type === 'start')).toHaveLength(1);
    expect(collectAnswer(decode(frames)).parts).toEqual([{ type: 'text', text: 'ab' }]);
  });

  it('content in the finishing chunk comes before the end', () => {
    expect(meanings(decode([chunk({ content: 'all' }, 'stop'), done]))).toEqual([
      start,
      { type: 'text', text: 'all' },
      stop,
    ]);
  });

  it('the end of the stream without [DONE] is a legal end', () => {
    expect(meanings(decode([chunk({ content: 'x' }, 'stop')])).at(-1)).toEqual(stop);
  });

  it('nothing is told after [DONE]', () => {
    const decoder = streamDecoder(reading());
    for (const each of [chunk({ content: 'x' }, 'stop'), done]) decoder.push(each);
    expect(decoder.push(chunk({ content: 'y' }))).toEqual([]);
    expect(decoder.push(done)).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it('the id of the chunks may change on the way', () => {
    const other = frame({ id: 'c2', choices: [{ index: 0, delta: { content: 'b' }, finish_reason: 'stop' }] });
    expect(collectAnswer(decode([chunk({ content: 'a' }), other])).id).toBe('c1');
  });
});

describe('chunks without a choice', () => {
  it('Azure opens with filter results under an empty id and model', () => {
    const opening = frame({ id: '', model: '', object: '', created: 0, choices: [], prompt_filter_results: [{}] });
    expect(meanings(decode([opening, chunk({ content: 'x' }, 'stop')]))[0]).toEqual(start);
  });

  it('a choice with filter results and no delta says nothing', () => {
    const filtered = frame({ id: 'c1', choices: [{ index: 0, finish_reason: null, content_filter_results: {} }] });
    const events = decode([chunk({ content: 'x' }), filtered, chunk({}, 'stop')]);
    expect(events[2]).toEqual({ type: 'note', frame: filtered });
  });

  it('an empty id stays unknown', () => {
    const nameless = frame({
      id: '',
      model: 'm1',
      choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }],
    });
    expect(meanings(decode([nameless]))[0]).toEqual({ type: 'start', model: 'm1' });
  });

  it('a moderation chunk may follow the usage chunk', () => {
    const usage = frame({ id: 'c1', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    const moderation = frame({ id: 'c1', choices: [], moderation: {} });
    expect(decode([chunk({ content: 'x' }, 'stop'), usage, moderation, done]).map((event) => event.type)).toEqual([
      'start',
      'text',
      'finish',
      'usage',
      'note',
      'note',
    ]);
  });
});

describe('usage', () => {
  it('on the finishing chunk and again on its own is told twice and never added', () => {
    const usage = { usage: { prompt_tokens: 5, completion_tokens: 7 } };
    const answer = collectAnswer(
      decode([chunk({ content: 'x' }, 'stop', usage), frame({ choices: [], ...usage }), done]),
    );
    expect(answer.usage).toEqual({ inputTokens: 5, outputTokens: 7 });
  });

  it('cumulative on every chunk: the last one counts', () => {
    const frames = [1, 2, 3].map((n) =>
      chunk({ content: 'x' }, n === 3 ? 'stop' : null, { usage: { prompt_tokens: 5, completion_tokens: n } }),
    );
    expect(collectAnswer(decode(frames)).usage).toEqual({ inputTokens: 5, outputTokens: 3 });
  });

  it('null on ordinary chunks is no usage', () => {
    expect(meanings(decode([chunk({ content: 'x' }, 'stop', { usage: null })])).map((event) => event.type)).toEqual([
      'start',
      'text',
      'finish',
    ]);
  });
});

describe('the end', () => {
  it('named twice is told once', () => {
    const events = decode([
      chunk({ content: 'x' }),
      chunk({ content: '' }, 'stop'),
      chunk({ content: '' }, 'stop', { usage: { prompt_tokens: 1 } }),
      done,
    ]);
    expect(events.map((event) => event.type)).toEqual(['start', 'text', 'finish', 'usage', 'note']);
  });

  it('is missing: a cut answer', () => {
    expect(faultOf([chunk({ content: 'x' })])).toMatchObject({ kind: 'bad-response', what: 'cut' });
    expect(faultOf([chunk({ content: 'x' }), done])).toMatchObject({ kind: 'bad-response', what: 'cut' });
    expect(faultOf([chunk({ content: 'x' }, '')])).toMatchObject({ kind: 'bad-response', what: 'cut' });
  });

  it('is missing without any content: an empty answer', () => {
    expect(faultOf([])).toMatchObject({ kind: 'bad-response', what: 'empty' });
    expect(faultOf([done])).toMatchObject({ kind: 'bad-response', what: 'empty' });
    expect(faultOf([chunk({ role: 'assistant', content: '' }), done], { finishOptional: true })).toMatchObject({
      what: 'empty',
    });
  });

  it('is missing where the provider never names one: stop, or tool-calls by content', () => {
    const bare = (delta: JsonObject) => frame({ id: 'c1', model: 'm1', choices: [{ index: 0, delta }] });
    const text = decode([bare({ content: 'x' }), done], { finishOptional: true });
    expect(meanings(text).at(-1)).toEqual({ type: 'finish', reason: 'stop' });
    expect(text.at(-1)?.frame).toBe(done);
    const tool = decode([bare(call({ index: 0, id: 'a', function: fn('f', '{}') }))], { finishOptional: true });
    expect(meanings(tool).slice(-2)).toEqual([
      { type: 'tool-call-end', index: 0 },
      { type: 'finish', reason: 'tool-calls' },
    ]);
  });

  it.each([
    ['eos', 'stop'],
    ['length', 'length'],
    ['model_length', 'length'],
    ['content_filter', 'content-filter'],
    ['something_new', 'other'],
    ['tool_calls', 'stop'],
  ])('%s without calls reads as %s', (native, reason) => {
    expect(meanings(decode([chunk({ content: 'x' }, native)])).at(-1)).toEqual({ type: 'finish', reason, native });
  });

  it.each([
    ['stop', 'tool-calls'],
    ['tool_call', 'tool-calls'],
    ['function_call', 'tool-calls'],
    ['length', 'length'],
  ])('%s after a call reads as %s: what is there decides', (native, reason) => {
    const delta = call({ index: 0, id: 'a', function: fn('f', '{}') });
    expect(meanings(decode([chunk(delta, native)])).at(-1)).toEqual({ type: 'finish', reason, native });
  });

  it.each([
    ['error', 'error-body'],
    ['insufficient_system_resource', 'overloaded'],
    ['abort', 'cut'],
  ])('%s is no end but a fault', (native, what) => {
    expect(faultOf([chunk({ content: 'x' }, native)])).toMatchObject({ kind: 'bad-response', what });
  });

  it('names the stop sequence that was met', () => {
    const met = frame({
      id: 'c1',
      model: 'm1',
      choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop', stop_reason: 'END' }],
    });
    expect(meanings(decode([met])).at(-1)).toEqual({ ...stop, stopSequence: 'END' });
  });

  it('with content after it makes no sense', () => {
    expect(faultOf([chunk({ content: 'x' }, 'stop'), chunk({ content: 'y' })])).toMatchObject({ what: 'malformed' });
  });
});

describe('several choices', () => {
  const piece = (index: number, delta: JsonObject, finish: string | null = null) =>
    frame({ id: 'c1', model: 'm1', choices: [{ index, delta, finish_reason: finish }] });

  it('are kept apart by their index, which need not begin at 0, even with one tool call id in both', () => {
    const tool = (args: string) => call({ index: 0, id: 'same', function: fn('f', args) });
    const frames = [
      piece(1, tool('{"b":')),
      piece(0, tool('{"a":1}')),
      piece(1, call({ index: 0, function: { arguments: '2}' } })),
      piece(0, {}, 'tool_calls'),
      piece(1, {}, 'tool_calls'),
      done,
    ];
    const events = decode(frames);
    expect(collectAnswer(events, 0).parts).toEqual([
      { type: 'tool-call', id: 'same', name: 'f', arguments: '{"a":1}' },
    ]);
    expect(collectAnswer(events, 1).parts).toEqual([
      { type: 'tool-call', id: 'same', name: 'f', arguments: '{"b":2}' },
    ]);
    expect(events.filter((event) => event.type === 'finish').map((event) => event.choice ?? 0)).toEqual([0, 1]);
  });

  it('one of them without an end: cut, unless the provider says [DONE] (LiteLLM names one end of several)', () => {
    const frames = [piece(0, { content: 'a' }), piece(1, { content: 'b' }), piece(0, {}, 'stop')];
    expect(faultOf(frames)).toMatchObject({ what: 'cut' });
    expect(meanings(decode([...frames, done])).at(-1)).toEqual({ type: 'finish', reason: 'stop', choice: 1 });
  });

  it('an index that is no small number makes no sense', () => {
    for (const index of [-1, 1.5, 128])
      expect(faultOf([piece(index, { content: 'x' })])).toMatchObject({ what: 'malformed' });
  });
});

describe('errors told inside a stream', () => {
  it('OpenAI’s error chunk', () => {
    const error = { message: 'The server had an error', type: 'server_error', param: null, code: null };
    expect(faultOf([frame({ error }), done])).toMatchObject({
      kind: 'bad-response',
      what: 'error-body',
      complaint: { message: 'The server had an error' },
    });
  });

  it('OpenRouter’s, inside a chunk beside choices that claim an end', () => {
    const events = decode([
      chunk({ content: 'x' }),
      chunk({}, 'stop', { error: { code: 502, message: 'Provider returned error' } }),
      done,
    ]);
    expect(meanings(events).map((event) => event.type)).toEqual(['start', 'text', 'fault']);
  });

  it('one beside a choice', () => {
    const broken = frame({
      choices: [
        {
          index: 0,
          delta: { content: '' },
          finish_reason: 'tool_calls',
          error: { code: 502, message: 'Malformed call' },
        },
      ],
    });
    expect(faultOf([broken])).toMatchObject({ what: 'error-body', complaint: { message: 'Malformed call' } });
  });

  it('Groq’s `event: error`', () => {
    const error = {
      message: 'did not match schema',
      code: 'tool_use_failed',
      failed_generation: '…',
      status_code: 400,
    };
    expect(faultOf([frame({ error }, 'error')])).toMatchObject({
      kind: 'provider-rejected',
      complaint: { code: 'tool_use_failed' },
    });
  });

  it.each([
    [
      { code: 429, message: 'slow down, try again in 2s' },
      { kind: 'rate-limited', retryAfterMs: 2000 },
    ],
    [{ type: 'tokens', code: 'rate_limit_exceeded', message: 'Limit reached' }, { kind: 'rate-limited' }],
    [{ code: 'insufficient_quota', message: 'You exceeded your current quota' }, { kind: 'quota-exhausted' }],
    [
      { code: 503, message: 'Service unavailable' },
      { kind: 'bad-response', what: 'overloaded' },
    ],
    [
      { type: 'overloaded_error', message: 'Overloaded' },
      { kind: 'bad-response', what: 'overloaded' },
    ],
    [
      { code: 'context_length_exceeded', message: 'maximum context length is 8192 tokens' },
      { kind: 'context-too-long', limitTokens: 8192 },
    ],
    [{ code: 'content_filter', message: 'filtered' }, { kind: 'content-policy' }],
    [
      { code: 400, message: 'Token limit reached' },
      { kind: 'bad-response', what: 'error-body' },
    ],
  ])('%j', (error, fault) => {
    expect(faultOf([chunk({ content: 'x' }), frame({ error: error as JsonObject })])).toMatchObject(fault);
  });

  it('an error that is a text', () => {
    expect(faultOf([frame({ error: 'no such model' })])).toMatchObject({
      kind: 'bad-response',
      complaint: { message: 'no such model' },
    });
  });

  it('nothing follows a fault', () => {
    const decoder = streamDecoder(reading());
    expect(decoder.push(frame({ error: { message: 'no' } }))).toHaveLength(1);
    expect(decoder.push(chunk({ content: 'x' }, 'stop'))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });
});

describe('frames that make no sense', () => {
  it.each([
    '{"id":',
    'hello',
    '[1]',
    '"x"',
    '{"choices":{}}',
    '{"choices":[1]}',
    '{"choices":[{"delta":3}]}',
    '{"choices":[{"delta":{"content":5}}]}',
    '{"choices":[{"delta":{"tool_calls":{}}}]}',
    '{"choices":[{"delta":{"tool_calls":[null]}}]}',
    '{"choices":[{"index":"0","delta":{}}]}',
  ])('%s', (data) => {
    expect(faultOf([frame(data)])).toMatchObject({ kind: 'bad-response', what: 'malformed' });
  });

  it('an empty frame and an unknown event say nothing', () => {
    const frames = [frame(''), frame({ type: 'ping' }, 'ping'), chunk({ content: 'x' }, 'stop')];
    expect(decode(frames).map((event) => event.type)).toEqual(['note', 'note', 'start', 'text', 'finish']);
  });

  it('any frames at all: never throws, each frame carried once at most, nothing after a fault', () => {
    const value = fc.oneof(
      fc.json({ maxDepth: 5 }),
      fc.string(),
      fc.constant('[DONE]'),
      chunkArbitrary().map((body) => JSON.stringify(body)),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.boolean(), (datas, finishOptional) => {
        const frames = datas.map((data) => frame(data));
        const events = decode(frames, { finishOptional });
        const carried = events.flatMap((event) => (event.frame ? [event.frame] : []));
        expect(new Set(carried).size).toBe(carried.length);
        const at = events.findIndex((event) => event.type === 'fault');
        if (at !== -1) expect(at).toBe(events.length - 1);
        for (const event of events) if ('text' in event) expect(typeof event.text).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});

/** Nearly right chunks: the kind of nonsense that gets furthest. */
function chunkArbitrary(): fc.Arbitrary<JsonObject> {
  const odd = fc.constantFrom<JsonObject[string]>(null, '', 'x', 0, 1, [], {}, '{"a":1}');
  const toolCall = fc.record(
    { index: odd, id: odd, type: odd, function: fc.oneof(odd, fc.record({ name: odd, arguments: odd })) },
    { requiredKeys: [] },
  );
  const delta = fc.record(
    {
      role: odd,
      content: odd,
      refusal: odd,
      reasoning: odd,
      tool_calls: fc.oneof(odd, fc.array(toolCall, { maxLength: 3 })),
    },
    { requiredKeys: [] },
  );
  const choice = fc.record(
    { index: odd, delta: fc.oneof(odd, delta), finish_reason: fc.constantFrom(null, 'stop', 'tool_calls', '') },
    { requiredKeys: [] },
  );
  return fc.record(
    { id: odd, choices: fc.oneof(odd, fc.array(choice, { maxLength: 2 })), usage: odd, error: odd },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>;
}
