import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../model/chat-event.ts';
import { ContinueSplice, ResumeSplice, type Splice } from './splice.ts';

const text = (piece: string): ChatEvent => ({ type: 'text', text: piece });
const finish: ChatEvent = { type: 'finish', reason: 'stop' };

/** Cuts a text into pieces of the given sizes, the last one taking the rest. */
function cut(whole: string, sizes: readonly number[]): ChatEvent[] {
  const events: ChatEvent[] = [];
  let at = 0;
  for (const size of sizes) {
    events.push(text(whole.slice(at, at + size)));
    at += size;
  }
  return [...events, text(whole.slice(at))];
}

/** What a splice lets through, as one text; undefined once it said that the answers differ. */
function through(splice: Splice, events: readonly ChatEvent[]): string | undefined {
  let out = '';
  for (const event of events) {
    const spliced = splice.push([event]);
    if (!spliced.ok) return undefined;
    for (const passed of spliced.events) if (passed.type === 'text') out += passed.text;
  }
  return out;
}

const sizes = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 12 });
// A small alphabet, so that answers share prefixes often.
const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 20 });

describe('resume', () => {
  it('an answer that repeats what was sent goes on from there, however it is cut', () => {
    fc.assert(
      fc.property(words, words, sizes, (sent, more, pieces) => {
        const splice = new ResumeSplice(sent);
        expect(through(splice, cut(sent + more, pieces))).toBe(more);
        expect(splice.joined).toBe(true);
      }),
    );
  });

  it('whatever the second answer says, the caller reads a prefix of one answer and never a mixture', () => {
    fc.assert(
      fc.property(words, words, sizes, (sent, other, pieces) => {
        const splice = new ResumeSplice(sent);
        const passed = through(splice, cut(other, pieces));
        if (passed === undefined) expect(other.startsWith(sent)).toBe(false);
        else expect(splice.joined ? sent + passed : passed).toBe(splice.joined ? other : '');
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['ends before it repeated everything', finish],
    ['calls a tool instead', { type: 'tool-call-start', index: 0, id: 'c', name: 'f' } satisfies ChatEvent],
    ['refuses', { type: 'refusal', text: 'no' } satisfies ChatEvent],
  ])('an answer that %s does not join', (_, event) => {
    const splice = new ResumeSplice('abc');
    expect(splice.push([text('ab'), event]).ok).toBe(false);
    expect(splice.joined).toBe(false);
  });

  it('thinking before the joint stays away from the caller, usage is kept', () => {
    const splice = new ResumeSplice('ab');
    const usage: ChatEvent = { type: 'usage', usage: { inputTokens: 3 } };
    const spliced = splice.push([{ type: 'start' }, { type: 'reasoning', text: 'hm' }, usage, text('abc')]);
    expect(spliced).toEqual({ ok: true, events: [usage, text('c')] });
  });

  it('frames of the second answer do not reach the caller: they count from their own beginning', () => {
    const splice = new ResumeSplice('a');
    const frame = { kind: 'sse', data: '{}' } as const;
    const spliced = splice.push([
      { ...text('ab'), frame },
      { ...text('c'), frame },
      { ...finish, frame },
    ]);
    expect(spliced.ok && spliced.events).toEqual([text('b'), text('c'), finish]);
  });
});

describe('continue', () => {
  it('white space that the prefill went without is not said twice, however it is cut', () => {
    const spaces = fc.string({ unit: fc.constantFrom(' ', '\n'), maxLength: 4 });
    fc.assert(
      fc.property(spaces, words, sizes, (trimmed, more, pieces) => {
        expect(through(new ContinueSplice(trimmed), cut(`${trimmed}x${more}`, pieces))).toBe(`x${more}`);
      }),
    );
  });

  it('an answer that goes on without that white space, or with another one, loses nothing', () => {
    expect(through(new ContinueSplice(' '), [text('more')])).toBe('more');
    expect(through(new ContinueSplice('\n\n'), [text('\n'), text('- item')])).toBe('- item');
    expect(through(new ContinueSplice('\n'), [text(' x'), text('\n'), text('y')])).toBe(' x\ny');
  });

  it('counts as joined with the first text that the caller gets, or with the end', () => {
    const splice = new ContinueSplice(' ');
    splice.push([{ type: 'start' }, { type: 'reasoning', text: 'hm' }, text(' ')]);
    expect(splice.joined).toBe(false);
    splice.push([text('x')]);
    expect(splice.joined).toBe(true);
    const empty = new ContinueSplice('');
    expect(empty.push([finish])).toEqual({ ok: true, events: [finish] });
    expect(empty.joined).toBe(true);
  });

  it('citations count from the beginning of the caller’s text; those of what is not let through are dropped', () => {
    const citation = (start?: number): ChatEvent => ({
      type: 'citation',
      citation: {
        ...(start !== undefined && { start, end: start + 1 }),
        native: { dialect: 'openai-chat', value: null },
      },
    });
    const splice = new ContinueSplice('0123456789');
    const before = splice.push([citation(0), text('x'), citation(0), citation()]);
    const [, ranged, whole] = before.ok ? before.events : [];
    expect(ranged).toMatchObject({ citation: { start: 10, end: 11 } });
    expect(whole).toEqual(citation());
  });

  it('an answer that starts over, in pieces of any size, is noticed before any of it is let through', () => {
    const sent = 'The giraffe is about five metres ';
    for (const size of [1, 3, 7, 100]) {
      const splice = new ContinueSplice(sent);
      const pieces = `${sent}tall.`.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
      const heard: string[] = [];
      let ok = true;
      for (const piece of pieces) {
        const spliced = splice.push([text(piece)]);
        if (!spliced.ok) ok = false;
        if (!spliced.ok) break;
        for (const event of spliced.events) if (event.type === 'text') heard.push(event.text);
      }
      expect({ ok, heard }).toEqual({ ok: false, heard: [] });
    }
  });

  it('an answer that goes on with the words it began with, and then others, is let through whole', () => {
    const splice = new ContinueSplice('The giraffe is about five metres ');
    expect(through(splice, [text('The gi'), text('raffe stands')])).toBe('The giraffe stands');
  });

  it('a tool call does not continue a text', () => {
    const call: ChatEvent = { type: 'tool-call-start', index: 0, id: 'c', name: 'f' };
    expect(new ContinueSplice('').push([text('x'), call]).ok).toBe(false);
  });
});
