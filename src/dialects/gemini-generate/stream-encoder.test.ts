import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { streamEncoder } from './stream-encoder.ts';
import { answerContext, chatRequest, decode, frame, response, summary, valuesOf } from './test-kit.ts';

const thinkingAloud = chatRequest({ generationConfig: { thinkingConfig: { includeThoughts: true } } });

/** What goes out before the answer is verified, and after. */
function encode(events: readonly ChatEvent[], change: Partial<AnswerContext> = {}) {
  const encoder = streamEncoder(answerContext(change));
  const before = events.flatMap((event) => encoder.push(event));
  return { before, after: encoder.close(summary) };
}

const translated = (events: readonly ChatEvent[], change: Partial<AnswerContext> = {}) => {
  const { before, after } = encode(events, { sameDialect: false, ...change });
  return valuesOf([...before, ...after]);
};

const switched: ChatEvent = { type: 'switch', from: 'google/m1', to: 'other/m2', how: 'resume' };
const failure = {
  code: 'stream_interrupted' as const,
  status: 502,
  message: 'the answer was cut off',
  shouldRetry: false,
  targets: [],
};

describe('forwarding', () => {
  it('holds the end, adds how it was served, and keeps the text of the provider otherwise', () => {
    const end: SseFrame = {
      kind: 'sse',
      data: '{ "candidates": [{"content": {"parts": [{"text": "o"}]}, "finishReason" : "STOP", "avgLogprobs": -1.0}]}\n',
    };
    const { before, after } = encode(decode([response([{ text: 'Hell' }]), end]));
    expect(before).toEqual([response([{ text: 'Hell' }])]);
    expect(after).toHaveLength(1);
    expect(after[0]?.data).toContain('"avgLogprobs": -1.0}],"understudy":{"request_id":"req1"');
    expect(valuesOf(after)[0]).toMatchObject({ understudy: { served_by: 'provider-x/model-x' } });
  });

  it('holds what comes behind the end, and releases it where the answer goes on', () => {
    const usage = frame({ usageMetadata: { promptTokenCount: 1, totalTokenCount: 2 } });
    const frames = [
      response([{ text: 'a' }], 'STOP'),
      usage,
      response([{ text: 'b' }]),
      response([{ text: 'c' }], 'STOP'),
      usage,
    ];
    const { before, after } = encode(decode(frames), { annotate: false });
    expect([...before, ...after]).toEqual(frames);
    expect(before).toHaveLength(3);
  });

  it('a provider that names no end: one is added', () => {
    const frames = [response([{ text: 'Hi' }])];
    const { before, after } = encode(decode(frames, { finishOptional: true }));
    expect(before).toEqual(frames);
    expect(valuesOf(after)).toMatchObject([{ candidates: [{ finishReason: 'STOP' }], responseId: 'r1' }]);
  });

  it('leaves out what clients would try to read as a response', () => {
    const frames = [response([{ text: 'Hi' }]), { kind: 'sse' as const, data: '[DONE]' }];
    expect(encode(decode([...frames, response([], 'STOP')])).before).toEqual(frames.slice(0, 1));
  });

  it('a provider that answers a stream with a whole body: translated', () => {
    const body = { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] };
    const events: ChatEvent[] = [
      { type: 'start', frame: { kind: 'body', value: body } },
      { type: 'text', text: 'Hi' },
      { type: 'finish', reason: 'stop', native: 'STOP' },
    ];
    expect(collectAnswer(decode([...encode(events).before, ...encode(events).after])).parts).toEqual([
      { type: 'text', text: 'Hi' },
    ]);
  });
});

