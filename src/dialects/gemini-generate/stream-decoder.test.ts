import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonValue } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decodeAnswer } from './decode-answer.ts';
import { streamDecoder } from './stream-decoder.ts';

function reading(more: Partial<ReadingContext> = {}): ReadingContext {
  let made = 0;
  return { toolNames: new Map(), finishOptional: false, newId: () => `made${++made}`, ...more };
}

function frameOf(response: JsonValue): SseFrame {
  return { kind: 'sse', data: JSON.stringify(response) };
}

/** All events, without the frames and without the notes that only carry one. */
function decode(responses: readonly JsonValue[], more?: Partial<ReadingContext>): ChatEvent[] {
  const decoder = streamDecoder(reading(more));
  return [...responses.flatMap((response) => decoder.push(frameOf(response))), ...decoder.end()]
    .filter((event) => event.type !== 'note')
    .map(({ frame: _frame, ...event }) => event);
}

function parts(...list: JsonValue[]): JsonValue {
  return { candidates: [{ content: { role: 'model', parts: list } }] };
}

function finish(finishReason: JsonValue, ...list: JsonValue[]): JsonValue {
  return { candidates: [{ content: { parts: list }, finishReason }] };
}

const start = { type: 'start' };
const twice = (...paths: string[]): JsonValue[] => paths.map((jsonPath) => ({ jsonPath, boolValue: true }));
const bad = (what: string) => ({ type: 'fault', fault: expect.objectContaining({ kind: 'bad-response', what }) });

describe('text', () => {
  it('comes with thoughts apart and the finish last', () => {
    const events = decode([
      { ...Object(parts({ text: 'hm', thought: true })), responseId: 'r1', modelVersion: 'm-001' },
      parts({ text: 'Hel' }),
      finish('STOP', { text: 'lo' }),
    ]);
    expect(events).toEqual([
      { type: 'start', id: 'r1', model: 'm-001' },
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finish', reason: 'stop', native: 'STOP' },
    ]);
  });

  it('keeps the signature of an empty text at the end of the stream', () => {
    const events = decode([parts({ text: 'a' }), finish('STOP', { text: '', thoughtSignature: 'c2ln' })]);
    expect(events).toContainEqual({
      type: 'reasoning',
      text: '',
      opaque: { dialect: 'gemini-generate', value: 'c2ln' },
    });
  });

  it('finishes with the last of several reasons', () => {
    expect(decode([finish('STOP', { text: 'a' }), finish('RECITATION', { text: 'b' })]).at(-1)).toEqual({
      type: 'finish',
      reason: 'content-filter',
      native: 'RECITATION',
    });
  });

  it('is told of each alternative by its index, of which 0 is not written', () => {
    const events = decode([
      { candidates: [{ content: { parts: [{ text: 'a' }] } }, { index: 1, content: { parts: [{ text: 'b' }] } }] },
      { candidates: [{ index: 1, finishReason: 'MAX_TOKENS' }] },
      { candidates: [{ finishReason: 'STOP' }] },
    ]);
    expect(events.slice(1)).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b', choice: 1 },
      { type: 'finish', reason: 'stop', native: 'STOP' },
      { type: 'finish', reason: 'length', native: 'MAX_TOKENS', choice: 1 },
    ]);
  });
});

