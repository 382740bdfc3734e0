import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('timers run in the order of their moments, those of one moment in the order in which they were armed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 60 }),
      async (plan) => {
        const clock = new VirtualClock();
        const ran: number[] = [];
        const cancels = plan.map(([ms], at) => clock.setTimer(ms, () => ran.push(at)));
        for (const [at, [, cancelled]] of plan.entries()) if (cancelled) cancels[at]?.();
        expect(clock.pending).toBe(plan.filter(([, cancelled]) => !cancelled).length);
        await clock.advance(100);
        const wanted = plan
          .map(([ms, cancelled], at) => ({ ms, cancelled, at }))
          .filter(({ cancelled }) => !cancelled)
          .sort((one, other) => one.ms - other.ms || one.at - other.at)
          .map(({ at }) => at);
        expect(ran).toEqual(wanted);
        expect(clock.pending).toBe(0);
      },
    ),
  );
});

test('what a timer promises has settled before the next one runs, however long the chain', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const chain = async () => {
    for (let link = 0; link < 50; link += 1) await Promise.resolve();
    seen.push('settled');
  };
  clock.setTimer(10, () => void chain());
  clock.setTimer(10, () => seen.push('next'));
  await clock.advance(10);
  expect(seen).toEqual(['settled', 'next']);
});

test('a hundred thousand timers that were cancelled long before their moment are not kept', async () => {
  const clock = new VirtualClock();
  for (let at = 0; at < 100_000; at += 1) clock.setTimer(1e9, () => {})();
  expect(clock.pending).toBe(0);
  expect(clock.nextAt).toBeUndefined();
});

test('a frozen process finds every timer late, and none lost', async () => {
  const clock = new VirtualClock();
  const moments: number[] = [];
  for (const ms of [10, 20, 5_000]) clock.setTimer(ms, () => moments.push(clock.now()));
  clock.freeze(1_000);
  await clock.advance(0);
  expect(moments).toEqual([1_000, 1_000]);
  await clock.advance(4_000);
  expect(moments).toEqual([1_000, 1_000, 5_000]);
});

test('gives up on what never settles', async () => {
  const clock = new VirtualClock();
  await expect(clock.until(new Promise(() => {}), 1_000)).rejects.toThrow('still unsettled after 1000 ms');
});
