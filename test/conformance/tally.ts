/** Counts what became of many exchanges, by class. */
export class Tally {
  readonly #counts = new Map<string, number>();
  /** What no rule explains, with the name of the exchange. */
  readonly surprises: string[] = [];
  #total = 0;

  /** An outcome that begins with `SURPRISE` is none that anybody expected. */
  add(outcome: string, id: string): void {
    this.#total += 1;
    const surprising = outcome.startsWith('SURPRISE');
    if (surprising) this.surprises.push(`${id}: ${outcome}`);
    const name = surprising ? 'SURPRISE' : outcome;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Part of all outcomes, those of the second name aside, whose name matches; from 0 to 1. */
  share(name: RegExp, aside: RegExp): number {
    let [matching, counted] = [0, 0];
    for (const [outcome, count] of this.#counts) {
      if (aside.test(outcome)) continue;
      counted += count;
      if (name.test(outcome)) matching += count;
    }
    return counted === 0 ? 0 : matching / counted;
  }

  /** Outcomes whose name matches. */
  count(name: RegExp): number {
    let matching = 0;
    for (const [outcome, count] of this.#counts) if (name.test(outcome)) matching += count;
    return matching;
  }

  print(): string {
    const lines = [...this.#counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `  ${count} × ${name}`);
    return [`${this.#total} exchanges`, ...lines].join('\n');
  }
}

/** Does the work for all items, some at a time. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>, atOnce = 6): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
