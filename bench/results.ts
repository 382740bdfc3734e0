import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Figure } from './figure.ts';
import type { LeftOut } from './roster.ts';

/** What a run has found, and where. Stored as JSON. */
export interface Results {
  /** ISO 8601. */
  readonly at: string;
  readonly node: string;
  readonly machine: Machine;
  readonly command: string;
  readonly rounds: number;
  /** Few requests, to see that everything works: the figures mean nothing. */
  readonly quick: boolean;
  /** By contestant. */
  readonly versions: Readonly<Record<string, string>>;
  readonly leftOut: readonly LeftOut[];
  /** What could not be measured to its end, and why: the run fails. */
  readonly failures: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Processes that ran or waited for a core, over the last minute, before the run began. */
  readonly loadBefore: number;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${process.platform} ${release()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** `24` of `v24.21.0`. */
export function majorOf({ node }: Pick<Results, 'node'>): string {
  return /^v(\d+)/.exec(node)?.[1] ?? node;
}

/** As it is stored: one figure a line, five digits of each. */
export function storedText({ figures, ...rest }: Results): string {
  const head = JSON.stringify(rest, null, 1).slice(0, -2);
  const lines = figures.map((each) => JSON.stringify({ ...each, value: Number(each.value.toPrecision(5)) }));
  return `${head},\n "figures": [\n  ${lines.join(',\n  ')}\n ]\n}\n`;
}
