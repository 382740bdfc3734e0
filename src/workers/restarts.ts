/** A worker that served for this long has shown that it can. */
export const LIVED_MS = 10_000;
/** Deaths in a row of a worker that never lived so long; then its place stays empty. */
export const MAX_DEATHS = 6;
/** First pause, in milliseconds, doubled with every death in a row that comes after; a first death is made good at once. */
export const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

/** When a worker that has died is to be replaced: at once at first, later and later where it dies again, and then never. */
export class Restarts {
  #deaths = 0;

  /** Milliseconds to wait; undefined where it is given up. */
  afterDeath(livedMs: number): number | undefined {
    this.#deaths = livedMs >= LIVED_MS ? 1 : this.#deaths + 1;
    if (this.#deaths > MAX_DEATHS) return undefined;
    return this.#deaths === 1 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#deaths - 2));
  }
}
