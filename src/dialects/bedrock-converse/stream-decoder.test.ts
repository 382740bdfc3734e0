import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decodeAll, meanings, reading } from '../common/test-kit.ts';
import { decodeAnswer } from './decode-answer.ts';
import { streamDecoder } from './stream-decoder.ts';

const frame = (event: string, payload: JsonObject): SseFrame => ({
  kind: 'sse',
  event,
  data: JSON.stringify({ ...payload, p: 'padding' }),
});
const start = frame('messageStart', { role: 'assistant' });
const opened = (index: number, begun: JsonObject) =>
  frame('contentBlockStart', { contentBlockIndex: index, start: begun });
const piece = (index: number, delta: JsonObject) => frame('contentBlockDelta', { contentBlockIndex: index, delta });
const closed = (index: number) => frame('contentBlockStop', { contentBlockIndex: index });
const stop = (stopReason = 'end_turn') => frame('messageStop', { stopReason });
const counts = { inputTokens: 3, outputTokens: 5, totalTokens: 18, cacheReadInputTokens: 10, cacheWriteInputTokens: 0 };
const metadata = frame('metadata', { usage: counts, metrics: { latencyMs: 5 } });
const tool = (toolUseId: string, name: string, more: JsonObject = {}) => ({ toolUse: { toolUseId, name, ...more } });

const decode = (frames: SseFrame[], context: Partial<ReadingContext> = {}) =>
  meanings(decodeAll(streamDecoder(reading(context)), frames));

describe('a stream of Converse', () => {
  test('text that no block announces, and usage behind the stop reason, cache counted in', () => {
    const frames = [start, piece(0, { text: 'Hej' }), piece(0, { text: '!' }), closed(0), stop(), metadata];
    expect(decode(frames)).toEqual([
      { type: 'start' },
      { type: 'text', text: 'Hej' },
      { type: 'text', text: '!' },
      { type: 'finish', reason: 'stop', native: 'end_turn' },
      {
        type: 'usage',
        usage: { inputTokens: 13, cachedInputTokens: 10, cacheWriteTokens: 0, outputTokens: 5 },
      },
    ]);
  });

  test('calls side by side, whose first piece is empty, and one without arguments', () => {
    const answer = collectAnswer(
      decode(
        [
          start,
          opened(0, tool('t1', 'get_weather', { type: 'tool_use' })),
          piece(0, { toolUse: { input: '' } }),
          piece(0, { toolUse: { input: '{"city":' } }),
          piece(0, { toolUse: { input: '"Oslo"}' } }),
          closed(0),
          opened(1, tool('t2', 'now')),
          piece(1, { toolUse: { input: '' } }),
          closed(1),
          stop('tool_use'),
        ],
        { toolNames: new Map([['get_weather', 'get.weather']]) },
      ),
    );
    expect(answer).toMatchObject({
      finish: 'tool-calls',
      parts: [
        { type: 'tool-call', id: 't1', name: 'get.weather', arguments: '{"city":"Oslo"}' },
        { type: 'tool-call', id: 't2', name: 'now', arguments: '{}' },
      ],
    });
  });

  test('thinking with its signature, and thinking that is not shown', () => {
    const answer = collectAnswer(
      decode([
        start,
        piece(0, { reasoningContent: { text: 'Hm.' } }),
        piece(0, { reasoningContent: { signature: 'si' } }),
        piece(0, { reasoningContent: { signature: 'gn' } }),
        closed(0),
        piece(1, { reasoningContent: { redactedContent: 'secret' } }),
        closed(1),
        piece(2, { text: 'So.' }),
        stop(),
      ]),
    );
    expect(answer.parts).toEqual([
      { type: 'reasoning', text: 'Hm.', opaque: { dialect: 'bedrock-converse', value: { signature: 'sign' } } },
      { type: 'reasoning', text: '', opaque: { dialect: 'bedrock-converse', value: { redacted: 'secret' } } },
      { type: 'text', text: 'So.' },
    ]);
  });

  test('the answer tool gives the text; chatter before it is dropped, and kept where it is never called', () => {
    const context = { answerTool: 'answer' };
    const chatter = [start, piece(0, { text: 'Sure: ' }), closed(0)];
    const called = [opened(1, tool('t', 'answer')), piece(1, { toolUse: { input: '{"a":1}' } }), closed(1)];
    const twice = [opened(2, tool('u', 'answer')), piece(2, { toolUse: { input: '{"b":2}' } }), closed(2)];
    expect(collectAnswer(decode([...chatter, ...called, ...twice, stop('tool_use')], context))).toMatchObject({
      finish: 'stop',
      parts: [{ type: 'text', text: '{"a":1}' }],
    });
    expect(collectAnswer(decode([...chatter, stop()], context)).parts).toEqual([{ type: 'text', text: 'Sure: ' }]);
  });

  test('tools that the provider runs itself, their results, citations: kept as this dialect’s own', () => {
    const events = decode([
      start,
      opened(0, tool('s', 'nova_code_interpreter', { type: 'server_tool_use' })),
      piece(0, { toolUse: { input: '{"snippet":"1"}' } }),
      closed(0),
      piece(1, { toolResult: [{ json: { stdOut: '1' } }] }),
      closed(1),
      piece(2, { text: 'One.' }),
      piece(2, { citation: { title: 'a' } }),
      closed(2),
      stop(),
    ]);
    const kinds = events.flatMap((event) => (event.type === 'foreign' ? [event.part.kind] : []));
    expect(kinds).toEqual(['toolUse', 'toolResult', 'citation']);
    expect(events.filter((event) => event.type === 'tool-call-start')).toEqual([]);
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content-filter'],
    ['content_filtered', 'content-filter'],
    ['a_new_one', 'other'],
  ])('%s is %s', (native, reason) => {
    expect(decode([start, piece(0, { text: 'x' }), stop(native)])).toContainEqual({ type: 'finish', reason, native });
  });
});

