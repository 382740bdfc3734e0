import type { Seal, SealLine } from './seal.ts';
import { linesOf } from './seal.ts';
import type { Finding } from './seal-findings.ts';
import {
  keyParts,
  keyText,
  leafOf,
  readSealedRow,
  rowName,
  SEALED_TABLES,
  SEALED_TAGS,
  type SealedTag,
} from './sealed-rows.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** Rows of one kind that are named one by one. */
const maxNamed = 20;

interface Missing {
  readonly seal: number;
  readonly tag: SealedTag;
  readonly key: string;
}

/** Compares every sealed row with its seal, and every row with the chain. */
export class RowCheck {
  readonly #connection: SqliteConnection;
  readonly #found: (finding: Finding) => void;
  /** Rows that are not there, until a later seal says that retention deleted them; by what they would go with. */
  readonly #missing = new Map<string, Missing[]>();
  /** Rows that name a later seal than one that lists them, until that seal lists them too. */
  readonly #moved = new Map<string, Missing>();
  readonly #matched: Record<SealedTag, number> = { r: 0, a: 0, f: 0, o: 0, b: 0, v: 0 };
  readonly #older: Record<SealedTag, number> = { r: 0, a: 0, f: 0, o: 0, b: 0, v: 0 };

  constructor(connection: SqliteConnection, found: (finding: Finding) => void) {
    this.#connection = connection;
    this.#found = found;
  }

  visit(seal: Seal, lines: readonly SealLine[]): void {
    // A row may reach its final state twice in one transaction: the last line tells it.
    const rows = new Map<string, Extract<SealLine, { kind: 'row' }>>();
    for (const line of lines) {
      if (line.kind === 'row') rows.set(`${line.tag} ${line.key}`, line);
      else if (line.kind === 'removed') this.#removed(seal.seq, line.tag, line.key);
      else if (line.kind === 'older') this.#older[line.tag] += line.rows;
    }
    for (const { tag, leaf, key } of rows.values()) this.#compare(seal.seq, tag, { leaf, key });
  }

  /** After the last seal. */
  end(): { readonly rows: number; readonly older: number } {
    for (const rows of this.#missing.values()) {
      for (const { seal, tag, key } of rows) {
        this.#tell('row-missing', seal, `${rowName(tag, key)} is missing`);
      }
    }
    for (const { seal, tag, key } of this.#moved.values()) {
      this.#tell(
        'row-altered',
        seal,
        `${rowName(tag, key)} names another seal than ${seal}, which does not know of it`,
      );
    }
    for (const tag of SEALED_TAGS) {
      this.#checkUnsealed(tag);
      this.#checkOlder(tag);
      this.#checkUnlisted(tag);
    }
    return { rows: sum(this.#matched), older: sum(this.#older) };
  }

  #compare(seq: number, tag: SealedTag, { leaf, key }: { readonly leaf: string; readonly key: string }): void {
    const row = readSealedRow(this.#connection, tag, keyParts(key));
    if (!row) {
      const group = groupOf(tag, key);
      const others = this.#missing.get(group);
      if (others) others.push({ seal: seq, tag, key });
      else this.#missing.set(group, [{ seal: seq, tag, key }]);
      return;
    }
    if (row.seal !== null && row.seal > seq) {
      // Sealed again later: that seal tells what the row is now.
      this.#moved.set(`${tag} ${key}`, { seal: seq, tag, key });
      return;
    }
    this.#moved.delete(`${tag} ${key}`);
    if (row.seal !== seq) {
      this.#tell('row-altered', seq, `${rowName(tag, key)} names seal ${row.seal ?? 'none'} and not ${seq} as its own`);
      return;
    }
    this.#matched[tag] += 1;
    if (row.text === undefined || leafOf(tag, row.text) !== leaf) {
      this.#tell('row-altered', seq, `${rowName(tag, key)} is not what was sealed`);
    }
  }

  #removed(seq: number, tag: SealedTag, key: string): void {
    this.#missing.delete(groupOf(tag, key));
    if (readSealedRow(this.#connection, tag, keyParts(key))) {
      this.#tell('row-returned', seq, `${rowName(tag, key)} was deleted by retention and is there again`);
    }
  }

  #checkUnsealed(tag: SealedTag): void {
    const { table, key, final } = SEALED_TABLES[tag];
    const rows = this.#all(`select ${key.join(', ')} from ${table} where seal is null and ${final} limit ${maxNamed}`);
    for (const row of rows) this.#tell('row-unsealed', 0, `${rowName(tag, nameIn(row, key))} has no seal`);
  }

  #checkOlder(tag: SealedTag): void {
    const { table, noun, final } = SEALED_TABLES[tag];
    const [row] = this.#all(`select count(*) as rows from ${table} where seal = 0 and ${final}`);
    const said = this.#older[tag];
    if (row?.rows === said) return;
    const message = `rows of kind ${noun} that claim to be older than the chain: ${row?.rows}, and ${said} were counted`;
    this.#tell('older-rows', 0, message);
  }

  /** Rows that name a seal which does not know of them. */
  #checkUnlisted(tag: SealedTag): void {
    const { table, key } = SEALED_TABLES[tag];
    const [row] = this.#all(`select count(*) as rows from ${table} where seal <> 0`);
    if (row?.rows === this.#matched[tag]) return;
    let named = 0;
    let seal: SqlValue = null;
    let listed: ReadonlySet<string> = new Set();
    for (const row of this.#all(`select ${key.join(', ')}, seal from ${table} where seal <> 0 order by seal`)) {
      if (row.seal !== seal) listed = this.#listedBy(row.seal ?? null);
      seal = row.seal ?? null;
      const name = nameIn(row, key);
      if (listed.has(`${tag} ${name}`) || this.#moved.has(`${tag} ${name}`)) continue;
      this.#tell('row-unsealed', 0, `${rowName(tag, name)} names seal ${seal}, which does not know of it`);
      named += 1;
      if (named === maxNamed) return;
    }
  }

  #listedBy(seal: SqlValue): ReadonlySet<string> {
    const listed = new Set<string>();
    const [row] = this.#all('select body from seals where seq = ?', [seal]);
    if (typeof row?.body !== 'string') return listed;
    for (const line of linesOf(row.body)) if (line?.kind === 'row') listed.add(`${line.tag} ${line.key}`);
    return listed;
  }

  #all(sql: string, values: readonly SqlValue[] = []): Record<string, SqlValue>[] {
    return this.#connection.prepare(sql).all([...values]) as Record<string, SqlValue>[];
  }

  #tell(kind: Finding['kind'], seal: number, message: string): void {
    this.#found({ kind, seal, message });
  }
}

/** Of a request, all that goes with it; of other rows, the row. */
function groupOf(tag: SealedTag, key: string): string {
  if (tag === 'o' || tag === 'v') return `${tag} ${key}`;
  const space = key.indexOf(' ');
  return space < 0 ? key : key.slice(0, space);
}

function nameIn(row: Readonly<Record<string, SqlValue>>, key: readonly string[]): string {
  return keyText(key.map((column) => row[column] ?? null));
}

function sum(counts: Readonly<Record<SealedTag, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
