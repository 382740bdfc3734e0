import { fairLevel } from './fair-level.ts';
import { requireCount, requireRandom } from './number-guards.ts';

/** What came from one party: in the window that is being counted, and on average in those before it. */
interface Arrivals {
  counted: number;
  average: number;
  /** Share of what comes from it that is let in. */
  letIn: number;
}

/** Weight of the window just counted against those before it. */
const NEWEST = 0.2;
/** A party from which on average less than this came in a window is forgotten. */
const FORGOTTEN = 0.05;

/**
 * Sheds a given share of all that comes and takes it from those from whom most comes: what may be let in is divided by max-min
 * fairness over the parties. Counts only while there is something to shed; bounded by `maxParties`, beyond which
 * newcomers count as one. Throws `RangeError` for fewer than one.
 */
export class FairShedding {
  readonly #maxParties: number;
  readonly #parties = new Map<string, Arrivals>();
  readonly #others: Arrivals = { counted: 0, average: 0, letIn: 1 };
  #share = 0;

  constructor(maxParties: number) {
    this.#maxParties = requireCount('maxParties', maxParties, 1);
  }

  get parties(): number {
    return this.#parties.size;
  }

  /** One arrival: whether it is shed. `random` from 0 to 1. */
  sheds(party: string, random: number): boolean {
    const arrivals = this.#of(party);
    arrivals.counted += 1;
    return requireRandom(random) >= arrivals.letIn;
  }

  /** A window of counting is over, and `share` of what comes next is to be shed; at 0 everything is forgotten. */
  turn(share: number): void {
    this.#share = share;
    if (share === 0) {
      this.#parties.clear();
      settle(this.#others, 0);
      this.#others.letIn = 1;
      return;
    }
    const all = [...this.#parties.values(), this.#others];
    for (const arrivals of all) settle(arrivals, arrivals.average * (1 - NEWEST) + arrivals.counted * NEWEST);
    for (const [party, { average }] of this.#parties) if (average < FORGOTTEN) this.#parties.delete(party);
    const demands = all.map(({ average }) => average);
    const level = fairLevel(demands, demands.reduce((sum, demand) => sum + demand, 0) * (1 - share));
    for (const arrivals of all) arrivals.letIn = this.#letIn(arrivals.average, level);
  }

  #letIn(average: number, level: number): number {
    return average === 0 ? 1 - this.#share : Math.min(1, level / average);
  }

  #of(party: string): Arrivals {
    const known = this.#parties.get(party);
    if (known) return known;
    if (this.#parties.size >= this.#maxParties) return this.#others;
    // Whoever is new has taken nothing yet; how much it will want shows in the next window.
    const arrivals = { counted: 0, average: 0, letIn: 1 - this.#share };
    this.#parties.set(party, arrivals);
    return arrivals;
  }
}

function settle(arrivals: Arrivals, average: number): void {
  arrivals.average = average;
  arrivals.counted = 0;
}