describe('translating', () => {
  it('writes a response a piece, and the end with usage in the last', () => {
    const events: ChatEvent[] = [
      { type: 'start', id: 'x', model: 'their-model' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'usage', usage: { inputTokens: 5, outputTokens: 9, reasoningTokens: 4, cachedInputTokens: 2 } },
      { type: 'finish', reason: 'length', native: 'max_tokens' },
    ];
    const own = { modelVersion: 'model-x', responseId: 'req1' };
    const piece = (text: string) => ({
      candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
      ...own,
    });
    expect(translated(events, { annotate: false })).toEqual([
      piece('Hel'),
      piece('lo'),
      {
        candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 }],
        usageMetadata: {
          promptTokenCount: 5,
          candidatesTokenCount: 5,
          totalTokenCount: 14,
          cachedContentTokenCount: 2,
          thoughtsTokenCount: 4,
        },
        ...own,
      },
    ]);
  });

  it('a call goes out whole, once it has ended; the first bears what stands for a signature', () => {
    const events: ChatEvent[] = [
      { type: 'tool-call-start', index: 0, id: 'c0', name: 'a' },
      { type: 'tool-call-start', index: 1, id: 'c1', name: 'b' },
      { type: 'tool-call-delta', index: 1, json: '{"y":' },
      { type: 'tool-call-delta', index: 0, json: '{"x":1}' },
      { type: 'tool-call-delta', index: 1, json: '2}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'tool-call-end', index: 1 },
      { type: 'tool-call-start', index: 2, id: 'c2', name: 'never-ended' },
      { type: 'finish', reason: 'tool-calls' },
    ];
    const parts = translated(events).flatMap((value) => Object(value).candidates[0].content.parts);
    expect(parts).toEqual([
      { functionCall: { id: 'c0', name: 'a', args: { x: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
      { functionCall: { id: 'c1', name: 'b', args: { y: 2 } } },
      { functionCall: { id: 'c2', name: 'never-ended', args: {} } },
    ]);
  });

  it('thoughts go to callers that asked for them, and to no others', () => {
    const events: ChatEvent[] = [
      { type: 'reasoning', text: 'Hm', opaque: { dialect: 'anthropic-messages', value: { signature: 'x' } } },
      { type: 'text', text: 'Yes' },
      { type: 'finish', reason: 'stop' },
    ];
    expect(translated(events, { request: thinkingAloud })[0]).toMatchObject({
      candidates: [{ content: { parts: [{ text: 'Hm', thought: true }] } }],
    });
    expect(JSON.stringify(translated(events))).not.toMatch(/Hm|"x"/);
  });

  it.each([
    ['refusal', 'SAFETY'],
    ['content-filter', 'SAFETY'],
    ['tool-calls', 'STOP'],
    ['pause', 'OTHER'],
  ] as const)('the end %s is %s', (reason, word) => {
    expect(JSON.stringify(translated([{ type: 'finish', reason }]))).toContain(`"finishReason":"${word}"`);
  });

  it('alternatives end together', () => {
    const events: ChatEvent[] = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b', choice: 1 },
      { type: 'finish', reason: 'stop' },
      { type: 'finish', reason: 'length', choice: 1 },
    ];
    expect(translated(events).at(-1)).toMatchObject({
      candidates: [
        { index: 0, finishReason: 'STOP' },
        { index: 1, finishReason: 'MAX_TOKENS' },
      ],
    });
  });

  it('any text and any calls read again are the same', () => {
    const text = fc.record({ type: fc.constant('text' as const), text: fc.string({ unit: 'binary', minLength: 1 }) });
    const args = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.jsonValue(),
    );
    const call = fc.record({ type: fc.constant('call' as const), name: fc.string({ minLength: 1 }), args });
    fc.assert(
      fc.property(fc.array(fc.oneof(text, call), { minLength: 1, maxLength: 12 }), (pieces) => {
        let index = -1;
        const events = pieces.flatMap((piece): ChatEvent[] => {
          if (piece.type === 'text') return [piece];
          index += 1;
          return [
            { type: 'tool-call-start', index, id: `c${index}`, name: piece.name },
            { type: 'tool-call-delta', index, json: JSON.stringify(piece.args) },
            { type: 'tool-call-end', index },
          ];
        });
        events.push({ type: 'finish', reason: index < 0 ? 'stop' : 'tool-calls' });
        const { before, after } = encode(events, { sameDialect: false });
        const plain = ({ parts, finish }: ReturnType<typeof collectAnswer>) => ({
          finish,
          parts: parts.map((part) => (part.type === 'tool-call' ? { ...part, opaque: undefined } : part)),
        });
        expect(plain(collectAnswer(decode([...before, ...after])))).toEqual(plain(collectAnswer(events)));
      }),
    );
  });
});

describe('a switch', () => {
  it('is told with the next piece, because clients drop turns for a piece without content', () => {
    const encoder = streamEncoder(answerContext());
    const first = decode([response([{ text: 'one ' }])]).slice(0, 2);
    const out = [...first, switched, { type: 'text' as const, text: 'two' }, { type: 'text' as const, text: ' three' }];
    const frames = valuesOf(out.flatMap((event) => encoder.push(event)));
    expect(frames).toHaveLength(3);
    expect(frames[1]).toMatchObject({
      candidates: [{ content: { parts: [{ text: 'two' }] } }],
      responseId: 'r1',
      modelVersion: 'm2',
      understudy: { switched: { from: 'google/m1', to: 'other/m2', how: 'resume' } },
    });
    expect(frames[2]).not.toHaveProperty('understudy');
  });

  it('releases the text that was held with a broken end, without the end', () => {
    const encoder = streamEncoder(answerContext());
    const events = decode([response([{ text: 'one ' }], 'STOP', { usageMetadata: { promptTokenCount: 1 } })]);
    const held = events.filter((event) => event.type !== 'finish').flatMap((event) => encoder.push(event));
    expect(held).toEqual([]);
    expect(valuesOf(encoder.push(switched))).toEqual([
      {
        candidates: [{ content: { parts: [{ text: 'one ' }], role: 'model' }, index: 0 }],
        modelVersion: 'm1',
        responseId: 'r1',
      },
    ]);
  });

  it('right before the end is told with it, and not at all where nothing may be added', () => {
    const events: ChatEvent[] = [{ type: 'text', text: 'a' }, switched, { type: 'finish', reason: 'stop' }];
    expect(translated(events).at(-1)).toMatchObject({ understudy: { switched: {}, request_id: 'req1' } });
    expect(JSON.stringify(translated(events, { annotate: false }))).not.toContain('understudy');
  });
});

describe('a failure after the first byte', () => {
  it('is an error in place of a response, with a code that official SDKs throw on, and nothing after it', () => {
    const encoder = streamEncoder(answerContext());
    const out = encoder.fail(failure);
    expect(valuesOf(out)).toMatchObject([{ error: { code: 502, status: 'UNAVAILABLE', message: failure.message } }]);
    expect(encoder.push({ type: 'text', text: 'x' })).toEqual([]);
    expect(encoder.close(summary)).toEqual([]);
    expect(encoder.fail(failure)).toEqual([]);
  });
});
