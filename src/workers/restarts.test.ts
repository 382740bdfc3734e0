import { expect, it } from 'vitest';
import { FIRST_PAUSE_MS, LIVED_MS, MAX_DEATHS, Restarts } from './restarts.ts';

it('a first death is made good at once, the next ones later and later, and then it is given up', () => {
  const restarts = new Restarts();
  const pauses = Array.from({ length: MAX_DEATHS + 1 }, () => restarts.afterDeath(100));
  expect(pauses).toEqual([
    0,
    FIRST_PAUSE_MS,
    2 * FIRST_PAUSE_MS,
    4 * FIRST_PAUSE_MS,
    8 * FIRST_PAUSE_MS,
    16 * FIRST_PAUSE_MS,
    undefined,
  ]);
});

it('one that has lived long begins anew, so that a death a day is always made good at once', () => {
  const restarts = new Restarts();
  for (let i = 0; i < MAX_DEATHS; i += 1) restarts.afterDeath(100);
  for (let i = 0; i < 3 * MAX_DEATHS; i += 1) expect(restarts.afterDeath(LIVED_MS)).toBe(0);
});
