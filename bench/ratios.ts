import type { Figure } from './figure.ts';

/** Which figures: one a round. */
export interface Selection {
  readonly scenario: string;
  readonly contestant: string;
  readonly metric: string;
}

export function select(figures: readonly Figure[], { scenario, contestant, metric }: Selection): Figure[] {
  return figures.filter(
    (each) => each.scenario === scenario && each.contestant === contestant && each.metric === metric,
  );
}

/** One as a multiple of the other, within each round that has both: what else the machine did met both alike. */
export function ratiosOf(figures: readonly Figure[], of: Selection, beside: Selection): number[] {
  const yardstick = new Map(select(figures, beside).map(({ round, value }) => [round, value]));
  return select(figures, of).flatMap(({ round, value }) => {
    const other = yardstick.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
}

/** The middle of some values, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Undefined of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return undefined;
  const half = sorted.length / 2;
  const middle = [sorted[Math.floor(half)] ?? low, sorted[Math.ceil(half) - 1] ?? low];
  return { median: middle.reduce((sum, value) => sum + value, 0) / 2, low, high };
}

export function valuesOf(figures: readonly Figure[], of: Selection): number[] {
  return select(figures, of).map(({ value }) => value);
}
