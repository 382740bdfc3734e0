import { Dice } from '../../src/simulator/chance.ts';

/** A row of chance that a seed repeats, with the questions that a search asks of it. */
export class Random extends Dice {
  /** A whole number from 0, below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}
