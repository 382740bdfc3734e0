import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerText, collectAnswer } from '../../model/answer.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decode, finish, message, open, piece, ping, shut, stop } from './test-kit.ts';

describe('any stream', () => {
  it('means the same however its text and arguments are cut, with pings between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { maxLength: 8 }),
        fc.jsonValue(),
        fc.array(fc.nat(40), { maxLength: 10 }),
        (texts, value, cuts) => {
          const json = JSON.stringify({ value });
          const bounds = [...new Set([0, ...cuts.map((cut) => Math.min(cut, json.length)), json.length])].sort(
            (a, b) => a - b,
          );
          const pieces = bounds.slice(1).map((end, at) => json.slice(bounds[at], end));
          const events = decode([
            message(),
            open({ type: 'text', text: '' }),
            ...texts.flatMap((text) => [piece({ type: 'text_delta', text }), ping]),
            shut(),
            open({ type: 'tool_use', id: 't', name: 'f', input: {} }, 1),
            ...pieces.flatMap((part) => [piece({ type: 'input_json_delta', partial_json: part }, 1), ping]),
            shut(1),
            finish('tool_use'),
            stop,
          ]);
          const collected = collectAnswer(events);
          expect(answerText(collected)).toBe(texts.join(''));
          expect(collected.parts.at(-1)).toMatchObject({ type: 'tool-call', arguments: json });
        },
      ),
    );
  });

  it('of nonsense never throws, and says nothing after a fault', () => {
    const type = fc.constantFrom(
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
      'ping',
      'error',
      'odd',
    );
    const block = fc.record(
      {
        type: fc.constantFrom(
          'text',
          'thinking',
          'tool_use',
          'redacted_thinking',
          'odd',
          'text_delta',
          'input_json_delta',
          'signature_delta',
        ),
        text: fc.jsonValue(),
        name: fc.jsonValue(),
        id: fc.jsonValue(),
        partial_json: fc.jsonValue(),
        stop_reason: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const event = fc.record(
      {
        type,
        index: fc.oneof(fc.nat(2), fc.jsonValue()),
        content_block: fc.oneof(block, fc.jsonValue()),
        delta: fc.oneof(block, fc.jsonValue()),
        message: fc.jsonValue(),
        usage: fc.jsonValue(),
        error: fc.jsonValue(),
      },
      { requiredKeys: ['type'] },
    );
    const data = fc.oneof(
      { weight: 8, arbitrary: event.map((each) => JSON.stringify(each)) },
      { weight: 1, arbitrary: fc.string() },
    );
    fc.assert(
      fc.property(fc.array(data, { maxLength: 25 }), fc.boolean(), (list, begun) => {
        const frames = list.map((each): SseFrame => ({ kind: 'sse', data: each }));
        const events = decode(begun ? [message(), ...frames] : frames);
        const fault = events.findIndex((each) => each.type === 'fault');
        if (fault >= 0) expect(fault).toBe(events.length - 1);
        else expect(events.some((each) => each.type === 'finish')).toBe(true);
        for (const each of events) if (each.type === 'text') expect(each.text).not.toBe('');
      }),
    );
  });
});
