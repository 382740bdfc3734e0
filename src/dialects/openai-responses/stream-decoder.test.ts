import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject } from '../../model/json.ts';
import { streamDecoder } from './stream-decoder.ts';
import { created, decode, ended, frame, frames, meanings, message, reading } from './test-kit.ts';
import { maxArgumentChars, maxToolCalls } from './tool-call-reader.ts';

type Event = JsonObject & { readonly type: string };

const callItem = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'find', status: 'completed' };
const added = (item: JsonObject, at = 0): Event => ({ type: 'response.output_item.added', output_index: at, item });
const done = (item: JsonObject, at = 0): Event => ({ type: 'response.output_item.done', output_index: at, item });
const argue = (delta: string, at = 0): Event => ({
  type: 'response.function_call_arguments.delta',
  output_index: at,
  delta,
});

const faultOf = (...events: readonly Event[]) =>
  decode(frames(created, ...events)).flatMap((event) => (event.type === 'fault' ? [event.fault] : []));
const collected = (...events: readonly Event[]) => collectAnswer(decode(frames(created, ...events)));

describe('text', () => {
  it('comes in pieces, and the whole that follows says nothing new', () => {
    const usage = { input_tokens: 3, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } };
    expect(meanings(decode(frames(created, ...message(0, 'Hel', 'lo'), ended({ usage }))))).toEqual([
      { type: 'start', id: 'resp_1', model: 'm1' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, reasoningTokens: 1 } },
      { type: 'finish', reason: 'stop', native: 'completed' },
    ]);
  });

  it('that was never told in pieces is told with its item, or with the whole response', () => {
    const [item] = message(0, 'Hello').slice(-1);
    const whole = item?.item ?? {};
    expect(collected(done(whole as JsonObject), ended()).parts).toEqual([{ type: 'text', text: 'Hello' }]);
    expect(collected(ended({ output: [whole] })).parts).toEqual([{ type: 'text', text: 'Hello' }]);
  });

  it('of two messages, and a refusal beside it', () => {
    const refused = { type: 'response.refusal.delta', output_index: 2, content_index: 0, delta: 'No' };
    const { parts } = collected(...message(0, 'a'), ...message(1, 'b'), refused, ended());
    expect(parts).toEqual([
      { type: 'text', text: 'ab' },
      { type: 'refusal', text: 'No' },
    ]);
  });
});

