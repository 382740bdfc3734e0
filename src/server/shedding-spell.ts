/** Shedding is over when nobody was refused for so long. */
const OVER_AFTER_MS = 2_000;

/** Refusals since the start, and what the last was for. */
export interface RefusalCount<Reason> {
  readonly refused: number;
  readonly reason: Reason | undefined;
}

export interface SpellMoved<Reason> {
  readonly to: 'began' | 'ended';
  /** What the last was refused for. */
  readonly reason: Reason;
  /** Refused since it began. */
  readonly refused: number;
  /** How long it lasted, in milliseconds; 0 at the beginning. */
  readonly ms: number;
}

/** Tells a spell of refusals by its begin and its end, so that a log has two lines of it and not one for each. */
export class SheddingSpell<Reason> {
  #before = 0;
  #seen = 0;
  #since: number | undefined;
  #lastAt = 0;

  /** Looks at the count at the monotonic moment `now`; undefined where nothing began or ended since the last look. */
  look(count: RefusalCount<Reason>, now: number): SpellMoved<Reason> | undefined {
    const { refused, reason } = count;
    const more = refused > this.#seen;
    const before = this.#seen;
    this.#seen = refused;
    if (reason === undefined) return undefined;
    if (more) {
      this.#lastAt = now;
      if (this.#since !== undefined) return undefined;
      this.#since = now;
      this.#before = before;
      return { to: 'began', reason, refused: refused - before, ms: 0 };
    }
    if (this.#since === undefined || now - this.#lastAt < OVER_AFTER_MS) return undefined;
    const ms = this.#lastAt - this.#since;
    this.#since = undefined;
    return { to: 'ended', reason, refused: refused - this.#before, ms };
  }
}
