import { describe, expect, it } from 'vitest';
import { answerText, collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { streamDecoder } from './stream-decoder.ts';
import { decode, finish, frame, message, open, piece, ping, reading, said, shut, stop } from './test-kit.ts';
import { maxArgumentChars, maxToolCalls } from './wire.ts';

describe('a stream of the Messages API', () => {
  it('of text, with pings anywhere', () => {
    const frames = [
      message(),
      ping,
      open({ type: 'text', text: '' }),
      piece({ type: 'text_delta', text: 'Hel' }),
      ping,
      piece({ type: 'text_delta', text: 'lo' }),
      shut(),
      ping,
      finish(),
      stop,
    ];
    expect(said(decode(frames))).toEqual([
      { type: 'start', id: 'msg_1', model: 'model-x' },
      { type: 'usage', usage: { inputTokens: 8, cachedInputTokens: 3 } },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finish', reason: 'stop', native: 'end_turn' },
      { type: 'usage', usage: { inputTokens: 8, cachedInputTokens: 3, outputTokens: 7 } },
    ]);
  });

  it('gives every frame exactly once, on the first event of each', () => {
    const frames = [
      message(),
      ping,
      open({ type: 'text', text: '' }),
      piece({ type: 'text_delta', text: 'x' }),
      shut(),
      finish(),
      stop,
    ];
    expect(decode(frames).flatMap((event) => (event.frame ? [event.frame] : []))).toEqual(frames);
  });

  it('keeps the finish-carrying frame on the finish, so that nothing of it goes out early', () => {
    const events = decode([
      message(),
      open({ type: 'tool_use', id: 't', name: 'f', input: {} }),
      finish('tool_use'),
      stop,
    ]);
    const carrier = events.find((event) => event.type === 'finish');
    expect(carrier?.frame).toEqual(finish('tool_use'));
    expect(said(events).slice(2, 5)).toEqual([
      { type: 'tool-call-start', index: 0, id: 't', name: 'f' },
      { type: 'tool-call-delta', index: 0, json: '{}' },
      { type: 'tool-call-end', index: 0 },
    ]);
  });

  it('whose later usage repeats the input replaces the counts and never adds them up', () => {
    const events = decode([
      message(),
      finish('end_turn', {
        input_tokens: 6,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 2,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 4 },
      }),
      stop,
    ]);
    expect(collectAnswer(events).usage).toEqual({
      inputTokens: 11,
      cachedInputTokens: 3,
      cacheWriteTokens: 2,
      outputTokens: 7,
      reasoningTokens: 4,
    });
  });

  it('that calls two tools, one of them without arguments', () => {
    const events = decode([
      message(),
      open({ type: 'tool_use', id: 't1', name: 'f', input: {} }),
      piece({ type: 'input_json_delta', partial_json: '' }),
      piece({ type: 'input_json_delta', partial_json: '{"a"' }),
      piece({ type: 'input_json_delta', partial_json: ':1}' }),
      shut(),
      open({ type: 'tool_use', id: 't2', name: 'g', input: {} }, 1),
      piece({ type: 'input_json_delta', partial_json: '' }, 1),
      shut(1),
      finish('tool_use'),
      stop,
    ]);
    expect(collectAnswer(events)).toMatchObject({
      finish: 'tool-calls',
      parts: [
        { type: 'tool-call', id: 't1', name: 'f', arguments: '{"a":1}' },
        { type: 'tool-call', id: 't2', name: 'g', arguments: '{}' },
      ],
    });
  });

  it('whose tool arguments come whole at the start', () => {
    const events = decode([
      message(),
      open({ type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } }),
      shut(),
      finish('tool_use'),
      stop,
    ]);
    expect(collectAnswer(events).parts).toMatchObject([{ arguments: '{"a":1}' }]);
  });

  it('that calls a renamed tool by the caller’s own name, with an id where the provider gave none', () => {
    const events = decode(
      [message(), open({ type: 'tool_use', name: 'a_b', input: {} }), shut(), finish('tool_use'), stop],
      { toolNames: new Map([['a_b', 'a.b']]) },
    );
    expect(collectAnswer(events).parts).toMatchObject([{ name: 'a.b', id: 'toolu_a1b2c3d4e5f6g7h8' }]);
  });

  it('with thinking that was signed, thinking that was left out but signed, and thinking that was redacted', () => {
    const events = decode([
      message(),
      open({ type: 'thinking', thinking: '', signature: '' }),
      piece({ type: 'thinking_delta', thinking: 'Hm.' }),
      piece({ type: 'signature_delta', signature: 's1' }),
      shut(),
      open({ type: 'thinking', thinking: '', signature: '' }, 1),
      piece({ type: 'signature_delta', signature: 's2' }, 1),
      shut(1),
      open({ type: 'redacted_thinking', data: 'r' }, 2),
      shut(2),
      finish(),
      stop,
    ]);
    expect(collectAnswer(events).parts).toEqual([
      { type: 'reasoning', text: 'Hm.', opaque: { dialect: 'anthropic-messages', value: { signature: 's1' } } },
      { type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value: { signature: 's2' } } },
      { type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value: { redacted: 'r' } } },
    ]);
  });

  it('with a server tool and its result as foreign parts, and a citation of the block that it stands in', () => {
    const events = decode([
      message(),
      open({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      piece({ type: 'input_json_delta', partial_json: '{"q":"x"}' }),
      shut(),
      open({ type: 'web_search_tool_result', tool_use_id: 's', content: [] }, 1),
      shut(1),
      open({ type: 'text', text: '' }, 2),
      piece({ type: 'citations_delta', citation: { url: 'u' } }, 2),
      piece({ type: 'text_delta', text: 'Found.' }, 2),
      shut(2),
      open({ type: 'compaction', content: null }, 3),
      piece({ type: 'compaction_delta', content: 'short' }, 3),
      shut(3),
      finish(),
      stop,
    ]);
    expect(collectAnswer(events).parts).toEqual([
      {
        type: 'foreign',
        dialect: 'anthropic-messages',
        kind: 'server_tool_use',
        value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { q: 'x' } },
      },
      {
        type: 'foreign',
        dialect: 'anthropic-messages',
        kind: 'web_search_tool_result',
        value: { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      },
      { type: 'text', text: 'Found.' },
      {
        type: 'foreign',
        dialect: 'anthropic-messages',
        kind: 'compaction',
        value: { type: 'compaction', content: 'short' },
      },
    ]);
    const native = { dialect: 'anthropic-messages', value: { url: 'u' } };
    expect(collectAnswer(events).citations).toEqual([{ url: 'u', start: 0, end: 6, native }]);
  });

  it.each([
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['something_new', 'other'],
  ])('that stops for %s', (native, reason) => {
    expect(collectAnswer(decode([message(), finish(native), stop]))).toMatchObject({
      finish: reason,
      nativeFinish: native,
    });
  });

  it('without event names', () => {
    const nameless = [
      message(),
      open({ type: 'text', text: '' }),
      piece({ type: 'text_delta', text: 'x' }),
      shut(),
      finish(),
      stop,
    ].map(({ data }): SseFrame => ({ kind: 'sse', data }));
    expect(answerText(collectAnswer(decode(nameless)))).toBe('x');
  });

  it('with something behind its end says nothing of it', () => {
    const decoder = streamDecoder(reading);
    for (const each of [message(), finish(), stop]) decoder.push(each);
    expect(decoder.push({ kind: 'sse', event: 'data', data: '[DONE]' })).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it('cut before its stop reason is a fault, unless that target may leave it out', () => {
    const frames = [message(), open({ type: 'text', text: '' }), piece({ type: 'text_delta', text: 'x' })];
    expect(decode(frames).at(-1)).toMatchObject({ type: 'fault', fault: { kind: 'bad-response', what: 'cut' } });
    expect(decode([...frames, shut(), stop]).at(-1)).toMatchObject({ fault: { what: 'cut' } });
    expect(decode(frames, { finishOptional: true }).at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
    expect(decode([], { finishOptional: true }).at(-1)).toMatchObject({ fault: { what: 'cut' } });
  });

  it('that is overloaded, rate-limited or out of credit in the middle', () => {
    const told = (type: string, text: string): ChatEvent | undefined =>
      decode([
        message(),
        frame({ type: 'error', error: { type, message: text } }),
        piece({ type: 'text_delta', text: 'late' }),
      ]).at(-1);
    expect(told('overloaded_error', 'Overloaded')).toMatchObject({
      fault: { kind: 'bad-response', what: 'overloaded' },
    });
    expect(told('rate_limit_error', 'try again in 3s')).toMatchObject({
      fault: { kind: 'rate-limited', retryAfterMs: 3000 },
    });
    expect(told('invalid_request_error', 'Your credit balance is too low')).toMatchObject({
      fault: { kind: 'quota-exhausted' },
    });
    expect(told('api_error', 'Internal')).toMatchObject({ fault: { kind: 'bad-response', what: 'error-body' } });
  });

  it.each<[string, SseFrame[]]>([
    ['content before message_start', [open({ type: 'text', text: '' })]],
    ['two message_start', [message(), message()]],
    ['a delta of a block that is not open', [message(), piece({ type: 'text_delta', text: 'x' })]],
    [
      'text in a tool’s block',
      [message(), open({ type: 'tool_use', id: 't', name: 'f' }), piece({ type: 'text_delta', text: 'x' })],
    ],
    ['a block started twice', [message(), open({ type: 'text', text: '' }), open({ type: 'text', text: '' })]],
    ['content behind the stop reason', [message(), finish(), open({ type: 'text', text: '' })]],
    ['a tool without a name', [message(), open({ type: 'tool_use', id: 't' })]],
    ['data that is not JSON', [message(), { kind: 'sse', event: 'content_block_delta', data: '{"type":' }]],
    ['data that is not an object', [message(), { kind: 'sse', data: '[]' }]],
  ])('with %s is malformed, and nothing follows', (_, frames) => {
    const events = decode([...frames, open({ type: 'text', text: 'late' }, 9), finish(), stop]);
    expect(events.at(-1)).toMatchObject({ type: 'fault', fault: { kind: 'bad-response', what: 'malformed' } });
    expect(events.filter((event) => event.type === 'text')).toEqual([]);
  });

  it('with too many tool calls, or arguments without end, is too large', () => {
    const many = Array.from({ length: maxToolCalls + 1 }, (_, at) => [
      open({ type: 'tool_use', id: `t${at}`, name: 'f' }, at),
      shut(at),
    ]).flat();
    expect(decode([message(), ...many]).at(-1)).toMatchObject({ fault: { what: 'too-large' } });
    const half = 'x'.repeat(maxArgumentChars / 2 + 1);
    const long = [
      open({ type: 'tool_use', id: 't', name: 'f' }),
      piece({ type: 'input_json_delta', partial_json: half }),
      piece({ type: 'input_json_delta', partial_json: half }),
    ];
    expect(decode([message(), ...long]).at(-1)).toMatchObject({ fault: { what: 'too-large' } });
  });
});
