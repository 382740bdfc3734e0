import Table from 'cli-table3';
import { CAPABILITY_NAMES, type CapabilityName } from '../model/capability.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import { catalogueRows, configuredRows, type ModelRow } from './model-rows.ts';
import { CommandError, type Output } from './output.ts';

interface ModelsOptions {
  readonly config?: string;
  readonly all?: boolean;
  readonly provider?: string;
  /** Abilities, comma-separated. */
  readonly can?: string;
  readonly minContext?: number;
}

/** `understudy models`: what is known of the configured targets, or of every catalogued model. Sends nothing to anybody. */
export async function models(options: ModelsOptions, output: Output): Promise<CommandOutcome> {
  const wanted = abilitiesOf(options.can);
  const rows = await rowsOf(options);
  const found = rows.filter((row) => {
    if (options.provider !== undefined && row.provider !== options.provider) return false;
    if (options.minContext !== undefined && (row.contextWindow ?? 0) < options.minContext) return false;
    return wanted.every((ability) => row.abilities[ability] === 'yes');
  });
  if (output.json) output.data(JSON.stringify({ models: found }, null, 2));
  else if (found.length > 0) print(found, output);
  if (found.length > 0) return EXIT.ok;
  output.say(
    `none of ${rows.length} models matches; what is unknown does not match, and can be stated in the configuration`,
  );
  return EXIT.failed;
}

async function rowsOf(options: ModelsOptions): Promise<ModelRow[]> {
  if (options.all) return catalogueRows();
  const config = await loadResolved(options.config);
  if (config) {
    const { parityForQuestions } = await import('../compose.ts');
    const { parity } = await parityForQuestions(config, () => Date.now());
    return configuredRows(config, parity);
  }
  throw new CommandError(
    EXIT.usage,
    'no configuration file and no provider key in the environment; --all shows every model that is known',
  );
}

function abilitiesOf(text: string | undefined): CapabilityName[] {
  const names = text === undefined ? [] : text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const known = CAPABILITY_NAMES.find((ability) => ability === name);
    if (known) return known;
    throw new CommandError(EXIT.usage, `--can: "${name}" is no ability; abilities are ${CAPABILITY_NAMES.join(', ')}`);
  });
}

interface Column {
  readonly head: string;
  /** Columns of least importance go first where the terminal is narrow. */
  readonly rank: number;
  readonly cell: (row: ModelRow) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'target', rank: 0, cell: (row) => row.target },
  { head: 'window', rank: 1, cell: (row) => tokens(row.contextWindow ?? row.maxInputTokens) },
  { head: 'output', rank: 4, cell: (row) => tokens(row.maxOutputTokens) },
  { head: 'tier', rank: 5, cell: (row) => row.tier ?? UNKNOWN },
  { head: 'region', rank: 6, cell: (row) => row.region ?? UNKNOWN },
  { head: 'kept, days', rank: 7, cell: (row) => String(row.retentionDays ?? UNKNOWN) },
  { head: '$/M in·out', rank: 3, cell: (row) => (row.price ? `${row.price.input}·${row.price.output}` : UNKNOWN) },
  { head: 'same model', rank: 8, cell: (row) => row.sameModel ?? UNKNOWN },
  { head: 'read on', rank: 9, cell: (row) => row.sources.at(-1)?.verifiedAt ?? UNKNOWN },
];

const UNKNOWN = 'unknown';
/** Columns of a terminal of which nobody says how wide it is. */
const USUAL_WIDTH = 120;
/** A terminal so narrow gets lines longer than itself. */
const LEAST_NOTES = 20;
/** What a table puts around each cell: a blank on either side, and a line. */
const AROUND_CELL = 3;

function print(rows: readonly ModelRow[], output: Output): void {
  const width = process.stdout.columns ?? (Number(process.env.COLUMNS) || USUAL_WIDTH);
  const { shown, left } = fitting(rows, width);
  const notes = Math.max(LEAST_NOTES, left - AROUND_CELL);
  const table = new Table({
    head: [...shown.map(({ head }) => head), 'abilities'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [...shown.map(() => null), notes + 2],
  });
  for (const row of rows) table.push([...shown.map(({ cell }) => cell(row)), abilityNotes(row)]);
  output.data(table.toString());
  const hidden = COLUMNS.filter((column) => !shown.includes(column)).map(({ head }) => head);
  if (hidden.length > 0) output.say(`left out for want of width: ${hidden.join(', ')}`);
  output.say('--json tells everything, with sources, languages and places');
}

/** The most important columns that leave room for the abilities. */
function fitting(rows: readonly ModelRow[], width: number): { shown: readonly Column[]; left: number } {
  const widths = new Map(
    COLUMNS.map((column) => [column, Math.max(column.head.length, ...rows.map((row) => column.cell(row).length))]),
  );
  let left = width - 1;
  const taken = new Set<Column>();
  for (const column of [...COLUMNS].sort((a, b) => a.rank - b.rank)) {
    const needs = (widths.get(column) ?? 0) + AROUND_CELL;
    if (column.rank > 0 && left - needs < LEAST_NOTES + AROUND_CELL) break;
    left -= needs;
    taken.add(column);
  }
  return { shown: COLUMNS.filter((column) => taken.has(column)), left };
}

/** Abilities that every request may need are always told; the rest only where something is known of them. */
const ALWAYS_TOLD: readonly CapabilityName[] = [
  'tools',
  'parallel-tools',
  'json-schema',
  'vision',
  'audio',
  'pdf',
  'reasoning',
  'prefill',
  'streaming',
];

function abilityNotes(row: ModelRow): string {
  const by = (value: string) => CAPABILITY_NAMES.filter((name) => row.abilities[name] === value);
  const unknown = by('unknown').filter((name) => ALWAYS_TOLD.includes(name));
  return [
    by('yes').join(', '),
    list('no', by('no')),
    list('unknown:', unknown),
    list('yours:', row.overridden),
    list('routes:', row.routes),
    list(
      'not for',
      row.barred.map(({ route, reason }) => `${route} (${reason})`),
    ),
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function list(word: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${word} ${names.join(', ')}`;
}

/** `1M`, `128k`, `131.072k`: short, and never rounded. */
function tokens(count: number | null): string {
  if (count === null) return UNKNOWN;
  if (count % 1_000_000 === 0) return `${count / 1_000_000}M`;
  return count % 1_000 === 0 ? `${count / 1_000}k` : String(count);
}
