import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../model/answer.ts';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeAnswer } from './decode-answer.ts';
import { encodeAnswer } from './encode-answer.ts';
import { call, context, read, reading, summary, write } from './test-kit.ts';

describe('any answer', () => {
  const signed = (value: JsonObject) => ({ dialect: 'anthropic-messages' as const, value });
  const piece = fc.oneof(
    fc.string({ minLength: 1 }).map((text): ChatEvent[] => [{ type: 'text', text }]),
    fc.tuple(fc.string(), fc.string({ minLength: 1 })).map(([text, signature]): ChatEvent[] => [
      { type: 'reasoning', text },
      { type: 'reasoning', text: '', opaque: signed({ signature }) },
    ]),
    fc.string().map((redacted): ChatEvent[] => [{ type: 'reasoning', text: '', opaque: signed({ redacted }) }]),
    fc
      .tuple(fc.stringMatching(/^[a-z]{1,9}$/), fc.dictionary(fc.string(), fc.jsonValue()))
      .map(([name, input]): ChatEvent[] => call(0, `id_${name}`, name, JSON.stringify(input))),
    fc.jsonValue().map((content): ChatEvent[] => [
      {
        type: 'foreign',
        part: {
          type: 'foreign',
          dialect: 'anthropic-messages',
          kind: 'odd_result',
          value: JSON.parse(JSON.stringify({ type: 'odd_result', content })),
        },
      },
    ]),
  );

  it('written and read again is the same, as a stream and as a whole', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('stop', 'length', 'pause'), (pieces, reason) => {
        let calls = 0;
        const events = pieces.flatMap((list) => {
          const renumbered = list.map((event): ChatEvent => ('index' in event ? { ...event, index: calls } : event));
          if (list.some(({ type }) => type === 'tool-call-start')) calls += 1;
          return renumbered;
        });
        const whole = [
          ...events,
          { type: 'finish' as const, reason: calls > 0 && reason === 'stop' ? ('tool-calls' as const) : reason },
        ];
        const plain = (answer: Answer): unknown => ({ parts: answer.parts, finish: answer.finish });
        // A tool's arguments are compared as values: the whole form holds an object, and JSON knows no -0.
        const expected = JSON.stringify(plain(collectAnswer(whole)));
        expect(JSON.stringify(plain(collectAnswer(read(write(whole)))))).toBe(expected);
        const body = JSON.parse(JSON.stringify(encodeAnswer(whole, context(), summary)));
        expect(JSON.parse(JSON.stringify(plain(collectAnswer(decodeAnswer(body, reading)))), parsedArguments)).toEqual(
          JSON.parse(expected, parsedArguments),
        );
      }),
    );
  });
});

function parsedArguments(key: string, value: unknown): unknown {
  return key === 'arguments' && typeof value === 'string' ? JSON.parse(value) : value;
}
