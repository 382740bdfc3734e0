import { type Bounds, type Estimate, estimate, pairedDifference } from './statistics.ts';

/** How much of an experiment is run: `small` shows that it runs, `full` is what the report is made of. */
export type Scale = 'full' | 'small';

/** What one arm with one seed came to. Series are for plots and keep their length from seed to seed. */
export interface Measured {
  readonly numbers: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
}

export interface Chart {
  /** File name below docs/experiments, without its ending. */
  readonly file: string;
  readonly alt: string;
  readonly svg: string;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the report shows of one experiment, in order. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
}

/** One question that is put to the engine. An arm is one configuration; every arm is run with every seed. */
export interface Experiment {
  /** Names it on the command line and in the docs. */
  readonly name: string;
  readonly title: string;
  readonly arms: readonly string[];
  /** What every arm shares, in words, for the report. */
  readonly setting: readonly string[];
  measure(arm: string, seed: number, scale: Scale): Promise<Measured>;
  findings(results: Results): Findings;
}

/** All that one experiment measured, arm by arm in the order of the seeds. */
export class Results {
  readonly #byArm: ReadonlyMap<string, readonly Measured[]>;

  constructor(byArm: ReadonlyMap<string, readonly Measured[]>) {
    this.#byArm = byArm;
  }

  values(arm: string, name: string): number[] {
    return this.#of(arm).map(({ numbers }) => {
      const value = numbers[name];
      if (value === undefined) throw new RangeError(`arm "${arm}" has no measure "${name}"`);
      return value;
    });
  }

  of(arm: string, name: string, bounds: Bounds = NOT_NEGATIVE): Estimate {
    return estimate(this.values(arm, name), bounds);
  }

  /** Of a measure in percent. */
  share(arm: string, name: string): Estimate {
    return this.of(arm, name, { least: 0, most: 100 });
  }

  /** Against another arm, seed by seed. */
  gain(arm: string, baseline: string, name: string): Estimate {
    return pairedDifference(this.values(arm, name), this.values(baseline, name));
  }

  /** Mean over the seeds, point by point. */
  series(arm: string, name: string): number[] {
    const all = this.#of(arm).map(({ series }) => series?.[name] ?? []);
    const length = Math.min(...all.map((one) => one.length));
    return Array.from({ length }, (_, at) => all.reduce((sum, one) => sum + (one[at] ?? 0), 0) / all.length);
  }

  #of(arm: string): readonly Measured[] {
    const measured = this.#byArm.get(arm);
    if (!measured) throw new RangeError(`no arm "${arm}" was run`);
    return measured;
  }
}

const NOT_NEGATIVE: Bounds = { least: 0, most: Number.POSITIVE_INFINITY };

/** `12.3 (11.9–12.7)`: the mean with its 95 % interval, where there is more than one seed. */
export function shown({ mean, low, high }: Estimate, digits: number, unit = ''): string {
  const fixed = (value: number) =>
    value
      .toFixed(digits)
      .replace(/^-(0\.?0*)$/, '$1')
      .replace('-', '−');
  if (low === undefined || high === undefined) return `${fixed(mean)}${unit}`;
  return `${fixed(mean)}${unit} (${fixed(low)} to ${fixed(high)})`;
}