describe('tool calls', () => {
  it('whose arguments come in pieces', () => {
    const events = decode(
      frames(
        created,
        added(callItem),
        argue('{"q"'),
        argue(':1}'),
        done({ ...callItem, arguments: '{"q":1}' }),
        ended(),
      ),
    );
    expect(meanings(events).slice(1)).toEqual([
      { type: 'tool-call-start', index: 0, id: 'call_1', name: 'find' },
      { type: 'tool-call-delta', index: 0, json: '{"q"' },
      { type: 'tool-call-delta', index: 0, json: ':1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'finish', reason: 'tool-calls', native: 'completed' },
    ]);
  });

  it('whose arguments come with their item alone, and one that is told by the whole response alone', () => {
    const item = { ...callItem, arguments: '{"q":1}' };
    const wanted = [{ type: 'tool-call', id: 'call_1', name: 'find', arguments: '{"q":1}' }];
    expect(collected(added(callItem), done(item), ended()).parts).toEqual(wanted);
    expect(collected(done(item), ended()).parts).toEqual(wanted);
    expect(collected(ended({ output: [item] })).parts).toEqual(wanted);
    // One backend leaves the output of its last event empty.
    expect(collected(done(item), ended({ output: [] })).parts).toEqual(wanted);
  });

  it('two at once are told apart by their place', () => {
    const second = { ...callItem, call_id: 'call_2' };
    const { parts } = collected(
      added(callItem),
      added(second, 1),
      argue('{"a":1}', 0),
      argue('{"b":2}', 1),
      done(callItem),
      done(second, 1),
      ended(),
    );
    expect(parts).toEqual([
      { type: 'tool-call', id: 'call_1', name: 'find', arguments: '{"a":1}' },
      { type: 'tool-call', id: 'call_2', name: 'find', arguments: '{"b":2}' },
    ]);
  });

  it('are named as the caller knows them, and the tool that stands in for a schema is text', () => {
    const sent = frames(created, added(callItem), argue('{}'), done(callItem), ended());
    expect(collectAnswer(decode(sent, { toolNames: new Map([['find', 'find it']]) })).parts[0]).toMatchObject({
      name: 'find it',
    });
    const events = decode(sent, { answerTool: 'find' });
    expect(collectAnswer(events)).toMatchObject({ parts: [{ type: 'text', text: '{}' }], finish: 'stop' });
    expect(events.every((event) => event.frame === undefined)).toBe(true);
  });

  it('with free text have it as their one argument, streamed and whole', () => {
    const text = 'say "hi"\n\ud83d\ude00';
    const item = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'write', input: text };
    const piece = (delta: string) => ({ type: 'response.custom_tool_call_input.delta', output_index: 0, delta });
    const streamed = collected(
      added({ ...item, input: '' }),
      ...['say "hi"', '\n\ud83d\ude00'].map(piece),
      { type: 'response.custom_tool_call_input.done', output_index: 0, input: text },
      done(item),
      ended(),
    );
    for (const { parts, finish } of [streamed, collected(done(item), ended())]) {
      const json = JSON.stringify({ input: text });
      expect(parts).toEqual([{ type: 'tool-call', id: 'call_1', name: 'write', arguments: json }]);
      expect(finish).toBe('tool-calls');
    }
  });

  it('in a namespace belong to this dialect, and the caller has to act on them', () => {
    const items: JsonObject[] = [
      { ...callItem, namespace: 'space' },
      { type: 'custom_tool_call', namespace: 'space', name: 'write', input: 'x' },
    ];
    for (const item of items) {
      const { parts, finish } = collected(added(item), done(item), ended());
      expect(parts).toEqual([{ type: 'foreign', dialect: 'openai-responses', kind: item.type, value: item }]);
      expect(finish).toBe('tool-calls');
    }
  });

  it('beyond any measure are a fault', () => {
    const many = Array.from({ length: maxToolCalls + 1 }, (_, at) => done({ ...callItem, call_id: `c${at}` }, at));
    expect(faultOf(...many, ended())).toMatchObject([{ kind: 'bad-response', what: 'too-large' }]);
    const long = argue('x'.repeat(maxArgumentChars));
    expect(faultOf(added(callItem), long, ended())).toEqual([]);
    expect(faultOf(added(callItem), long, argue('x'))).toMatchObject([{ kind: 'bad-response', what: 'too-large' }]);
  });
});

describe('thinking', () => {
  const piece = (type: string, delta: string, index: number, at = 0): Event => ({
    type: `response.${type}.delta`,
    output_index: at,
    [type === 'reasoning_text' ? 'content_index' : 'summary_index']: index,
    delta,
  });
  const summary = ['One', 'Two'].map((text) => ({ type: 'summary_text', text }));

  it('parts of a summary are paragraphs, streamed and whole', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary };
    const streamed = collected(
      added({ ...item, summary: [] }),
      piece('reasoning_summary_text', 'On', 0),
      piece('reasoning_summary_text', 'e', 0),
      piece('reasoning_summary_text', 'Two', 1),
      done(item),
      ended(),
    );
    expect(streamed.parts).toEqual([{ type: 'reasoning', text: 'One\n\nTwo' }]);
    expect(collected(done(item), ended()).parts).toEqual(streamed.parts);
  });

  it('told as content and as its own summary is told once', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary, content: [{ type: 'reasoning_text', text: 'Deep' }] };
    const both = [piece('reasoning_text', 'Deep', 0), piece('reasoning_summary_text', 'One', 0)];
    expect(collected(...both, done(item), ended()).parts).toEqual([{ type: 'reasoning', text: 'Deep' }]);
    expect(collected(done(item), ended()).parts).toEqual([{ type: 'reasoning', text: 'Deep' }]);
  });

  it('that shows nothing at all is still a sign that the model thought', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [] };
    const { parts } = collected(added(item), done(item), ended());
    expect(parts).toEqual([{ type: 'reasoning', text: '', opaque: { dialect: 'openai-responses', value: item } }]);
  });

  it('that is encrypted alone says nothing and is kept', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const { parts } = collected(added(item), done(item), ...message(1, 'Hi'), ended());
    expect(parts).toEqual([
      { type: 'reasoning', text: '', opaque: { dialect: 'openai-responses', value: item } },
      { type: 'text', text: 'Hi' },
    ]);
  });
});

