import type { Loss } from '../../model/loss.ts';

/** Collects what an encode had to drop or change. */
export class Losses {
  readonly #list: Loss[] = [];

  /** Dropped or changed, and the answer may suffer for it. */
  grave(field: string, why: string): void {
    this.#list.push({ field, why, matters: true });
  }

  /** Dropped or changed without harm to the answer. */
  slight(field: string, why: string): void {
    this.#list.push({ field, why, matters: false });
  }

  all(): readonly Loss[] {
    return this.#list;
  }
}
