import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeAnswer } from './decode-answer.ts';
import { reading } from './test-kit.ts';

describe('a whole answer', () => {
  const whole = (fields: JsonObject): ChatEvent[] =>
    decodeAnswer(
      {
        type: 'message',
        id: 'm',
        model: 'x',
        content: [],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 2 },
        ...fields,
      },
      reading,
    );

  it('carries its body on the first event and means what the stream of the same blocks means', () => {
    const events = whole({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'text', text: 'Hi', citations: [{ url: 'u' }] },
        { type: 'tool_use', id: 't', name: 'f', input: {} },
      ],
    });
    expect(events[0]).toMatchObject({ type: 'start', frame: { kind: 'body', value: { id: 'm' } } });
    expect(collectAnswer(events)).toMatchObject({
      usage: { inputTokens: 1, outputTokens: 2 },
      finish: 'tool-calls',
      citations: [{ url: 'u', start: 0, end: 2 }],
      parts: [
        { type: 'reasoning', text: 'Hm.', opaque: { value: { signature: 's' } } },
        { type: 'text', text: 'Hi' },
        { type: 'tool-call', arguments: '{}' },
      ],
    });
  });

  it('without content is still an answer', () => {
    expect(whole({}).map(({ type }) => type)).toEqual(['start', 'usage', 'finish', 'usage']);
  });

  it('that is an error, nonsense or cut is a fault', () => {
    expect(decodeAnswer({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }, reading)).toMatchObject([
      { type: 'fault', fault: { what: 'overloaded' } },
    ]);
    expect(decodeAnswer('<html>', reading)).toMatchObject([{ fault: { what: 'malformed' } }]);
    expect(whole({ content: 'x' })).toMatchObject([{ fault: { what: 'malformed' } }]);
    expect(whole({ content: ['x'] }).at(-1)).toMatchObject({ fault: { what: 'malformed' } });
    expect(whole({ stop_reason: null }).at(-1)).toMatchObject({ fault: { what: 'malformed' } });
  });

  it('of any shape never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (body, content) => {
        const any = JSON.parse(JSON.stringify(body));
        expect(decodeAnswer(any, reading).length).toBeGreaterThan(0);
        expect(whole({ content: JSON.parse(JSON.stringify(content)) }).length).toBeGreaterThan(0);
      }),
    );
  });
});
