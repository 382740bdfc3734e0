import { describe, expect, test } from 'vitest';
import { DIALECT_NAMES } from '../../src/model/dialect-name.ts';
import { type Journey, travel } from '../kit/journey.ts';
import { seededChance } from '../kit/seeded-chance.ts';
import { FOUR, TEN } from '../kit/tempers.ts';
import type { Vendor } from '../kit/vendors.ts';

/** Requests of a conversation. */
const TURNS = 8;
const RANDOM_JOURNEYS = 500;

/** Every order of three in a row, gone through until the conversation ends. */
function windows(): Vendor[][] {
  return FOUR.flatMap((a) => FOUR.flatMap((b) => FOUR.map((c) => cycle([a, b, c]))));
}

function cycle(few: readonly Vendor[]): Vendor[] {
  return Array.from({ length: TURNS }, (_, turn) => few[turn % few.length]).filter((one) => one !== undefined);
}

async function mishapsOf(journeys: readonly Journey[]): Promise<string[]> {
  const mishaps: string[] = [];
  for (const journey of journeys) {
    const { caller, stream, forgetful, restarts } = journey;
    const how = [caller, stream && 'streamed', forgetful && 'forgetful', restarts && 'restarts'].filter(Boolean);
    for (const mishap of await travel(journey)) mishaps.push(`[${how.join(', ')}] ${mishap}`);
  }
  return mishaps;
}

const callers = DIALECT_NAMES.flatMap((caller) => [
  { caller, stream: false },
  { caller, stream: true },
]);

describe.each(callers)('eight turns of a caller of $caller, streamed: $stream', { timeout: 120_000 }, (caller) => {
  test('in every order of three dialects, whatever the client keeps of an answer', async () => {
    const journeys = windows().flatMap((vendors) =>
      [true, false].map((forgetful) => ({ ...caller, forgetful, restarts: false, vendors })),
    );
    expect(journeys.length).toBe(128);
    expect(await mishapsOf(journeys)).toEqual([]);
  });

  test('with a gateway that forgets everything between two requests', async () => {
    const journeys = windows().map((vendors) => ({ ...caller, forgetful: false, restarts: true, vendors }));
    expect(await mishapsOf(journeys)).toEqual([]);
  });
});

/** Conversations of any caller through any of the ten, in any order. */
function randomJourneys(count: number, seed: number, restarts: boolean): Journey[] {
  const chance = seededChance(seed);
  const any = <Item>(list: readonly Item[]): Item => {
    const item = list[Math.floor(chance.next() * list.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  return Array.from({ length: count }, () => ({
    ...any(callers),
    forgetful: !restarts && chance.next() < 0.5,
    restarts,
    vendors: Array.from({ length: TURNS }, () => any(TEN)),
  }));
}

test(`${RANDOM_JOURNEYS} conversations of any caller, through any of ten providers in any order`, async () => {
  expect(await mishapsOf(randomJourneys(RANDOM_JOURNEYS, 20_261_121, false))).toEqual([]);
}, 120_000);

test('state whose maker nobody remembers is tried, and left out once it is refused', async () => {
  expect(await mishapsOf(randomJourneys(200, 4_711, true))).toEqual([]);
}, 120_000);
