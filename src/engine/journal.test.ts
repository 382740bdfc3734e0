import { describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';

describe('a journal', () => {
  it('keeps the steps in order, with the time since the request began', () => {
    const journal = new Journal(1_000);
    journal.note({ type: 'eligible', target: 'a/b' }, 1_005);
    journal.note({ type: 'attempt', seq: 1, target: 'a/b' }, 1_007);
    // A request whose head was read a moment before the clock was asked must not show a negative time.
    journal.note({ type: 'stopped', reason: 'x' }, 999);
    expect(journal.decisions).toEqual([
      { type: 'eligible', target: 'a/b', atMs: 5 },
      { type: 'attempt', seq: 1, target: 'a/b', atMs: 7 },
      { type: 'stopped', reason: 'x', atMs: 0 },
    ]);
  });

  it('has an end', () => {
    const journal = new Journal(0);
    for (let i = 0; i < 600; i += 1) journal.note({ type: 'stopped', reason: String(i) }, i);
    expect(journal.decisions).toHaveLength(500);
    expect(journal.decisions.at(-1)).toMatchObject({ reason: '499' });
  });

  it('counts as its own what was spent neither on providers nor on waits, and never less than nothing', () => {
    const journal = new Journal(100);
    journal.leaves(100);
    journal.returns(350);
    expect(journal.overheadMs(360)).toBe(10);
    expect(journal.overheadMs(300)).toBe(0);
  });

  it('counts what happens at once only once', () => {
    const journal = new Journal(0);
    journal.leaves(10);
    journal.leaves(20);
    journal.returns(50);
    journal.returns(110);
    expect(journal.overheadMs(115)).toBe(15);
  });

  it('reports the last word on each target, in the order in which they were first met', () => {
    const journal = new Journal(0);
    journal.report({ target: 'a/b', reason: 'server-error' });
    journal.report({ target: 'c/d', reason: 'breaker-open' });
    journal.report({ target: 'a/b', reason: 'timed-out', message: 'late' });
    expect(journal.reports).toEqual([
      { target: 'a/b', reason: 'timed-out', message: 'late' },
      { target: 'c/d', reason: 'breaker-open' },
    ]);
  });
});
