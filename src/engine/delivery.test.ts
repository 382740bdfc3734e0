import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeTarget } from '../../test/kit/engine-kit.ts';
import type { ChatEvent } from '../model/chat-event.ts';
import { Delivery, type DeliveryRule, type Opening } from './delivery.ts';
import { MAX_ANSWER_CHARS, MAX_HELD_BYTES, MAX_HELD_EVENTS, MAX_WHOLE_ANSWER_BYTES } from './engine-defaults.ts';
import type { Hold } from './route.ts';

const OPENING: Opening = {
  target: routeTarget('alpha/one').target,
  summary: { requestId: 'r', route: 'reply', servedBy: 'alpha/one', attempts: 1, adapted: [], usage: {} },
};
const FIRST: Hold = { kind: 'first-content' };
const start: ChatEvent = { type: 'start', id: 'x' };
const note: ChatEvent = { type: 'note' };
const finish: ChatEvent = { type: 'finish', reason: 'stop' };
const usage: ChatEvent = { type: 'usage', usage: { outputTokens: 4 } };
const text = (piece: string): ChatEvent => ({ type: 'text', text: piece });

function delivery(hold: Hold = FIRST, stream = true, verify: DeliveryRule['verify'] = () => undefined) {
  const written: ChatEvent[] = [];
  const log: string[] = [];
  const sink = {
    open: () => void log.push('open'),
    write: (events: readonly ChatEvent[]) => {
      log.push('write');
      written.push(...events);
    },
  };
  return { delivery: new Delivery(sink, { hold, stream, verify }, () => OPENING), written, log };
}

const anyEvent: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.constantFrom(start, note, usage, finish),
  fc.constantFrom('', 'a', 'some words', 'x'.repeat(90)).map(text),
  fc.constantFrom('', 'hm').map((thought): ChatEvent => ({ type: 'reasoning', text: thought })),
  fc.constant<ChatEvent>({ type: 'tool-call-start', index: 0, id: 'c', name: 'lookup' }),
  fc.constantFrom('', '{"a":').map((json): ChatEvent => ({ type: 'tool-call-delta', index: 0, json })),
  fc.constant<ChatEvent>({ type: 'refusal', text: 'no' }),
);
const holds = fc.constantFrom<Hold>(FIRST, { kind: 'tokens', count: 30 }, { kind: 'whole-answer' });

describe('an answer that does not end', () => {
  const mebi = text('x'.repeat(1024 * 1024));
  const mebis = MAX_ANSWER_CHARS / (1024 * 1024);

  it.each([
    ['a stream', true],
    ['a whole answer', false],
  ])('%s is cut off where it is longer than any answer', (_, stream) => {
    const { delivery: one } = delivery(FIRST, stream);
    for (let n = 0; n < mebis; n += 1) expect(one.push([mebi])).toBeUndefined();
    expect(one.push([text('x')])).toMatchObject({ kind: 'bad-response', what: 'too-large' });
  });

  it('does not count what an attempt before the commit point gave', () => {
    const { delivery: one } = delivery(FIRST, false);
    for (let n = 0; n < mebis; n += 1) one.push([mebi]);
    one.restart();
    expect(one.push([mebi])).toBeUndefined();
  });
});

