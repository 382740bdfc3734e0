import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../model/chat-event.ts';
import { StopCut } from './stop-cut.ts';

const text = (piece: string, choice?: number): ChatEvent => ({
  type: 'text',
  text: piece,
  ...(choice !== undefined && { choice }),
});
const FINISH: ChatEvent = { type: 'finish', reason: 'stop' };

function said(events: readonly ChatEvent[], choice = 0): string {
  return events.map((event) => (event.type === 'text' && (event.choice ?? 0) === choice ? event.text : '')).join('');
}

describe('an answer that has to end at a sequence', () => {
  it('ends before it, also where it comes in pieces, and nothing follows', () => {
    const cut = new StopCut(['END', '###'], 1);
    const out = [...cut.push([text('one E')]), ...cut.push([text('N')]), ...cut.push([text('D two'), FINISH])];
    expect(said(out)).toBe('one ');
    expect(out.at(-1)).toEqual({ type: 'finish', reason: 'stop', stopSequence: 'END' });
    expect(out.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(cut.done).toBe(true);
  });

  it('gives what looked like its beginning as soon as it is none, and at the end of the text', () => {
    const cut = new StopCut(['END'], 1);
    expect(said(cut.push([text('an EN')]))).toBe('an ');
    expect(said(cut.push([text('EMY')]))).toBe('ENEMY');
    expect(said(cut.push([text(' E')]))).toBe(' ');
    expect(cut.push([FINISH])).toEqual([text('E'), FINISH]);
    expect(cut.done).toBe(false);
  });

  it('holds what is told of held text with it, and drops it with the sequence', () => {
    const logprobs: ChatEvent = { type: 'logprobs', of: 'text', tokens: [{ token: 'x', logprob: -1, top: [] }] };
    const cut = new StopCut(['END'], 1);
    expect(cut.push([text('one'), logprobs, text(' E'), logprobs])).toEqual([text('one'), logprobs, text(' ')]);
    expect(cut.push([text('XIT')])).toEqual([text('EXIT'), logprobs]);
    expect(cut.push([text('E'), logprobs])).toEqual([]);
    expect(cut.push([text('ND'), logprobs])).toEqual([{ type: 'finish', reason: 'stop', stopSequence: 'END' }]);
    const flushed = new StopCut(['END'], 1);
    expect(flushed.push([text('E'), logprobs, FINISH])).toEqual([text('E'), logprobs, FINISH]);
  });

  it('keeps usage that comes after, and drops calls and faults', () => {
    const cut = new StopCut(['END'], 1);
    cut.push([text('END')]);
    const usage: ChatEvent = { type: 'usage', usage: { outputTokens: 3 } };
    const call: ChatEvent = { type: 'tool-call-start', index: 0, id: 'c', name: 'f' };
    const fault: ChatEvent = { type: 'fault', fault: { kind: 'server-error', message: 'x' } };
    expect(cut.push([call, fault, usage])).toEqual([usage]);
  });

  it('of several is done when each has met its own', () => {
    const cut = new StopCut(['!'], 2);
    const out = cut.push([text('a!', 0), text('b', 1), text('c', 0)]);
    expect(cut.done).toBe(false);
    out.push(...cut.push([text('d!e', 1)]));
    expect([said(out, 0), said(out, 1), cut.done]).toEqual(['a', 'bd', true]);
  });

  it('however it is sliced, says what the whole says up to the first sequence', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), pieces, (sequences, sliced) => {
        const whole = sliced.join('');
        // As a model would meet them, letter by letter.
        const lengths = Array.from({ length: whole.length + 1 }, (_, length) => length);
        const met = lengths.find((length) => sequences.some((sequence) => whole.slice(0, length).endsWith(sequence)));
        const longest = (read: string) =>
          Math.max(...sequences.filter((sequence) => read.endsWith(sequence)).map((sequence) => sequence.length));
        const cut = new StopCut(sequences, 1);
        const out = [...sliced.flatMap((piece) => cut.push([text(piece)])), ...cut.push([FINISH])];
        const until = met === undefined ? whole.length : met - longest(whole.slice(0, met));
        expect(said(out)).toBe(whole.slice(0, until));
        expect(out.filter(({ type }) => type === 'finish')).toHaveLength(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('an empty sequence is refused: it would end every answer before its first letter', () => {
    expect(() => new StopCut([''], 1)).toThrow(RangeError);
  });
});
