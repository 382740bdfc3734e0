import type { Chance } from '../../src/engine/ports.ts';
import { seededChance } from '../kit/seeded-chance.ts';

/** Draws for the making of worlds. */
export class Dice {
  readonly #chance: Chance;

  constructor(seed: number) {
    this.#chance = seededChance(seed);
  }

  /** Uniform from `least` to `most`. */
  number(least: number, most: number): number {
    return least + this.#chance.next() * (most - least);
  }

  /** Whole, both ends included. */
  int(least: number, most: number): number {
    return Math.floor(this.number(least, most + 1));
  }

  /** True with this probability. */
  chance(share: number): boolean {
    return this.#chance.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.#chance.next() }))
      .sort((one, other) => one.at - other.at)
      .map(({ item }) => item);
  }
}