describe('the commit point', () => {
  it('opening, pings and empty pieces do not open the answer; the first content does, and everything held comes with it', () => {
    const { delivery: one, written, log } = delivery();
    one.push([start, note]);
    one.push([text(''), usage]);
    expect([one.committed, log]).toEqual([false, []]);
    one.push([text('Hi')]);
    expect(one.committed).toBe(true);
    expect(log).toEqual(['open', 'write']);
    expect(written).toEqual([start, note, text(''), usage, text('Hi')]);
    one.push([text(' you')]);
    expect(log).toEqual(['open', 'write', 'write']);
  });

  it('a hold of so many tokens opens only after about so many', () => {
    const { delivery: one } = delivery({ kind: 'tokens', count: 5 });
    one.push([text('x'.repeat(19))]);
    expect(one.committed).toBe(false);
    one.push([text('x')]);
    expect(one.committed).toBe(true);
  });

  it('a token hold gives way to its limits, but never before there is content', () => {
    const { delivery: events } = delivery({ kind: 'tokens', count: 1_000_000 });
    events.push(Array.from({ length: MAX_HELD_EVENTS + 10 }, () => note));
    expect(events.committed).toBe(false);
    events.push([text('x')]);
    expect(events.committed).toBe(true);
    const { delivery: bytes } = delivery({ kind: 'tokens', count: 1_000_000 });
    bytes.push([text('x'.repeat(MAX_HELD_BYTES))]);
    expect(bytes.committed).toBe(true);
  });

  it('pings beyond what is held are dropped; they never open the answer', () => {
    const { delivery: one, written } = delivery();
    one.push([start, ...Array.from({ length: MAX_HELD_EVENTS * 3 }, () => note)]);
    expect(one.committed).toBe(false);
    one.push([text('Hi')]);
    expect(written).toHaveLength(MAX_HELD_EVENTS);
    expect([written.at(0), written.at(-1)]).toEqual([start, text('Hi')]);
  });

  it.each([
    ['a route that holds whole answers', { kind: 'whole-answer' } as const, true],
    ['a whole answer', FIRST, false],
  ])('%s never opens on the way', (_, hold, stream) => {
    const { delivery: one, written } = delivery(hold, stream);
    one.push([start, text('all of it'), finish, usage]);
    expect([one.committed, written]).toEqual([false, []]);
    expect(one.rest()).toEqual([start, text('all of it'), finish, usage]);
  });

  it('an answer too large to be held is a fault that says so', () => {
    const { delivery: one } = delivery({ kind: 'whole-answer' });
    expect(one.push([text('x'.repeat(MAX_WHOLE_ANSWER_BYTES))])).toBeUndefined();
    expect(one.push([text('x')])).toMatchObject({ kind: 'bad-response', what: 'too-large' });
  });
});

describe('a text in the place of another', () => {
  const citation: ChatEvent = {
    type: 'citation',
    citation: { start: 0, end: 2, native: { dialect: 'openai-chat', value: {} } },
  };
  const logprobs: ChatEvent = { type: 'logprobs', of: 'text', tokens: [{ token: 'a', logprob: -1, top: [] }] };
  const framed: ChatEvent = { ...text('So: {}'), frame: { kind: 'sse', data: 'So: {}' } };

  it('stands where the first piece stood, without frames and what was said of the former one', () => {
    const { delivery: one, written } = delivery({ kind: 'whole-answer' });
    one.push([start, framed, logprobs, citation, text(' Good?'), { ...text('Hi'), choice: 1 }, finish, usage]);
    expect(one.rewritten).toBe(false);
    one.replaceText(0, '{}');
    expect(one.rest()).toEqual([start, text('{}'), { ...text('Hi'), choice: 1 }, finish, usage]);
    expect(one.answer()).toEqual({
      id: 'x',
      parts: [{ type: 'text', text: '{}' }],
      finish: 'stop',
      usage: { outputTokens: 4 },
    });
    expect(one.rewritten).toBe(true);
    expect(written).toEqual([]);
    one.restart();
    expect(one.rewritten).toBe(false);
  });

  it('is refused once something was given away', () => {
    const { delivery: one } = delivery();
    one.push([text('So: {}'), finish]);
    expect(() => one.replaceText(0, '{}')).toThrow(/has part of this answer/);
  });
});

