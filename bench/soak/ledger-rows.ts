import { openForReading } from '../../src/storage/reading-connection.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';

/** One row of a request, as the ledger has it. */
export interface RequestRow {
  readonly tag: string;
  /** Absent where it never ended. */
  readonly outcome: string | undefined;
  readonly durationMs: number | undefined;
}

/** What the callers saw and what the ledger holds, beside each other. */
export interface Reconciled {
  readonly rows: number;
  /** Requests that have two rows or more. */
  readonly doubled: number;
  /** Rows without an end. */
  readonly unended: number;
  /** Answers that were seen whole, or as errors, and have no row. */
  readonly missing: number;
  /** Rows of requests that were refused at the edge, or were never sent. */
  readonly uncalledFor: number;
  /** Rows that tell another end than the caller saw. */
  readonly contradicting: number;
  /** Rows with a negative duration. */
  readonly negative: number;
  /** The first few of everything that does not fit, in words. */
  readonly examples: readonly string[];
}

/** What a row may say of a request of which its caller saw this. `null`: no row at all. */
const FITTING: Readonly<Record<Outcome, readonly (string | null)[]>> = {
  unsent: [null],
  open: [],
  whole: ['served'],
  refused: ['failed'],
  // At the door it is nobody's request yet.
  shed: [null, 'failed'],
  broken: ['interrupted'],
  // Whoever leaves after the last byte was served; whoever leaves within its own body was never there.
  left: ['caller-gone', 'served', 'failed', 'interrupted', null],
  mistaken: [null],
  odd: ['served', 'failed', 'interrupted', 'caller-gone', null],
};

const MAX_EXAMPLES = 10;

export function rowsOf(ledgerFile: string): RequestRow[] {
  const connection = openForReading(ledgerFile);
  try {
    const found = connection.prepare('select tags, outcome, duration_ms from requests').all([]) as {
      tags: string;
      outcome: string | null;
      duration_ms: number | null;
    }[];
    return found.map(({ tags, outcome, duration_ms: durationMs }) => ({
      tag: (JSON.parse(tags) as string[])[0] ?? '',
      outcome: outcome ?? undefined,
      durationMs: durationMs ?? undefined,
    }));
  } finally {
    connection.close();
  }
}

/** `book`: what became of call n, by its number in `OUTCOMES`; `tag` stands before the numbers in the rows' tags. */
export function reconcile(rows: readonly RequestRow[], book: Uint8Array, tag: string): Reconciled {
  const counts = { doubled: 0, unended: 0, missing: 0, uncalledFor: 0, contradicting: 0, negative: 0 };
  const examples: string[] = [];
  const note = (what: keyof typeof counts, which: string) => {
    counts[what] += 1;
    if (examples.length < MAX_EXAMPLES) examples.push(`${what}: ${which}`);
  };
  const told = new Map<number, string>();
  for (const row of rows) {
    if (row.outcome === undefined) note('unended', row.tag);
    if ((row.durationMs ?? 0) < 0) note('negative', `${row.tag} ${row.durationMs} ms`);
    if (!row.tag.startsWith(tag)) continue;
    const number = Number(row.tag.slice(tag.length));
    if (told.has(number)) note('doubled', row.tag);
    told.set(number, row.outcome ?? 'unended');
  }
  for (const [number, code] of book.entries()) {
    const seen = OUTCOMES[code] ?? 'odd';
    const row = told.get(number) ?? null;
    if (FITTING[seen].includes(row)) continue;
    const which = `${tag}${number} seen as ${seen}, on record as ${row ?? 'nothing'}`;
    if (row === null) note('missing', which);
    else note(seen === 'mistaken' || seen === 'unsent' ? 'uncalledFor' : 'contradicting', which);
  }
  for (const number of told.keys()) if (number >= book.length) note('uncalledFor', `${tag}${number} was never sent`);
  return { rows: rows.length, ...counts, examples };
}
