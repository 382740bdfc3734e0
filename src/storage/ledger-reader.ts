import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import type { LedgerQueries } from './ledger-queries.ts';
import { openForReading } from './reading-connection.ts';
import type { RequestQuery } from './request-query.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';
import type { StoredRequest, StoredRequestRow } from './stored-request.ts';

export interface RequestPage {
  /** Newest first. */
  readonly rows: readonly StoredRequestRow[];
  /** Give it as `before` to read on; absent on the last page. */
  readonly next?: string;
}

/** Reads a ledger, beside a process that writes it or alone. Every answer is bounded and served by an index. */
export interface LedgerReader {
  /** Rejects with LedgerError `bad-query`, naming the field. */
  requests(query: RequestQuery): Promise<RequestPage>;
  /** Undefined where no such request is on record. */
  request(requestId: string): Promise<StoredRequest | undefined>;
  close(): void;
}

/**
 * Opens an existing ledger for reading only. Nothing is created, migrated or marked.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function openLedgerReader(options: { readonly file: string }): LedgerReader {
  const file = ledgerPath(options.file);
  return new SqliteReader(file, openForReading(file));
}

class SqliteReader implements LedgerReader {
  readonly #file: string;
  readonly #connection: SqliteConnection;
  #queries: Promise<LedgerQueries> | undefined;
  #closed = false;

  constructor(file: string, connection: SqliteConnection) {
    this.#file = file;
    this.#connection = connection;
  }

  requests(query: RequestQuery): Promise<RequestPage> {
    return this.#read((queries) => queries.requests(query));
  }

  request(requestId: string): Promise<StoredRequest | undefined> {
    return this.#read((queries) => queries.request(requestId));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #read<T>(task: (queries: LedgerQueries) => Promise<T>): Promise<T> {
    this.#queries ??= import('./ledger-queries.ts').then(({ LedgerQueries }) => new LedgerQueries(this.#connection));
    const queries = await this.#queries;
    if (this.#closed) throw new LedgerError('closed', 'The ledger is closed.');
    try {
      return await task(queries);
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }
}
