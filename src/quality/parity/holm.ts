/** Holm's step of one hypothesis among several. */
export interface HolmStep {
  /** Adjusted p-value: refuted at level α where it is α or less. */
  readonly p: number;
  /** What α is divided by at its step: the number of hypotheses for the smallest p-value, 1 for the largest. */
  readonly divisor: number;
}

/**
 * Step-down p-values that keep the chance of any false refutation at α over all of them, however they depend on each other.
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979) 65–70.
 */
export function holm(ps: readonly number[]): readonly HolmStep[] {
  const order = ps.map((_, index) => index).sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1));
  const steps: HolmStep[] = ps.map(() => ({ p: 1, divisor: 1 }));
  let highest = 0;
  order.forEach((index, rank) => {
    const divisor = ps.length - rank;
    highest = Math.max(highest, Math.min(1, divisor * (ps[index] ?? 1)));
    steps[index] = { p: highest, divisor };
  });
  return steps;
}
