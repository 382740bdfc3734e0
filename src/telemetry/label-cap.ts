/** Keeps the number of label values bounded: names beyond the limit are all called `other`. */
export class LabelCap {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`LabelCap limit should be at least 1, got ${limit}`);
    this.#limit = limit;
  }

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#limit) return 'other';
    this.#known.add(name);
    return name;
  }
}
