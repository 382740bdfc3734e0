import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CASES, OURS, wayName, YARDSTICK } from './cases.ts';
import type { Figure } from './figure.ts';
import { ratiosOf, type Spread, spreadOf } from './ratios.ts';
import { CPU_A_REQUEST } from './run-cases.ts';

/** CPU through the gateway as a multiple of the bare proxy's, by case and way. */
export type CpuRatios = Readonly<Record<string, Spread>>;

/** What was measured when all was well, on one version of Node. */
export interface Baseline {
  /** ISO 8601. */
  readonly at: string;
  readonly cpu: string;
  readonly rounds: number;
  readonly ratios: CpuRatios;
}

export interface Regression {
  readonly what: string;
  readonly measured: Spread;
  readonly baseline: Spread;
  readonly limit: number;
}

/**
 * How far the median may lie above the highest round of the baseline. The baseline's own range says how far rounds of the
 * same program lie apart; two runs of it, of three rounds each, differ by less than this beyond that.
 */
export const TOLERANCE = 0.1;

const DIALECTS = ['openai-chat', 'anthropic-messages'] as const;
const FILE = fileURLToPath(new URL('baseline.json', import.meta.url));

export function cpuRatiosOf(figures: readonly Figure[]): CpuRatios {
  const found: Record<string, Spread> = {};
  for (const { name: scenario } of CASES) {
    for (const caller of DIALECTS) {
      const beside = { scenario, contestant: wayName(YARDSTICK, { caller, provider: caller }), metric: CPU_A_REQUEST };
      for (const provider of DIALECTS) {
        const contestant = wayName(OURS, { caller, provider });
        const spread = spreadOf(ratiosOf(figures, { ...beside, contestant }, beside));
        if (spread !== undefined) found[`${scenario}, ${contestant}`] = spread;
      }
    }
  }
  return found;
}

/**
 * What costs more than it did. What only one of the two has is passed over. On a busy machine single rounds go astray, and
 * a median of three with them: what has become dearer is so in its cheapest round too.
 */
export function regressionsOf(measured: CpuRatios, baseline: CpuRatios): Regression[] {
  return Object.entries(measured).flatMap(([what, spread]) => {
    const before = baseline[what];
    if (before === undefined) return [];
    const limit = before.high * (1 + TOLERANCE);
    const dearer = spread.median > limit && spread.low > before.median;
    return dearer ? [{ what, measured: spread, baseline: before, limit }] : [];
  });
}

/** By major version of Node; empty where nothing is stored yet. */
export function readBaselines(): Readonly<Record<string, Baseline>> {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
}

export function storeBaseline(major: string, { ratios, ...rest }: Baseline): void {
  const rounded = Object.fromEntries(
    Object.entries(ratios).map(([what, { median, low, high }]) => [
      what,
      { median: digits(median), low: digits(low), high: digits(high) },
    ]),
  );
  const all = { ...readBaselines(), [major]: { ...rest, ratios: rounded } };
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
}

const digits = (value: number) => Number(value.toPrecision(4));