describe('the end', () => {
  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content-filter'],
    ['weather', 'other'],
  ])('incomplete for %s', (reason, finish) => {
    const response = { status: 'incomplete', incomplete_details: { reason } };
    const events = decode(frames(created, ...message(0, 'a'), { ...ended(response), type: 'response.incomplete' }));
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: finish, native: reason });
  });

  it('a stream without event names and with a [DONE], and lifecycle events that say nothing', () => {
    const sent = frames(
      created,
      { type: 'keepalive' },
      { type: 'response.in_progress', response: {} },
      { type: 'response.future_event.delta', delta: 'x' },
      ...message(0, 'Hi'),
      ended(),
    ).map(({ kind, data }) => ({ kind, data }));
    const events = decode([...sent, { kind: 'sse', data: '[DONE]' }]);
    expect(collectAnswer(events)).toMatchObject({ parts: [{ type: 'text', text: 'Hi' }], finish: 'stop' });
    expect(meanings(events).filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('every frame is told once, in order, up to the end', () => {
    const sent = frames(created, { type: 'keepalive' }, ...message(0, 'Hi'), ended());
    expect(decode(sent).flatMap((event) => (event.frame ? [event.frame] : []))).toEqual(sent);
  });

  it('that never comes is a cut, and with nothing before it an empty answer', () => {
    expect(faultOf(...message(0, 'Hi'))).toMatchObject([{ what: 'cut' }]);
    expect(faultOf()).toMatchObject([{ what: 'empty' }]);
    const lax = decode(frames(created, ...message(0, 'Hi')), { finishOptional: true });
    expect(lax.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });
});

describe('errors inside the stream', () => {
  const failed = (code: string, words = 'Sorry'): Event => ({
    type: 'response.failed',
    response: { status: 'failed', error: { code, message: words } },
  });

  it.each<[string, Event, JsonObject]>([
    [
      'nested',
      { type: 'error', error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Try again in 2s' } },
      { kind: 'rate-limited', retryAfterMs: 2000 },
    ],
    [
      'flat',
      { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down', param: null },
      { kind: 'rate-limited' },
    ],
    ['quota', failed('insufficient_quota'), { kind: 'quota-exhausted' }],
    ['a failure of the server', failed('server_error'), { kind: 'bad-response', what: 'error-body' }],
    ['overload', failed('server_error', 'We are overloaded'), { kind: 'bad-response', what: 'overloaded' }],
    ['input that is not answered', failed('invalid_prompt'), { kind: 'content-policy' }],
    ['no words at all', { type: 'response.failed', response: { status: 'failed' } }, { kind: 'bad-response' }],
    ['a status that is no end', ended({ status: 'cancelled' }), { kind: 'bad-response', what: 'error-body' }],
  ])('%s', (_, event, fault) => {
    expect(faultOf(event)).toMatchObject([fault]);
  });

  it('told twice are one fault, and nothing follows it', () => {
    const twice = [{ type: 'error', error: { code: 'server_error', message: 'x' } }, failed('server_error')];
    const events = decode(frames(created, ...twice, ...message(0, 'late'), ended()));
    expect(events.map(({ type }) => type)).toEqual(['start', 'fault']);
  });

  it.each(['{', '[]', '7'])('a frame that is no JSON object: %s', (data) => {
    expect(decode([{ kind: 'sse', data }])).toMatchObject([{ type: 'fault', fault: { what: 'malformed' } }]);
  });

  it('whatever a provider sends, the decoder does not throw, and tells at most one end', () => {
    const pool = [
      created,
      ...message(0, 'Hi'),
      ...message(1, 'Ho'),
      added(callItem, 2),
      argue('{}', 2),
      done(callItem, 2),
      failed('server_error'),
      ended(),
      ended({ output: null, status: 7 }),
      { type: 'response.output_text.delta' },
      { type: 'response.output_item.done', output_index: 0, item: null },
      { type: 'response.output_item.done', output_index: 3, item: { type: 'message', content: [null, 7] } },
    ] as readonly Event[];
    const any = fc.oneof(fc.constantFrom(...pool), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (events) => {
        const decoder = streamDecoder(reading());
        const out = events.flatMap((event) => decoder.push(frame(event as Event)));
        out.push(...decoder.end());
        const ends = out.filter(({ type }) => type === 'finish' || type === 'fault');
        expect(ends).toHaveLength(1);
        expect(out.at(-1)).toBe(ends[0]);
      }),
      { numRuns: 500 },
    );
  });
});
