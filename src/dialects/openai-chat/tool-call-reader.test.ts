import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { chunk, decode, done, meanings } from './test-kit.ts';
import { maxArgumentChars, maxToolCalls } from './tool-call-reader.ts';

const call = (fields: JsonObject): JsonObject => ({ tool_calls: [fields] });
const fn = (name: string, args: string): JsonObject => ({ name, arguments: args });
const start = { type: 'start', id: 'c1', model: 'm1' };
const stop = { type: 'finish', reason: 'stop', native: 'stop' };
const calls = { type: 'finish', reason: 'tool-calls', native: 'tool_calls' };

function faultOf(frames: readonly SseFrame[]) {
  const fault = decode(frames).find((event) => event.type === 'fault');
  return fault?.type === 'fault' ? fault.fault : undefined;
}

describe('tool calls', () => {
  const opened = (index: number, id: string, name: string) => ({ type: 'tool-call-start', index, id, name });
  const args = (index: number, json: string) => ({ type: 'tool-call-delta', index, json });
  const ended = (index: number) => ({ type: 'tool-call-end', index });

  it('in fragments that name id and function once', () => {
    const frames = [
      chunk(call({ index: 0, id: 'a', type: 'function', function: fn('f', '') })),
      chunk(call({ index: 0, function: { arguments: '{"x"' } })),
      chunk(call({ index: 0, id: '', function: { name: '', arguments: ':1}' } })),
      chunk(call({ index: 1, id: 'b', function: fn('g', '{') })),
      chunk(call({ index: 1, id: null, type: null, function: { name: null, arguments: '}' } })),
      chunk({}, 'tool_calls'),
    ];
    expect(meanings(decode(frames))).toEqual([
      start,
      opened(0, 'a', 'f'),
      args(0, '{"x"'),
      args(0, ':1}'),
      ended(0),
      opened(1, 'b', 'g'),
      args(1, '{'),
      args(1, '}'),
      ended(1),
      calls,
    ]);
  });

  it('whose arguments arrive in one chunk, together with the end', () => {
    const delta = call({ index: 0, id: 'a', function: fn('f', '{"x":1}') });
    const events = decode([chunk(delta, 'tool_calls')]);
    expect(meanings(events)).toEqual([start, opened(0, 'a', 'f'), args(0, '{"x":1}'), ended(0), calls]);
    expect(events.filter((event) => event.frame !== undefined)).toHaveLength(1);
  });

  it('two in one delta without an index are two', () => {
    const delta = {
      tool_calls: [
        { id: 'a', function: fn('f', '{}') },
        { id: 'b', function: fn('g', '{"y":1}') },
      ],
    };
    expect(collectAnswer(decode([chunk(delta, 'tool_calls')])).parts).toMatchObject([
      { name: 'f' },
      { name: 'g', arguments: '{"y":1}' },
    ]);
  });

  it('two without index and id are two, and a nameless fragment goes on with the last', () => {
    const delta = { tool_calls: [{ function: fn('f', '{}') }, { function: fn('g', '{"y"') }] };
    const frames = [chunk(delta), chunk(call({ function: { arguments: ':1}' } })), chunk({}, 'stop')];
    expect(collectAnswer(decode(frames)).parts).toMatchObject([
      { name: 'f', arguments: '{}' },
      { name: 'g', arguments: '{"y":1}' },
    ]);
  });

  it('that all say index 0 are told apart by new names under new ids', () => {
    const frames = [
      chunk(call({ index: 0, id: 'a', function: fn('f', '{}') })),
      chunk(call({ index: 0, id: 'b', function: fn('f', '{"y":1}') })),
      chunk({}, 'tool_calls'),
    ];
    expect(collectAnswer(decode(frames)).parts).toMatchObject([{ id: 'a' }, { id: 'b', arguments: '{"y":1}' }]);
  });

  it('whose numbers have gaps are numbered from 0', () => {
    const frames = [
      chunk(call({ index: 3, id: 'a', function: fn('f', '{}') })),
      chunk(call({ index: 7, id: 'b', function: fn('g', '{}') }), 'tool_calls'),
    ];
    expect(meanings(decode(frames)).filter((event) => event.type === 'tool-call-start')).toMatchObject([
      { index: 0 },
      { index: 1 },
    ]);
  });

  it('without any id are given one', () => {
    const { parts } = collectAnswer(decode([chunk(call({ index: 0, id: '', function: fn('f', '{}') }), 'tool_calls')]));
    expect(parts).toMatchObject([{ id: expect.stringMatching(/^call_id\d{16}$/) }]);
  });

  it('whose arguments come before the name lose none of them', () => {
    const frames = [
      chunk(call({ index: 0, id: 'a', function: { arguments: '{"x"' } })),
      chunk(call({ index: 0, function: fn('f', ':1}') }), 'tool_calls'),
    ];
    expect(collectAnswer(decode(frames)).parts).toEqual([
      { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
    ]);
  });

  it('whose arguments are no JSON object are passed on as text', () => {
    for (const text of ['null', '{"a":1}{"b":2}', '{"cut']) {
      expect(
        collectAnswer(decode([chunk(call({ index: 0, id: 'a', function: fn('f', text) }), 'length')])).parts,
      ).toMatchObject([{ arguments: text }]);
    }
  });

  it('in the old form `function_call`', () => {
    const frames = [
      chunk({ function_call: fn('f', '') }),
      chunk({ function_call: { arguments: '{}' } }),
      chunk({}, 'function_call'),
    ];
    expect(collectAnswer(decode(frames))).toMatchObject({
      finish: 'tool-calls',
      parts: [{ name: 'f', arguments: '{}' }],
    });
  });

  it('carry their thought signature (extra_content) as sealed state', () => {
    const extra = { google: { thought_signature: 'sig' } };
    const events = decode([
      chunk(call({ index: 0, id: 'a', function: fn('f', '{}'), extra_content: extra }), 'tool_calls'),
    ]);
    expect(events).toContainEqual({ ...opened(0, 'a', 'f'), opaque: { dialect: 'openai-chat', value: extra } });
  });

  it('with free text have it as their one argument, whole and in pieces', () => {
    const text = 'say "hi"\n\ud83d\ude00';
    const expected = [{ type: 'tool-call', id: 'a', name: 'sql', arguments: JSON.stringify({ input: text }) }];
    const whole = { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: text } };
    expect(collectAnswer(decode([chunk(call(whole), 'tool_calls')])).parts).toEqual(expected);
    const opening = { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: '' } };
    const pieces = ['say ', '"hi"\n', '\ud83d\ude00'].map((input) => chunk(call({ index: 0, custom: { input } })));
    const streamed = collectAnswer(decode([chunk(call(opening)), ...pieces, chunk({}, 'tool_calls')]));
    expect(streamed).toMatchObject({ parts: expected, finish: 'tool-calls' });
  });

  it('with no text at all are calls with an empty one', () => {
    const opening = { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: '' } };
    expect(collectAnswer(decode([chunk(call(opening), 'tool_calls')])).parts).toMatchObject([
      { arguments: '{"input":""}' },
    ]);
  });

  it('bear the caller’s name for a tool that was renamed', () => {
    const events = decode([chunk(call({ index: 0, id: 'a', function: fn('my_tool', '{}') }), 'stop')], {
      toolNames: new Map([['my_tool', 'my.tool']]),
    });
    expect(events).toContainEqual(opened(0, 'a', 'my.tool'));
  });

  it('of the tool that stands in for a schema are the text of the answer, without frames to forward', () => {
    const frames = [
      chunk(call({ index: 0, id: 'a', function: fn('answer', '{"x"') })),
      chunk(call({ index: 0, function: { arguments: ':1}' } })),
      chunk({}, 'tool_calls'),
      done,
    ];
    const events = decode(frames, { answerTool: 'answer' });
    expect(events).toEqual([
      start,
      { type: 'text', text: '{"x"' },
      { type: 'text', text: ':1}' },
      { ...stop, native: 'tool_calls' },
    ]);
  });

  it('without a name, or with arguments after the next one began, make no sense', () => {
    expect(faultOf([chunk(call({ index: 0, id: 'a', function: { arguments: '{}' } }), 'tool_calls')])).toMatchObject({
      what: 'malformed',
    });
    const interleaved = [
      chunk(call({ index: 0, id: 'a', function: fn('f', '{') })),
      chunk(call({ index: 1, id: 'b', function: fn('g', '{') })),
      chunk(call({ index: 0, function: { arguments: '}' } })),
    ];
    expect(faultOf(interleaved)).toMatchObject({ what: 'malformed' });
  });

  it('more than may be: too large', () => {
    const many = Array.from({ length: maxToolCalls + 1 }, (_, index) => ({
      index,
      id: `i${index}`,
      function: fn('f', '{}'),
    }));
    expect(faultOf([chunk({ tool_calls: many })])).toMatchObject({ what: 'too-large' });
    expect(faultOf([chunk({ tool_calls: many.slice(1) }, 'tool_calls')])).toBeUndefined();
    const half = 'x'.repeat(maxArgumentChars / 2);
    const frames = [
      chunk(call({ index: 0, id: 'a', function: fn('f', half) })),
      chunk(call({ index: 0, function: { arguments: half } })),
    ];
    expect(faultOf([...frames, chunk({}, 'stop')])).toBeUndefined();
    expect(faultOf([...frames, chunk(call({ index: 0, function: { arguments: 'x' } }))])).toMatchObject({
      what: 'too-large',
    });
  });
});
