import type { Loss } from '../../model/loss.ts';

/** Most losses listed for one request; a long conversation can lose the same thing in every turn. */
export const maxLosses = 100;

/** Collects what an encode had to drop or change. */
export class LossList {
  readonly #losses: Loss[] = [];
  #more = 0;
  #moreMatters = false;

  add(field: string, why: string, matters = false): void {
    if (this.#losses.length < maxLosses) this.#losses.push({ field, why, matters });
    else {
      this.#more += 1;
      this.#moreMatters ||= matters;
    }
  }

  /** Dropped or changed, and the answer may suffer for it. */
  grave(field: string, why: string): void {
    this.add(field, why, true);
  }

  /** Dropped or changed without harm to the answer. */
  slight(field: string, why: string): void {
    this.add(field, why, false);
  }

  list(): Loss[] {
    if (this.#more === 0) return [...this.#losses];
    return [
      ...this.#losses,
      { field: '', why: `${this.#more} further losses are not listed`, matters: this.#moreMatters },
    ];
  }
}