describe('the end of an answer', () => {
  it('is withheld from the finish on: the caller gets it once it is verified and recorded', () => {
    const { delivery: one, written } = delivery();
    one.push([start, text('Hi'), finish, usage, note]);
    expect(written).toEqual([start, text('Hi')]);
    expect(one.rest()).toEqual([finish, usage, note]);
  });

  const second = (piece: string): ChatEvent => ({ type: 'text', text: piece, choice: 1 });
  const secondFinish: ChatEvent = { type: 'finish', reason: 'stop', choice: 1 };

  it('of one alternative goes out once another goes on; the last end is withheld', () => {
    const { delivery: one, written } = delivery();
    one.push([start, text('Hi'), finish, usage]);
    expect(written).toEqual([start, text('Hi')]);
    one.push([second('Hello'), secondFinish, note]);
    expect(written).toEqual([start, text('Hi'), finish, usage, second('Hello')]);
    expect(one.rest()).toEqual([secondFinish, note]);
    expect(one.answers().map(({ answer: { parts, finish: reason } }) => [parts, reason])).toEqual([
      [[{ type: 'text', text: 'Hi' }], 'stop'],
      [[{ type: 'text', text: 'Hello' }], 'stop'],
    ]);
  });

  it('of one alternative does not go out where it must not pass for an answer', () => {
    const fault = { kind: 'contract-broken' as const, message: 'no' };
    const { delivery: one, written } = delivery(FIRST, true, ({ parts }) => (parts.length === 1 ? fault : undefined));
    one.push([text('Hi'), finish]);
    expect(one.push([second('Hello')])).toEqual(fault);
    expect(written).toEqual([text('Hi')]);
  });

  it('before the commit point: an alternative without content is held with the rest', () => {
    const { delivery: one, written } = delivery();
    one.push([start, finish]);
    expect([one.committed, one.rest()]).toEqual([false, [start, finish]]);
    one.push([second('Hello')]);
    expect(written).toEqual([start, finish, second('Hello')]);
  });

  it('of an attempt that broke after it is dropped when another goes on', () => {
    const { delivery: one } = delivery();
    one.push([text('Hi'), finish]);
    one.dropTail();
    expect(one.rest()).toEqual([]);
    one.push([text(' you'), usage, finish]);
    expect(one.sentText).toBe('Hi you');
    expect(one.rest()).toEqual([finish]);
  });
});

describe('a second attempt', () => {
  it('before the commit point starts from nothing', () => {
    const { delivery: one, written } = delivery();
    one.push([start, { type: 'usage', usage: { inputTokens: 99 } }, { type: 'reasoning', text: '' }]);
    one.restart();
    one.push([text('Hi')]);
    expect(written).toEqual([text('Hi')]);
    expect(one.answer()).toMatchObject({ parts: [{ type: 'text', text: 'Hi' }], usage: {} });
  });

  it('after the commit point forgets nothing', () => {
    const { delivery: one } = delivery();
    one.push([text('Hi')]);
    one.restart();
    expect(one.answer().parts).toEqual([{ type: 'text', text: 'Hi' }]);
    expect(one.sentText).toBe('Hi');
  });
});

describe('whatever comes in whatever packets', () => {
  it('the caller gets every event once, in order, and the same whatever the grouping', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: MAX_HELD_EVENTS - 2 }),
        fc.array(fc.nat(5)),
        holds,
        (events, sizes, hold) => {
          const whole = delivery(hold);
          whole.delivery.push(events);
          const sliced = delivery(hold);
          let at = 0;
          for (const size of [...sizes, events.length]) {
            sliced.delivery.push(events.slice(at, at + size));
            at += size;
          }
          for (const { delivery: one, written, log } of [whole, sliced]) {
            expect([...written, ...one.rest()]).toEqual(events);
            expect(log.filter((entry) => entry === 'open')).toHaveLength(one.committed ? 1 : 0);
            expect(written.some((event) => event.type === 'finish')).toBe(false);
          }
          expect(sliced.written).toEqual(whole.written);
          expect(sliced.delivery.answer()).toEqual(whole.delivery.answer());
          expect(sliced.delivery.sentText).toBe(whole.delivery.sentText);
          expect(sliced.delivery.sentMoreThanText).toBe(whole.delivery.sentMoreThanText);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a slow reader is waited for', async () => {
    let release: () => void = () => {};
    const sink = {
      open: () => {},
      write: () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    };
    const one = new Delivery(sink, { hold: FIRST, stream: true, verify: () => undefined }, () => OPENING);
    const taken = one.push([text('Hi')]);
    expect(taken).toBeInstanceOf(Promise);
    release();
    expect(await taken).toBeUndefined();
  });

  it('knows whether the caller has seen more than text', () => {
    const { delivery: one } = delivery();
    one.push([{ type: 'reasoning', text: 'hm' }, text('Hi')]);
    expect(one.sentMoreThanText).toBe(false);
    one.push([{ type: 'tool-call-start', index: 0, id: 'c', name: 'f' }]);
    expect(one.sentMoreThanText).toBe(true);
    const { delivery: alternatives } = delivery();
    alternatives.push([{ ...text('other'), choice: 1 }]);
    expect([alternatives.sentText, alternatives.sentMoreThanText]).toEqual(['', true]);
  });
});
