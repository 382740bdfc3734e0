import { STARTED } from './row-cells.ts';
import { type RowStatement, STATEMENTS } from './row-statements.ts';
import type { SealChain } from './seal-chain.ts';
import { canonical, partText, type SealedTag } from './sealed-rows.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { storable } from './stored-text.ts';

/** Most beginnings that are remembered until their ends come; those beyond them are read back from the file. */
const maxBeginnings = 20_000;

/** What a row holds from its beginning, as canonical text. */
interface Beginning {
  readonly text: string;
  /** Of an attempt: what it lost, should its end not tell. */
  readonly losses: SqlValue;
}

/**
 * The writing side of requests, attempts and failovers. Rows are sealed with their ends. What their beginnings held is
 * remembered rather than read back: that costs less, and somebody who changes a row while its request runs is found out.
 */
export class RequestTables {
  readonly #connection: SqliteConnection;
  readonly #chain: SealChain;
  readonly #beginnings = new Map<string, Beginning>();

  constructor(connection: SqliteConnection, chain: SealChain) {
    this.#connection = connection;
    this.#chain = chain;
  }

  /** Gives why it was refused, or undefined. */
  write(statement: RowStatement, seal: number): string | undefined {
    const { kind, requestId, values } = statement;
    const last = values.length - 1;
    switch (kind) {
      case 'request-begun':
        this.#begin(partText(requestId), { text: textOf(values), losses: null });
        this.#run(statement);
        return undefined;
      case 'attempt-started':
        this.#begin(attemptKey(requestId, values[1]), {
          text: textOf(values, STARTED.length),
          losses: values[last] ?? null,
        });
        this.#run(statement);
        return undefined;
      case 'request-whole':
        this.#insert(statement, 'r', partText(requestId), seal);
        return undefined;
      case 'attempt-whole':
        this.#insert(statement, 'a', attemptKey(requestId, values[1]), seal);
        return undefined;
      case 'request-ended':
        return this.#endRequest(statement, seal);
      case 'attempt-ended':
        return this.#endAttempt(statement, seal);
      case 'failover':
        textOf(values);
        values[last - 1] = seal;
        if (this.#run(statement) > 0) this.#chain.addStored('f', [requestId]);
        return undefined;
    }
  }

  /** A row that begins and ends in this batch; one that is there already was written, and sealed, before a crash. */
  #insert(statement: RowStatement, tag: SealedTag, key: string, seal: number): void {
    const { values } = statement;
    const last = values.length - 1;
    const text = textOf(values, last);
    values[last] = seal;
    if (this.#run(statement) > 0) this.#chain.addRow(tag, key, text);
  }

  #endRequest(statement: RowStatement, seal: number): string | undefined {
    const { requestId, values } = statement;
    const sealAt = values.length - 2;
    const text = textOf(values, sealAt);
    values[sealAt] = seal;
    const key = partText(requestId);
    if (this.#run(statement) === 0) {
      return this.#isThere('select 1 from requests where id = ?', [requestId])
        ? undefined
        : `the beginning of request ${requestId} is not on record`;
    }
    const beginning = this.#take(key);
    if (beginning) this.#chain.addRow('r', key, `${beginning.text},${text}`);
    else this.#chain.addStored('r', [requestId]);
    return undefined;
  }

  #endAttempt(statement: RowStatement, seal: number): string | undefined {
    const { requestId, values } = statement;
    const seq = values[values.length - 1] ?? null;
    const sealAt = values.length - 3;
    const lossesAt = sealAt - 1;
    const text = textOf(values, lossesAt);
    values[sealAt] = seal;
    const key = attemptKey(requestId, seq);
    if (this.#run(statement) === 0) {
      return this.#isThere('select 1 from attempts where request_id = ? and seq = ?', [requestId, seq])
        ? undefined
        : `an attempt of request ${requestId} is not on record`;
    }
    const beginning = this.#take(key);
    if (!beginning) this.#chain.addStored('a', [requestId, seq]);
    else this.#chain.addRow('a', key, `${beginning.text},${text},${canonical([values[lossesAt] ?? beginning.losses])}`);
    return undefined;
  }

  #begin(key: string, beginning: Beginning): void {
    if (this.#beginnings.size >= maxBeginnings) {
      const oldest = this.#beginnings.keys().next();
      if (!oldest.done) this.#beginnings.delete(oldest.value);
    }
    this.#beginnings.set(key, beginning);
  }

  #take(key: string): Beginning | undefined {
    const beginning = this.#beginnings.get(key);
    if (beginning) this.#beginnings.delete(key);
    return beginning;
  }

  #isThere(sql: string, key: readonly SqlValue[]): boolean {
    return this.#connection.prepare(sql).all([...key]).length > 0;
  }

  // Plain SQL rather than the query builder, and each statement prepared once: these are the hot path, and building one
  // costs as much as running it.
  #run({ kind, values }: RowStatement): number {
    return Number(this.#connection.prepare(STATEMENTS[kind]).run(values).changes);
  }
}

function attemptKey(requestId: string, seq: SqlValue | undefined): string {
  return `${partText(requestId)} ${seq}`;
}

/**
 * Canonical text of the first values. What SQLite or a driver would not give back as it was written is replaced in all of
 * them first: JSON shows it as an escape.
 */
function textOf(values: SqlValue[], count = values.length): string {
  const text = canonical(values.slice(0, count));
  if (!text.includes('\\u')) return text;
  for (const [at, value] of values.entries()) if (typeof value === 'string') values[at] = storable(value);
  return canonical(values.slice(0, count));
}
