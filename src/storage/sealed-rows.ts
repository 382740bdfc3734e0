import { hash } from 'node:crypto';
import { ATTEMPT_ENDED, BEGUN, FAILOVER, REQUEST_ENDED, STARTED } from './row-cells.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** The tables whose rows are sealed, by the letter that stands for each in the body of a seal. */
export const SEALED_TAGS = ['r', 'a', 'f', 'o', 'b', 'v'] as const;
export type SealedTag = (typeof SEALED_TAGS)[number];

export interface SealedTable {
  readonly table: string;
  /** What one row is called in a sentence. */
  readonly noun: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** Every column but `seal`, in the order in which their values are digested. */
  readonly columns: readonly string[];
  /** SQL: whether a row is in its final state, and so must be sealed. */
  readonly final: string;
}

const names = (cells: readonly (readonly [string, unknown])[]) => cells.map(([column]) => column);

export const SEALED_TABLES: Readonly<Record<SealedTag, SealedTable>> = {
  r: {
    table: 'requests',
    noun: 'request',
    key: ['id'],
    columns: [...names(BEGUN), 'run', ...names(REQUEST_ENDED)],
    final: 'outcome is not null',
  },
  a: {
    table: 'attempts',
    noun: 'attempt',
    key: ['request_id', 'seq'],
    columns: [...names(STARTED), ...names(ATTEMPT_ENDED), 'losses'],
    final: `state <> 'reserved'`,
  },
  f: {
    table: 'failovers',
    noun: 'failover',
    key: ['request_id'],
    columns: [...names(FAILOVER), 'request_id', 'at'],
    final: 'true',
  },
  o: {
    table: 'operator_actions',
    noun: 'operator action',
    key: ['id'],
    columns: ['id', 'at', 'target', 'lane', 'action', 'until_at', 'by_key', 'reason', 'forced'],
    final: 'true',
  },
  b: {
    table: 'feedback',
    noun: 'feedback',
    key: ['request_id', 'caller'],
    columns: ['request_id', 'caller', 'at', 'score', 'complaint', 'comment', 'tags'],
    final: 'true',
  },
  v: {
    table: 'receipt_revocations',
    noun: 'revocation',
    key: ['subject', 'target', 'prompt_version'],
    columns: ['subject', 'target', 'prompt_version', 'at', 'why'],
    final: 'true',
  },
};

/**
 * Values as one text that no others have: JSON without its brackets, so that what a row held from its beginning and what
 * its end adds can be put together. Numbers are those of SQLite, which keeps no difference between 1 and 1.0, and stores
 * NaN as NULL.
 */
export function canonical(values: readonly SqlValue[]): string {
  return JSON.stringify(values).slice(1, -1);
}

/** 128 bits: nobody finds another row with the digest of a given one, and each line is a quarter shorter. */
const leafChars = 22;

/** The digest of one row: the beginning of the SHA-256 of what it holds, in base64url. `text`: as `canonical` gives it. */
export function leafOf(tag: SealedTag, text: string): string {
  return hash('sha256', tag + text, 'base64url').slice(0, leafChars);
}

const PLAIN = /^[\w.:/-]*$/;

/** What names a row, as it stands in the body of a seal: no space within a part, no line break at all. */
export function keyText(parts: readonly SqlValue[]): string {
  return parts.map((part) => partText(String(part))).join(' ');
}

export function partText(part: string): string {
  // Half of a surrogate pair cannot be encoded; SQLite stores it as U+FFFD.
  return PLAIN.test(part) ? part : encodeURIComponent(Buffer.from(part).toString());
}

export function keyParts(text: string): string[] {
  return text.split(' ').map((part) => decodeURIComponent(part));
}

/** A row for people: `attempt 2 of request abc`. */
export function rowName(tag: SealedTag, key: string): string {
  const [first = '', second = '', third = ''] = keyParts(key);
  switch (tag) {
    case 'r':
      return `request ${first}`;
    case 'a':
      return `attempt ${second} of request ${first}`;
    case 'f':
      return `the failover of request ${first}`;
    case 'o':
      return `operator action ${first}`;
    case 'b':
      return `the feedback of ${second === '' ? 'the caller' : second} on request ${first}`;
    case 'v':
      return `the revocation of ${first} at ${second}${third === '' ? '' : ` (prompt version ${third})`}`;
  }
}

/** A row as the file has it now. */
export interface SealedRow {
  /** Undefined where a column holds what is never written: bytes, or text after a NUL, which drivers do not show. */
  readonly text: string | undefined;
  /** 0: it was there before there were seals. Null: none yet. */
  readonly seal: number | null;
}

const SELECTS = Object.fromEntries(
  Object.entries(SEALED_TABLES).map(([tag, { table, key, columns }]) => {
    const hidden = columns.map((column) => `coalesce(instr(cast(${column} as blob), x'00'), 0)`).join(' + ');
    const where = key.map((column) => `${column} = ?`).join(' and ');
    return [tag, `select ${columns.join(', ')}, seal, ${hidden} as hidden from ${table} where ${where}`];
  }),
);

/** Undefined where there is none with this key. */
export function readSealedRow(
  connection: SqliteConnection,
  tag: SealedTag,
  key: readonly SqlValue[],
): SealedRow | undefined {
  const sql = SELECTS[tag];
  if (sql === undefined) throw new TypeError(`there is no sealed table "${tag}"`);
  const [row] = connection.prepare(sql).all([...key]) as Record<string, SqlValue>[];
  if (!row) return undefined;
  const values = SEALED_TABLES[tag].columns.map((column) => row[column] ?? null);
  const plain = row.hidden === 0 && values.every((value) => value === null || typeof value !== 'object');
  return { text: plain ? canonical(values) : undefined, seal: row.seal as number | null };
}
