import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesToText } from './sse-text.ts';

describe('frames as text', () => {
  it('one frame, one event, in the form of the standard', () => {
    const frames = [
      { kind: 'sse', event: 'message_start', data: '{"a":1}' },
      { kind: 'sse', data: '[DONE]' },
    ] as const;
    expect(framesToText(frames)).toBe('event: message_start\ndata: {"a":1}\n\ndata: [DONE]\n\n');
    expect(framesToText([])).toBe('');
  });

  it('whatever the data, line breaks included, a reader of the standard gets it back', () => {
    const data = fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', 'data: ', 'é', '{', '\\n') });
    const frame = fc.record({ event: fc.constantFrom(undefined, 'ping', 'delta'), data });
    fc.assert(
      fc.property(fc.array(frame), (frames) => {
        const seen: { event: string | undefined; data: string }[] = [];
        const parser = createParser({ onEvent: ({ event, data }) => seen.push({ event, data }) });
        parser.feed(
          framesToText(
            frames.map(({ event, data }) => ({ kind: 'sse', data, ...(event !== undefined && { event }) }) as const),
          ),
        );
        expect(seen).toEqual(frames);
      }),
    );
  });
});