describe('a stream that fails', () => {
  const faultOf = (frames: SseFrame[], context: Partial<ReadingContext> = {}) => {
    const last = decode(frames, context).at(-1);
    return last?.type === 'fault' ? last.fault : undefined;
  };

  test.each([
    ['throttlingException', { kind: 'rate-limited' }],
    ['serviceUnavailableException', { kind: 'bad-response', what: 'overloaded' }],
    ['internalServerException', { kind: 'bad-response', what: 'error-body' }],
    ['modelStreamErrorException', { kind: 'bad-response', what: 'error-body' }],
    ['validationException', { kind: 'invalid-request' }],
    ['InternalFailure', { kind: 'bad-response', what: 'error-body' }],
    ['neverSeenException', { kind: 'bad-response', what: 'error-body' }],
  ])('%s', (type, expected) => {
    const fault = faultOf([start, frame(type, { message: 'no luck' }), piece(0, { text: 'never' })]);
    expect(fault).toMatchObject({ ...expected, complaint: { type, message: 'no luck' } });
  });

  test('cut before the stop reason, and whole without it where that is allowed', () => {
    expect(faultOf([start, piece(0, { text: 'x' })])).toMatchObject({ kind: 'bad-response', what: 'cut' });
    expect(faultOf([])).toMatchObject({ what: 'cut' });
    const last = decode([start, piece(0, { text: 'x' })], { finishOptional: true }).at(-1);
    expect(last).toEqual({ type: 'finish', reason: 'stop' });
  });

  test.each<[string, SseFrame[]]>([
    ['no JSON', [start, { kind: 'sse', event: 'contentBlockDelta', data: 'x' }]],
    ['content before the start', [piece(0, { text: 'x' })]],
    ['two starts', [start, start]],
    ['a block without its number', [start, frame('contentBlockDelta', { delta: { text: 'x' } })]],
    ['arguments of no call', [start, piece(0, { toolUse: { input: '{}' } })]],
    ['text inside a call', [start, opened(0, tool('t', 'n')), piece(0, { text: 'x' })]],
    ['arguments inside text', [start, piece(0, { text: 'x' }), piece(0, { toolUse: { input: '{}' } })]],
    ['a block started twice', [start, opened(0, tool('t', 'n')), opened(0, tool('t', 'n'))]],
    ['a call without a name', [start, opened(0, tool('t', ''))]],
    ['content after the end', [start, stop(), piece(0, { text: 'x' })]],
    ['a model that breaks off', [start, stop('malformed_tool_use')]],
  ])('%s', (_what, frames) => expect(faultOf(frames)).toMatchObject({ kind: 'bad-response', what: 'malformed' }));

  test('arguments without end', () => {
    const much = piece(0, { toolUse: { input: 'x'.repeat(600_000) } });
    expect(faultOf([start, opened(0, tool('t', 'n')), much, much])).toMatchObject({ what: 'too-large' });
  });

  test('whatever frames come, in whatever order, nothing throws and nothing follows a fault', () => {
    const some = fc.constantFrom(
      start,
      opened(0, tool('t', 'n')),
      opened(1, {}),
      piece(0, { text: 'x' }),
      piece(1, { reasoningContent: { text: 'y' } }),
      piece(0, { toolUse: { input: '{' } }),
      piece(2, {}),
      closed(0),
      closed(7),
      stop('tool_use'),
      metadata,
      frame('throttlingException', {}),
    );
    const odd = fc.record({ kind: fc.constant('sse' as const), event: fc.string(), data: fc.json() });
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: some }, odd), { maxLength: 25 }), (frames) => {
        const events = decodeAll(streamDecoder(reading()), frames);
        const fault = events.findIndex((event) => event.type === 'fault');
        if (fault >= 0) expect(fault).toBe(events.length - 1);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a whole answer', () => {
  const whole = (content: JsonObject[], more: JsonObject = {}) =>
    meanings(
      decodeAnswer(
        { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage: counts, ...more },
        reading(),
      ),
    );

  test('says what the same answer in pieces says', () => {
    const answer = collectAnswer(
      whole(
        [
          { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
          { text: 'Let me see.' },
          { toolUse: { toolUseId: 't', name: 'weather', input: { city: 'Oslo' } } },
          { toolUse: { toolUseId: 'u', name: 'now', input: {} } },
        ],
        { stopReason: 'tool_use' },
      ),
    );
    expect(answer).toEqual({
      parts: [
        { type: 'reasoning', text: 'Hm.', opaque: { dialect: 'bedrock-converse', value: { signature: 's' } } },
        { type: 'text', text: 'Let me see.' },
        { type: 'tool-call', id: 't', name: 'weather', arguments: '{"city":"Oslo"}' },
        { type: 'tool-call', id: 'u', name: 'now', arguments: '{}' },
      ],
      finish: 'tool-calls',
      nativeFinish: 'tool_use',
      usage: { inputTokens: 13, cachedInputTokens: 10, cacheWriteTokens: 0, outputTokens: 5 },
    });
  });

  test('cited text is text', () => {
    const events = whole([
      { citationsContent: { content: [{ text: 'Twenty' }, { text: ' days.' }], citations: [{ title: 'a' }] } },
    ]);
    expect(collectAnswer(events).parts).toMatchObject([
      { type: 'text', text: 'Twenty days.' },
      { type: 'foreign', kind: 'citation', value: { title: 'a' } },
    ]);
  });

  test('a text that a guardrail replaced is filtered content', () => {
    const events = whole([{ text: 'Sorry, no.' }], { stopReason: 'guardrail_intervened' });
    expect(collectAnswer(events)).toMatchObject({ finish: 'content-filter', parts: [{ text: 'Sorry, no.' }] });
  });

  test.each([
    ['nothing', null],
    ['another shape', { choices: [] }],
    ['no stop reason', { output: { message: { content: [{ text: 'x' }] } } }],
    ['a block that is none', { output: { message: { content: ['x'] } }, stopReason: 'end_turn' }],
  ])('%s is no answer', (_what, body) => {
    expect(decodeAnswer(body, reading()).at(-1)).toMatchObject({ type: 'fault', fault: { what: 'malformed' } });
  });
});
