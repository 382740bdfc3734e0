import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConcurrencyGate, type QueuedPlace } from './concurrency-gate.ts';

describe('a concurrency gate', () => {
  test('lets in as many as it has places, and queues as many as it has room for', () => {
    const gate = new ConcurrencyGate({ concurrency: 2, queue: 1 });
    expect([gate.tryEnter(), gate.tryEnter(), gate.tryEnter()]).toEqual([true, true, false]);
    expect(gate.enqueue(() => {})).toBeDefined();
    expect(gate.enqueue(() => {})).toBeUndefined();
    expect([gate.active, gate.waiting]).toEqual([2, 1]);
  });

  test('hands a place to the longest waiting, and nobody overtakes', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 9 });
    const woken: string[] = [];
    gate.tryEnter();
    for (const name of ['first', 'second', 'third']) gate.enqueue(() => woken.push(name));
    gate.leave();
    expect(woken).toEqual(['first']);
    expect(gate.tryEnter()).toBe(false);
    gate.leave();
    gate.leave();
    expect(woken).toEqual(['first', 'second', 'third']);
    gate.leave();
    expect([gate.active, gate.waiting]).toEqual([0, 0]);
  });

  test('parties take turns, each in the order in which it came', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 9 });
    const woken: string[] = [];
    gate.tryEnter();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) gate.enqueue(() => woken.push(name), name[0]);
    for (let places = 0; places < 7; places += 1) gate.leave();
    expect(woken).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  test('in a full queue the last of the longest line makes room for a shorter one, and for nobody else', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 4 });
    const told: string[] = [];
    const wait = (name: string) => gate.enqueue((granted) => told.push(`${name} ${granted}`), name[0]) !== undefined;
    gate.tryEnter();
    expect(['a1', 'a2', 'a3', 'a4'].map(wait)).toEqual([true, true, true, true]);
    expect([wait('a5'), wait('b1'), wait('b2'), wait('b3')]).toEqual([false, true, true, false]);
    expect(told).toEqual(['a4 false', 'a3 false']);
    expect(gate.waiting).toBe(4);
    for (let places = 0; places < 4; places += 1) gate.leave();
    expect(told.slice(2)).toEqual(['a1 true', 'b1 true', 'a2 true', 'b2 true']);
  });

  test('however many one party sends, another one that waits gets every second place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 20 }), (flood, few) => {
        const gate = new ConcurrencyGate({ concurrency: 1, queue: 100 });
        const woken: string[] = [];
        gate.tryEnter();
        for (let at = 0; at < flood; at += 1) gate.enqueue(() => woken.push('flood'), 'flood');
        for (let at = 0; at < few; at += 1) gate.enqueue(() => woken.push('few'), 'few');
        for (let places = 0; places < flood + few; places += 1) gate.leave();
        const both = Math.min(flood, few);
        expect(woken.slice(0, 2 * both).filter((party) => party === 'few')).toHaveLength(both);
        expect(woken).toHaveLength(flood + few);
        expect([gate.active, gate.waiting]).toEqual([1, 0]);
      }),
    );
  });

  test('a waiter that cancels is not woken, and gives its room back', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 1 });
    const woken: string[] = [];
    gate.tryEnter();
    const gone = gate.enqueue(() => woken.push('gone'));
    expect(gone?.cancel()).toBe(true);
    expect(gone?.cancel()).toBe(false);
    expect(gate.enqueue(() => woken.push('stays'))).toBeDefined();
    gate.leave();
    expect(woken).toEqual(['stays']);
  });

  test('cancelling after the place was granted says so', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 1 });
    gate.tryEnter();
    const place = gate.enqueue(() => {});
    gate.leave();
    expect(place?.cancel()).toBe(false);
    expect(gate.active).toBe(1);
  });

  test('a free place is granted at once, even with no room to wait', () => {
    const gate = new ConcurrencyGate({ concurrency: 1, queue: 0 });
    let granted = 0;
    const enter = () => gate.enqueue(() => (granted += 1));
    expect(enter()?.cancel()).toBe(false);
    expect(enter()).toBeUndefined();
    expect([granted, gate.active]).toEqual([1, 1]);
  });

  test('never above its limits, in whatever order callers come, cancel and go', () => {
    const act = fc.constantFrom('enter', 'queue', 'queue as another', 'cancel', 'leave');
    fc.assert(
      fc.property(fc.array(act), fc.integer({ min: 1, max: 4 }), fc.nat(5), (acts, concurrency, queue) => {
        const gate = new ConcurrencyGate({ concurrency, queue });
        const waiting = new Set<QueuedPlace>();
        let active = 0;
        for (const next of acts) {
          if (next === 'enter' && gate.tryEnter()) active += 1;
          if (next === 'queue' || next === 'queue as another') {
            const entry: { place?: QueuedPlace; told?: boolean } = {};
            entry.place = gate.enqueue((granted) => {
              entry.told = granted;
              if (granted) active += 1;
              if (entry.place) waiting.delete(entry.place);
            }, next);
            if (entry.place && entry.told === undefined) waiting.add(entry.place);
          }
          const [oldest] = waiting;
          if (next === 'cancel' && oldest) {
            expect(oldest.cancel()).toBe(true);
            waiting.delete(oldest);
          }
          if (next === 'leave' && active > 0) {
            active -= 1;
            gate.leave();
          }
          expect([gate.active, gate.waiting]).toEqual([active, waiting.size]);
          expect(active).toBeLessThanOrEqual(concurrency);
          expect(waiting.size).toBeLessThanOrEqual(queue);
          if (waiting.size > 0) expect(active).toBe(concurrency);
        }
      }),
    );
  });

  test('a place that nobody took cannot be given back', () => {
    expect(() => new ConcurrencyGate({ concurrency: 1, queue: 0 }).leave()).toThrow(RangeError);
  });

  test.each([
    [{ concurrency: 0, queue: 0 }, 'concurrency must be an integer of 1 or more, got 0'],
    [{ concurrency: 1, queue: -1 }, 'queue must be an integer of 0 or more, got -1'],
    [{ concurrency: 1.5, queue: 0 }, 'concurrency must be an integer of 1 or more, got 1.5'],
  ])('refuses %j', (options, message) => {
    expect(() => new ConcurrencyGate(options)).toThrow(new RangeError(message));
  });
});
