/** Of these one process knows as much as all, or a sum says nothing: the largest is told. */
const SHARED =
  /^understudy_(breaker_state|config_|quality_state|jobs_|job_webhooks_|nodejs_eventloop_lag|nodejs_version_info|process_max_fds)/;
/** Of these the first is told. */
const EARLIEST = /^understudy_process_start_time_seconds/;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** By name and labels of the sample. */
  readonly samples: Map<string, number>;
}

export type Families = Map<string, Family>;

/** Reads the Prometheus text format as far as our own exposition uses it: help, type, samples without timestamps. */
export function readFamilies(text: string): Families {
  const families: Families = new Map();
  let help = '';
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('# HELP ')) help = line.slice('# HELP '.length);
    else if (line.startsWith('# TYPE ')) {
      const [name = '', type = 'untyped'] = line.slice('# TYPE '.length).split(' ');
      current = { name, help: help.slice(name.length + 1), type, samples: new Map() };
      families.set(name, current);
    } else if (line !== '' && current) {
      const cut = line.lastIndexOf(' ');
      const value = line.slice(cut + 1);
      current.samples.set(line.slice(0, cut), value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value));
    }
  }
  return families;
}

/** Adds what one process tells to what is there already: counters and histograms are summed, and gauges, but for what all share. */
export function addFamilies(into: Families, from: Families, only?: 'counters'): void {
  for (const [name, { help, type, samples }] of from) {
    if (only === 'counters' && type !== 'counter' && type !== 'histogram') continue;
    const family = into.get(name) ?? { name, help, type, samples: new Map<string, number>() };
    into.set(name, family);
    for (const [key, value] of samples) {
      const before = family.samples.get(key);
      family.samples.set(key, before === undefined ? value : joined(name, before, value));
    }
  }
}

function joined(name: string, one: number, other: number): number {
  if (Number.isNaN(one)) return other;
  if (Number.isNaN(other)) return one;
  if (SHARED.test(name)) return Math.max(one, other);
  return EARLIEST.test(name) ? Math.min(one, other) : one + other;
}

export function writeFamilies(families: Families): string {
  let text = '';
  for (const { name, help, type, samples } of families.values()) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [key, value] of samples) text += `${key} ${written(value)}\n`;
    text += '\n';
  }
  return text;
}

function written(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
}
