/**
 * Counters and histograms of the hot path, in the Prometheus text format. A series is found once and added to from then on;
 * `prom-client` checks and hashes the labels at every addition, which costs more than all that is counted of a request.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export interface SumFamily {
  /** Help, type and every series. */
  text(): string;
}

/** A sum that only grows. */
export class CounterSeries {
  value = 0;

  /** @throws RangeError for what would make a counter fall, or no number. */
  add(amount: number): void {
    if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a counter takes an amount from 0 on, got ${amount}`);
    }
    this.value += amount;
  }
}

/** How often what was observed lay at or below each bound. */
export class HistogramSeries {
  readonly #bounds: readonly number[];
  /** Of each bound alone, and of what is above the last. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  /** @throws RangeError for what is no finite number. */
  observe(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`a histogram takes finite numbers, got ${value}`);
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** The series of one metric by the values of its labels. Their number is for the caller to bound. */
class Family<Series> {
  readonly #series = new Map<string, Series>();
  readonly #head: string;
  readonly #labels: readonly string[];

  constructor(
    head: { readonly name: string; readonly help: string; readonly type: string },
    labels: readonly string[],
  ) {
    this.#head = `# HELP ${head.name} ${head.help}\n# TYPE ${head.name} ${head.type}\n`;
    this.#labels = labels;
  }

  get(values: readonly string[], make: () => Series): Series {
    const key = this.#labels.map((label, at) => `${label}="${escaped(values[at] ?? '')}"`).join(',');
    const known = this.#series.get(key) ?? make();
    this.#series.set(key, known);
    return known;
  }

  text(lines: (series: Series, labels: string) => string): string {
    let text = this.#head;
    for (const [labels, series] of this.#series) text += lines(series, labels);
    return text;
  }
}

export class CounterFamily implements SumFamily {
  readonly #name: string;
  readonly #family: Family<CounterSeries>;

  constructor(name: string, help: string, labels: readonly string[]) {
    this.#name = name;
    this.#family = new Family({ name, help, type: 'counter' }, labels);
  }

  /** The series of these label values, in the order of the labels. */
  of(...values: string[]): CounterSeries {
    return this.#family.get(values, () => new CounterSeries());
  }

  text(): string {
    return this.#family.text(({ value }, labels) => `${this.#name}{${labels}} ${value}\n`);
  }
}

export class HistogramFamily implements SumFamily {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #family: Family<HistogramSeries>;

  /** `bounds` rise; what lies above the last is counted as well. */
  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = bounds;
    this.#family = new Family({ name, help, type: 'histogram' }, labels);
  }

  /** The series of these label values, in the order of the labels. */
  of(...values: string[]): HistogramSeries {
    return this.#family.get(values, () => new HistogramSeries(this.#bounds));
  }

  text(): string {
    return this.#family.text((series, labels) => this.#lines(series, labels));
  }

  #lines({ counts, sum }: HistogramSeries, labels: string): string {
    let text = '';
    let below = 0;
    for (const [at, count] of counts.entries()) {
      below += count;
      text += `${this.#name}_bucket{le="${this.#bounds[at] ?? '+Inf'}",${labels}} ${below}\n`;
    }
    return `${text}${this.#name}_sum{${labels}} ${sum}\n${this.#name}_count{${labels}} ${below}\n`;
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
