import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/kit/virtual-clock.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { enterGate } from './gate-wait.ts';
import { Lane } from './lane.ts';

function lane(limits = { concurrency: 1, queue: 1, queueMs: 500 }): Lane {
  return new Lane('alpha/one', limits, { breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET }, 0, {
    onMove: () => {},
    target: 'alpha/one',
  });
}

const never = () => new AbortController().signal;

describe('a lane’s gate', () => {
  it('with room is entered at once, without a timer', async () => {
    const clock = new VirtualClock();
    const one = lane();
    expect(await enterGate(one, { maxMs: 100, party: '', signal: never() }, clock)).toBe('entered');
    expect([one.gate.active, clock.pending]).toEqual([1, 0]);
  });

  it('that is taken is waited for, and the place is handed over', async () => {
    const clock = new VirtualClock();
    const one = lane();
    await enterGate(one, { maxMs: 100, party: '', signal: never() }, clock);
    const waiting = enterGate(one, { maxMs: 400, party: '', signal: never() }, clock);
    await clock.advance(300);
    one.gate.leave();
    expect(await waiting).toBe('entered');
    expect([one.gate.active, one.gate.waiting, clock.pending]).toEqual([1, 0, 0]);
  });

  it('is waited for no longer than the caller has, nor than the lane allows', async () => {
    for (const [maxMs, until] of [
      [200, 200],
      [9_000, 500],
    ] as const) {
      const clock = new VirtualClock();
      const one = lane();
      await enterGate(one, { maxMs: 100, party: '', signal: never() }, clock);
      const waiting = Promise.resolve(enterGate(one, { maxMs, party: '', signal: never() }, clock));
      expect(await clock.until(waiting)).toBe('timeout');
      expect(clock.now()).toBe(until);
      // Whoever gave up must not be handed the place: nobody would give it back.
      one.gate.leave();
      expect([one.gate.active, one.gate.waiting, clock.pending]).toEqual([0, 0, 0]);
    }
  });

  it('whose queue is full is not waited for', async () => {
    const clock = new VirtualClock();
    const one = lane();
    await enterGate(one, { maxMs: 100, party: '', signal: never() }, clock);
    const waiting = enterGate(one, { maxMs: 400, party: '', signal: never() }, clock);
    expect(await enterGate(one, { maxMs: 400, party: '', signal: never() }, clock)).toBe('full');
    one.gate.leave();
    expect(await waiting).toBe('entered');
  });

  it('is left by a caller who goes away while waiting', async () => {
    const clock = new VirtualClock();
    const one = lane();
    await enterGate(one, { maxMs: 100, party: '', signal: never() }, clock);
    const gone = new AbortController();
    const waiting = enterGate(one, { maxMs: 400, party: '', signal: gone.signal }, clock);
    gone.abort();
    expect(await waiting).toBe('gone');
    one.gate.leave();
    expect([one.gate.active, one.gate.waiting, clock.pending]).toEqual([0, 0, 0]);
    expect(await enterGate(one, { maxMs: 400, party: '', signal: gone.signal }, clock)).toBe('gone');
    expect(one.gate.active).toBe(0);
  });
});
