import { LedgerError } from './ledger-error.ts';
import type { RunIdentity } from './run-lease.ts';
import type { SealsTable } from './schema.ts';
import { digestOf, lineText, NO_SEAL, rowLine, type Seal, type SealKey, type SealLine } from './seal.ts';
import { keyText, leafOf, readSealedRow, SEALED_TABLES, SEALED_TAGS, type SealedTag } from './sealed-rows.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

const HEAD = 'select seq, digest, key_id from seals order by seq desc limit 1';
/** Nothing is appended where the seal before it is not the last one of the file. */
const APPEND = `insert into seals (seq, prev, key_id, run, at, rows, body, digest) select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
  where ?1 = 1 + (select coalesce(max(seq), 0) from seals)
  and (?1 = 1 or exists (select 1 from seals where seq = ?1 - 1 and digest = ?2))`;
/** Transactions that ask for the end of the chain first, after another process was found to write to it too. */
const askAfterClash = 64;

/** The last seal of a chain. */
export interface SealHead {
  readonly seq: number;
  readonly digest: string;
}

const NO_END: SealHead = { seq: 0, digest: NO_SEAL };

export interface SealChainOptions {
  readonly run: RunIdentity;
  readonly key?: SealKey;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Told when seals that this process wrote are gone from the file, or are others now. */
  readonly onCut: (message: string) => void;
}

/**
 * The writing end of the chain. Every transaction that brings rows into their final state ends with one seal over them,
 * so that the cost is that of one row for a batch. One chain for all processes on a file: SQLite's write lock orders
 * their transactions, and each goes on from the seal that it finds.
 */
export class SealChain {
  readonly #connection: SqliteConnection;
  readonly #options: SealChainOptions;
  /** The end of the chain as far as is known: nobody asks the file as long as no other process writes to it. */
  #end: SealHead | undefined;
  #toAsk = 0;
  /** The last one that this process wrote. */
  #mine: SealHead | undefined;
  #body = '';
  #rows = 0;

  constructor(connection: SqliteConnection, options: SealChainOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Says in the chain that this process opened the file; begins the chain where there is none.
   * @throws LedgerError `seal-key` where the chain has a key and this process has none: its seals could be anybody's.
   */
  open(): void {
    this.transact(() => {
      const [head] = this.#connection.prepare(HEAD).all([]) as Pick<SealsTable, 'key_id'>[];
      if (head && head.key_id !== '' && !this.#options.key) {
        throw new LedgerError('seal-key', 'The ledger is sealed with a key: give it as storage.sealKey.');
      }
      if (!head) for (const tag of SEALED_TAGS) this.addLine({ kind: 'older', tag, rows: this.#olderRows(tag) });
      this.addLine({ kind: 'opened', run: this.#options.run.id });
    });
  }

  /** The last seal that this process wrote. */
  get head(): SealHead | undefined {
    return this.#mine;
  }

  /**
   * Runs a task as one transaction that ends with a seal over what the task adds; `seal`: the number it will have. The
   * task runs again where another process has sealed something meanwhile.
   */
  transact<T>(task: (seal: number) => T): T {
    const known = this.#end !== undefined && this.#toAsk === 0;
    if (this.#toAsk > 0) this.#toAsk -= 1;
    const done = known ? this.#try(task, this.#end ?? NO_END) : undefined;
    if (done) return done.result;
    if (known) this.#toAsk = askAfterClash;
    const again = this.#try(task, undefined);
    if (again) return again.result;
    throw new Error('the end of the chain of seals moved while this process held the write lock');
  }

  /** Undefined where the chain does not end as `end` says; without `end` the file is asked. */
  #try<T>(task: (seal: number) => T, known: SealHead | undefined): { readonly result: T } | undefined {
    this.#connection.prepare('begin immediate').run([]);
    try {
      const end = known ?? this.#ask();
      this.#body = '';
      this.#rows = 0;
      const result = task(end.seq + 1);
      const head = this.#body === '' ? end : this.#append(end);
      if (!head) {
        this.#rollback();
        return undefined;
      }
      this.#connection.prepare('commit').run([]);
      this.#end = head;
      if (head !== end) this.#mine = head;
      return { result };
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** Seals a row whose values are at hand as `canonical` text; `key`: as `keyText` gives it. */
  addRow(tag: SealedTag, key: string, text: string): void {
    this.#body += rowLine(tag, leafOf(tag, text), key);
    this.#rows += 1;
  }

  /** Seals a row as the file has it. Costs a query. */
  addStored(tag: SealedTag, key: readonly SqlValue[]): void {
    const row = readSealedRow(this.#connection, tag, key);
    if (!row) throw new TypeError(`${SEALED_TABLES[tag].noun} ${keyText(key)} is to be sealed and is not there`);
    this.addRow(tag, keyText(key), row.text ?? '');
  }

  /** Seals a row again with the digest that an earlier seal has of it, whatever the file has now. */
  carryOver(tag: SealedTag, leaf: string, key: string): void {
    this.#body += rowLine(tag, leaf, key);
    this.#rows += 1;
  }

  addLine(line: Exclude<SealLine, { kind: 'row' }>): void {
    this.#body += lineText(line);
  }

  #ask(): SealHead {
    const [head] = this.#connection.prepare(HEAD).all([]) as SealHead[];
    const end = head ?? NO_END;
    this.#expectMine(end);
    return { seq: end.seq, digest: end.digest };
  }

  #expectMine(end: SealHead): void {
    const mine = this.#mine;
    if (!mine || end.seq > mine.seq || (end.seq === mine.seq && end.digest === mine.digest)) return;
    this.#mine = undefined;
    this.#options.onCut(
      `The ledger ends with seal ${end.seq}, but this process had written seal ${mine.seq} with digest ${mine.digest}: ` +
        'somebody else has changed the file. Run understudy ledger verify.',
    );
  }

  /** Undefined where the chain does not end there. */
  #append(end: SealHead): SealHead | undefined {
    const { run, key, now } = this.#options;
    const seal: Seal = {
      seq: end.seq + 1,
      prev: end.digest,
      keyId: key?.id ?? '',
      run: run.id,
      at: now(),
      rows: this.#rows,
      body: this.#body,
    };
    const digest = digestOf(seal, key);
    const cells = [seal.seq, seal.prev, seal.keyId, seal.run, seal.at, seal.rows, seal.body, digest];
    const { changes } = this.#connection.prepare(APPEND).run(cells);
    return Number(changes) > 0 ? { seq: seal.seq, digest } : undefined;
  }

  #olderRows(tag: SealedTag): number {
    const { table, final } = SEALED_TABLES[tag];
    const [row] = this.#connection
      .prepare(`select count(*) as rows from ${table} where seal = 0 and ${final}`)
      .all([]) as {
      rows: number;
    }[];
    return row?.rows ?? 0;
  }

  #rollback(): void {
    try {
      this.#connection.exec('rollback');
    } catch {
      // A full disk or a failing one has SQLite roll back by itself; there is no transaction left then.
    }
  }
}
