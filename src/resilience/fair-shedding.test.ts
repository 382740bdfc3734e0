import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededChance } from '../../test/kit/seeded-chance.ts';
import { fairLevel } from './fair-level.ts';
import { FairShedding } from './fair-shedding.ts';
import { memoryShare } from './memory-pressure.ts';
import { retrySpreadMs } from './retry-spread.ts';

const demands = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 20 });
const capacity = fc.double({ min: 0, max: 5_000, noNaN: true });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the fair level', () => {
  test.each([
    [[2, 8, 8], 12, 5],
    [[1, 1, 10], 6, 4],
    [[5], 3, 3],
    [[1, 2, 3], 6, Number.POSITIVE_INFINITY],
    [[], 0, Number.POSITIVE_INFINITY],
    [[4, 4], 0, 0],
  ])('of %j and a capacity of %s is %s', (wanted, room, level) => {
    expect(fairLevel(wanted, room)).toBe(level);
  });

  test('hands out all there is where there is too little, and nobody could get more but from somebody who has less', () => {
    fc.assert(
      fc.property(demands, capacity, (wanted, room) => {
        const level = fairLevel(wanted, room);
        const given = wanted.map((demand) => Math.min(demand, level));
        expect(sum(given)).toBeCloseTo(Math.min(room, sum(wanted)), 5);
        for (const [at, demand] of wanted.entries()) {
          const got = given[at] ?? 0;
          if (got < demand) expect(got).toBeGreaterThanOrEqual(Math.max(...given) - 1e-9);
        }
      }),
    );
  });

  test.each([
    [[-1], 1],
    [[1], Number.NaN],
  ])('refuses %j and %s', (wanted, room) => {
    expect(() => fairLevel(wanted, room)).toThrow(RangeError);
  });
});

/** Lets parties come at their rates, so many a window; gives the share of each that got in after the first windows. */
function letIn(rates: Readonly<Record<string, number>>, share: number, maxParties = 100): Record<string, number> {
  const chance = seededChance(7);
  const shedding = new FairShedding(maxParties);
  shedding.turn(share);
  const came: Record<string, number> = {};
  const got: Record<string, number> = {};
  for (let window = 0; window < 400; window += 1) {
    for (const [party, rate] of Object.entries(rates)) {
      for (let one = 0; one < rate; one += 1) {
        const shed = shedding.sheds(party, chance.next());
        if (window < 40) continue;
        came[party] = (came[party] ?? 0) + 1;
        if (!shed) got[party] = (got[party] ?? 0) + 1;
      }
    }
    shedding.turn(share);
  }
  return Object.fromEntries(Object.entries(came).map(([party, all]) => [party, (got[party] ?? 0) / all]));
}

describe('fair shedding', () => {
  test('takes it from the greedy one, and the others get all they ask for', () => {
    const shares = letIn({ greedy: 60, one: 3, two: 3, three: 4 }, 0.6);
    expect([shares.one, shares.two, shares.three]).toEqual([1, 1, 1]);
    expect(shares.greedy).toBeCloseTo(0.3, 1);
  });

  test('from all alike where all want the same', () => {
    const shares = letIn({ one: 20, two: 20, three: 20 }, 0.5);
    for (const share of Object.values(shares)) expect(share).toBeCloseTo(0.5, 1);
  });

  test('a crowd of parties counts as one beyond the limit, and is shed like one', () => {
    const crowd = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`p${at}`, 2]));
    const shares = letIn(crowd, 0.5, 10);
    expect(sum(Object.values(shares)) / 50).toBeCloseTo(0.5, 1);
  });

  test('when nothing is to be shed any more, everybody is let in and nobody is remembered', () => {
    const shedding = new FairShedding(5);
    shedding.turn(0.9);
    for (let at = 0; at < 20; at += 1) shedding.sheds(`p${at}`, 0.5);
    expect(shedding.parties).toBe(5);
    shedding.turn(0);
    expect([shedding.parties, shedding.sheds('p1', 0.999)]).toEqual([0, false]);
  });

  test('a party that stays away is forgotten', () => {
    const shedding = new FairShedding(5);
    shedding.turn(0.5);
    shedding.sheds('once', 0.1);
    for (let window = 0; window < 30; window += 1) shedding.turn(0.5);
    expect(shedding.parties).toBe(0);
  });
});

describe('memory', () => {
  test.each([
    [0, 0],
    [84, 0],
    [90, 0.5],
    [95, 1],
    [120, 1],
  ])('%s % of the limit sheds a share of %s', (used, share) => {
    expect(memoryShare(used, 100)).toBeCloseTo(share, 6);
  });

  test('a limit of nothing is refused', () => {
    expect(() => memoryShare(1, 0)).toThrow(RangeError);
  });
});

describe('coming back', () => {
  test('is spread the wider the more are refused, and never sooner than in a second', () => {
    expect([retrySpreadMs(1, 0), retrySpreadMs(1, 1), retrySpreadMs(0.5, 1)]).toEqual([1_000, 15_000, 8_000]);
  });

  test.each([0, 1.1])('a share of %s is refused', (share) => {
    expect(() => retrySpreadMs(share, 0)).toThrow(RangeError);
  });
});