describe('tool calls', () => {
  it('arrive complete in one part, numbered, with ids made up where there is none', () => {
    const events = decode(
      [
        parts(
          { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 's' },
          { functionCall: { id: 'x', name: 'g' } },
        ),
        finish('STOP'),
      ],
      { toolNames: new Map([['g', 'the caller’s g']]) },
    );
    expect(events).toEqual([
      start,
      { type: 'tool-call-start', index: 0, id: 'made1', name: 'f', opaque: { dialect: 'gemini-generate', value: 's' } },
      { type: 'tool-call-delta', index: 0, json: '{"a":1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'tool-call-start', index: 1, id: 'x', name: 'the caller’s g' },
      { type: 'tool-call-delta', index: 1, json: '{}' },
      { type: 'tool-call-end', index: 1 },
      { type: 'finish', reason: 'tool-calls', native: 'STOP' },
    ]);
  });

  it('whose arguments are streamed are put together', () => {
    const events = decode([
      parts({ functionCall: { name: 'f', willContinue: true } }),
      parts({
        functionCall: {
          partialArgs: [{ jsonPath: '$.a.b[0]', stringValue: 'x', willContinue: true }],
          willContinue: true,
        },
      }),
      parts({ functionCall: { partialArgs: [{ jsonPath: '$.a.b[0]', stringValue: 'y' }], willContinue: true } }),
      parts({ functionCall: { partialArgs: [{ jsonPath: "$['n m']", numberValue: 2 }], willContinue: true } }),
      parts({ functionCall: {} }),
      parts({ functionCall: { name: 'g', willContinue: true } }, { functionCall: { name: 'h', args: {} } }),
      finish('STOP'),
    ]);
    expect(collectAnswer(events).parts).toEqual([
      { type: 'tool-call', id: 'made1', name: 'f', arguments: '{"a":{"b":["xy"]},"n m":2}' },
      { type: 'tool-call', id: 'made2', name: 'g', arguments: '{}' },
      { type: 'tool-call', id: 'made3', name: 'h', arguments: '{}' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });
  });

  it('streamed with every kind of value, under any name', () => {
    const partialArgs: JsonValue[] = [
      { jsonPath: '$.__proto__.x', boolValue: false },
      { jsonPath: '$["a\\"b"]', nullValue: 'NULL_VALUE' },
      { jsonPath: '$.list[0].n', numberValue: 1.5 },
      { jsonPath: '$.list[1]', stringValue: '' },
    ];
    const events = decode([parts({ functionCall: { name: 'f', partialArgs } }), finish('STOP')]);
    expect(collectAnswer(events).parts).toMatchObject([
      { arguments: '{"__proto__":{"x":false},"a\\"b":null,"list":[{"n":1.5},""]}' },
    ]);
  });

  it('that never end make the answer a cut one', () => {
    const events = decode([parts({ functionCall: { name: 'f', willContinue: true } }), finish('STOP')]);
    expect(events.at(-1)).toEqual(bad('cut'));
  });

  it.each([
    ['no name', { functionCall: { args: {} } }],
    ['arguments that are no object', { functionCall: { name: 'f', args: [1] } }],
    ['no object', { functionCall: 'f' }],
    ['a piece without a place', { functionCall: { name: 'f', partialArgs: [{ stringValue: 'x' }] } }],
    [
      'a piece far out in a list',
      { functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.a[1]', stringValue: 'x' }] } },
    ],
    ['a piece inside a scalar', { functionCall: { name: 'f', partialArgs: twice('$.a', '$.a.b') } }],
    ['a piece at no path', { functionCall: { name: 'f', partialArgs: [{ jsonPath: '$..x', stringValue: 'x' }] } }],
  ])('with %s are malformed', (_name, part) => {
    expect(decode([parts(part), finish('STOP')]).at(-1)).toEqual(bad('malformed'));
  });

  it('are limited in number and in size', () => {
    const many = Array.from({ length: 129 }, () => ({ functionCall: { name: 'f' } }));
    expect(decode([parts(...many)]).at(-1)).toEqual(bad('too-large'));
    const long = { functionCall: { name: 'f', args: { a: 'x'.repeat(1_048_576) } } };
    expect(decode([parts(long)]).at(-1)).toEqual(bad('too-large'));
    const pieces = Array.from({ length: 17 }, (_, at) => ({ jsonPath: `$.a${at}`, stringValue: 'x'.repeat(65_536) }));
    expect(decode([parts({ functionCall: { name: 'f', partialArgs: pieces } })]).at(-1)).toEqual(bad('too-large'));
  });

  it('nested beyond any stack are malformed rather than a crash', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const data = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":${deep}}}}]}}]}`;
    const decoder = streamDecoder(reading());
    expect(decoder.push({ kind: 'sse', data }).at(-1)).toMatchObject({ type: 'fault' });
  });
});

describe('other blocks', () => {
  it('become foreign parts, whole', () => {
    const part = { executableCode: { language: 'PYTHON', code: '1' }, thoughtSignature: 's' };
    expect(decode([finish('STOP', part)])[1]).toEqual({
      type: 'foreign',
      part: { type: 'foreign', dialect: 'gemini-generate', kind: 'executableCode', value: part },
    });
  });
});

describe('usage', () => {
  it('adds thoughts to the output and tool results to the input, and is told when it changes', () => {
    const counts = { promptTokenCount: 10, toolUsePromptTokenCount: 3, thoughtsTokenCount: 5, totalTokenCount: 18 };
    const events = decode([
      { ...Object(parts({ text: 'a' })), usageMetadata: counts },
      { ...Object(parts({ text: 'b' })), usageMetadata: counts },
      {
        ...Object(finish('STOP')),
        usageMetadata: { ...counts, candidatesTokenCount: 7, cachedContentTokenCount: 4, totalTokenCount: 25 },
      },
    ]);
    expect(events.filter((event) => event.type === 'usage').map((event) => event.usage)).toEqual([
      { inputTokens: 13, outputTokens: 5, reasoningTokens: 5 },
      { inputTokens: 13, cachedInputTokens: 4, outputTokens: 12, reasoningTokens: 5 },
    ]);
  });

  it('does not take nonsense for counts', () => {
    const usageMetadata = {
      promptTokenCount: -1,
      candidatesTokenCount: '5',
      thoughtsTokenCount: 1.5,
      totalTokenCount: null,
    };
    expect(decode([{ usageMetadata }]).filter((event) => event.type === 'usage')).toEqual([]);
  });
});

describe('endings', () => {
  const blockedFault = { type: 'fault', fault: expect.objectContaining({ kind: 'content-policy' }) };

  it.each(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'MODEL_ARMOR', 3])(
    '%s is an answer that was filtered, without content too',
    (word) => {
      for (const parts of [[], [{ text: 'hm', thought: true }], [{ text: 'a' }]]) {
        expect(decode([finish(word, ...parts)]).at(-1)).toMatchObject({ type: 'finish', reason: 'content-filter' });
      }
    },
  );

  it.each(['OTHER', 'LANGUAGE', 'NO_IMAGE', 'SOMETHING_NEW', 5, 42])('%s without content is a bad response', (word) => {
    expect(decode([finish(word)]).at(-1)).toEqual(bad('error-body'));
    expect(decode([finish(word, { text: 'a' })]).at(-1)).toMatchObject({ type: 'finish', reason: 'other' });
  });

  it('a malformed call is a bad response whatever stands before it', () => {
    expect(decode([finish('MALFORMED_FUNCTION_CALL', { text: 'I will look.' })]).at(-1)).toEqual(bad('error-body'));
  });

  it('an undeclared call is a call where it came along', () => {
    expect(decode([finish('UNEXPECTED_TOOL_CALL')]).at(-1)).toEqual(bad('error-body'));
    const events = decode([finish('UNEXPECTED_TOOL_CALL', { functionCall: { name: 'f' } })]);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });
  });

  it('numbers mean the same as words', () => {
    expect(decode([finish(1, { text: 'a' })]).at(-1)).toEqual({ type: 'finish', reason: 'stop', native: 'STOP' });
    expect(decode([finish(2)]).at(-1)).toEqual({ type: 'finish', reason: 'length', native: 'MAX_TOKENS' });
  });

  it('one blocked alternative does not spoil the others', () => {
    const events = decode([
      {
        candidates: [
          { finishReason: 'SAFETY' },
          { index: 1, content: { parts: [{ text: 'b' }] }, finishReason: 'STOP' },
        ],
      },
    ]);
    expect(events.slice(-2)).toEqual([
      { type: 'finish', reason: 'content-filter', native: 'SAFETY' },
      { type: 'finish', reason: 'stop', native: 'STOP', choice: 1 },
    ]);
  });

  it('a blocked prompt is a content-policy fault with the provider’s own words', () => {
    expect(decode([{ promptFeedback: { blockReason: 'SAFETY', blockReasonMessage: 'no' } }]).at(-1)).toMatchObject({
      type: 'fault',
      fault: { kind: 'content-policy', complaint: { message: 'no', type: 'SAFETY' } },
    });
    expect(decode([{ promptFeedback: { blockReason: 4 } }]).at(-1)).toEqual(blockedFault);
    const harmless = { ...Object(finish('STOP', { text: 'a' })), promptFeedback: { safetyRatings: [] } };
    expect(decode([harmless]).at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it('a stream without a finish reason is cut, unless the provider may do so', () => {
    expect(decode([parts({ text: 'a' })]).at(-1)).toEqual(bad('cut'));
    expect(decode([]).at(-1)).toEqual(bad('cut'));
    expect(decode([parts({ text: 'a' })], { finishOptional: true }).at(-1)).toEqual({ type: 'finish', reason: 'stop' });
    expect(decode([], { finishOptional: true }).at(-1)).toEqual(bad('cut'));
  });
});

describe('errors inside the stream', () => {
  it('are no errors of the server, which would be asked again: the answer is none', () => {
    const events = decode([
      parts({ text: 'a' }),
      { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
      parts({ text: 'never' }),
    ]);
    expect(events.slice(2)).toEqual([
      { type: 'fault', fault: expect.objectContaining({ kind: 'bad-response', what: 'overloaded', status: 503 }) },
    ]);
    expect(decode([{ error: { message: 'Something.' } }])).toEqual([
      {
        type: 'fault',
        fault: expect.objectContaining({ kind: 'bad-response', what: 'error-body' }),
      },
    ]);
  });

  it('of any other kind are classified as they would be with their status', () => {
    const error = { code: 429, message: 'Quota exceeded, per minute.', status: 'RESOURCE_EXHAUSTED' };
    expect(decode([parts({ text: 'a' }), { error }]).at(-1)).toMatchObject({ fault: { kind: 'rate-limited' } });
  });

  it.each([
    'no JSON',
    '1',
    'null',
    '{"candidates":[1]}',
    '{"candidates":[{"content":{"parts":[1]}}]}',
    '{"candidates":[{"content":{"parts":[{"text":1}]}}]}',
    '{"candidates":[{"index":"a"}]}',
  ])('%s is malformed, and nothing follows', (data) => {
    const decoder = streamDecoder(reading());
    const events = decoder.push({ kind: 'sse', data });
    expect(events.at(-1)).toMatchObject({ type: 'fault', fault: { kind: 'bad-response', what: 'malformed' } });
    expect(events[0]?.frame).toEqual({ kind: 'sse', data });
    expect(decoder.push(frameOf(finish('STOP', { text: 'a' })))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it('an index far out does not open that many alternatives', () => {
    expect(decode([{ candidates: [{ index: 64 }] }]).at(-1)).toEqual(bad('too-large'));
  });
});

describe('whole answers', () => {
  it('are the same events, the first with the body', () => {
    const body = Object(finish('STOP', { text: 'a' }));
    expect(decodeAnswer(body, reading())).toEqual([
      { type: 'start', frame: { kind: 'body', value: body } },
      { type: 'text', text: 'a' },
      { type: 'finish', reason: 'stop', native: 'STOP' },
    ]);
  });

  it('may be the array of a stream that nobody asked to be SSE', () => {
    expect(collectAnswer(decodeAnswer([parts({ text: 'a' }), finish('STOP', { text: 'b' })], reading())).parts).toEqual(
      [{ type: 'text', text: 'ab' }],
    );
  });

  it.each([[{}], [[]], [{ usageMetadata: {} }]])('%j is empty', (body) => {
    expect(decodeAnswer(body, reading()).at(-1)).toEqual(bad('empty'));
  });

  it('may be an error under status 200', () => {
    const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'per minute' } };
    expect(decodeAnswer(body, reading()).at(-1)).toMatchObject({
      type: 'fault',
      fault: { kind: 'rate-limited', status: 429 },
    });
  });
});

const anyPart: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.record({ text: fc.string() }),
  fc.record({ text: fc.string(), thought: fc.constant(true) }),
  fc.record({ text: fc.string(), thoughtSignature: fc.string() }),
  fc.record({
    functionCall: fc.record({ name: fc.string({ minLength: 1 }), args: fc.dictionary(fc.string(), fc.jsonValue()) }),
  }) as fc.Arbitrary<JsonValue>,
  fc.record({ executableCode: fc.record({ code: fc.string() }) }),
);

it('the same parts give the same answer however they are spread over events', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPart, fc.boolean())), (pieces) => {
      const spread: JsonValue[][] = [[]];
      for (const [part, next] of pieces) {
        if (next) spread.push([]);
        spread.at(-1)?.push(part);
      }
      const all = pieces.map(([part]) => part);
      const streamed = decode([...spread.map((list) => parts(...list)), finish('STOP')]);
      const whole = decodeAnswer(finish('STOP', ...all), reading());
      expect(collectAnswer(streamed)).toEqual(collectAnswer(whole));
    }),
  );
});

it('no frame, whatever it holds, makes the decoder throw or speak after a fault', () => {
  const key = fc.constantFrom(
    'candidates',
    'content',
    'parts',
    'functionCall',
    'partialArgs',
    'error',
    'index',
    'jsonPath',
    'name',
  );
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom<JsonValue>(null, 0, -1, 'x', '$.a', true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), (values) => {
      const events = decode(values);
      const at = events.findIndex((event) => event.type === 'fault');
      if (at >= 0) expect(at).toBe(events.length - 1);
      else expect(events.at(-1)?.type).toBe('finish');
    }),
  );
});
