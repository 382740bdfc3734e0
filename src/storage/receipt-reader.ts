import type { ModelReported, ReceiptRevoked } from '../engine/record.ts';
import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import { openForReading } from './reading-connection.ts';
import type { ReceiptRevocationsTable, ReceiptsTable, ReportedModelsTable } from './schema.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** Most rows of one answer. */
const maxRows = 10_000;
const maxPageRows = 200;

/** A receipt that some gateway on this file has read. Moments: wall clock, milliseconds since 1970. */
export interface StoredReceipt {
  readonly id: string;
  /** When it was first read. */
  readonly at: number;
  readonly subject: string;
  readonly target: string;
  readonly verdict: string;
  readonly measuredAt: number;
  readonly expiresAt: number;
}

/** Reads what is known of receipts. Every answer is bounded. */
export interface ReceiptReader {
  revocations(): readonly ReceiptRevoked[];
  /** The model that each target named last. */
  models(): readonly ModelReported[];
  /** Those of a subject (`prompt:name`, `route:name`) that were read, the newest evidence first; at most 200. */
  history(subject: string, limit: number): readonly StoredReceipt[];
  close(): void;
}

/**
 * Opens an existing ledger for reading only.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function openReceiptReader(options: { readonly file: string }): ReceiptReader {
  const file = ledgerPath(options.file);
  return new SqliteReceiptReader(file, openForReading(file));
}

class SqliteReceiptReader implements ReceiptReader {
  readonly #file: string;
  readonly #connection: SqliteConnection;
  readonly #hasReceipts: boolean;
  #closed = false;

  constructor(file: string, connection: SqliteConnection) {
    this.#file = file;
    this.#connection = connection;
    // A file of an older version is read as it is: it knows of no receipts.
    const found = connection.prepare(`select 1 from sqlite_master where name = 'reported_models'`).all([]);
    this.#hasReceipts = found.length > 0;
  }

  revocations(): readonly ReceiptRevoked[] {
    const rows = this.#read<ReceiptRevocationsTable>(
      'select * from receipt_revocations order by at desc, subject, target, prompt_version limit ?',
      [maxRows],
    );
    return rows.map(({ subject, target, prompt_version: promptVersion, at, why }) => ({
      subject,
      target,
      promptVersion,
      at,
      why,
    }));
  }

  models(): readonly ModelReported[] {
    const rows = this.#read<ReportedModelsTable>('select * from reported_models order by at desc, target limit ?', [
      maxRows,
    ]);
    return rows.map(({ target, model, at }) => ({ target, model, at }));
  }

  history(subject: string, limit: number): readonly StoredReceipt[] {
    if (!Number.isInteger(limit) || limit < 1 || limit > maxPageRows)
      throw new LedgerError('bad-query', `limit must be a whole number from 1 to ${maxPageRows}, not ${limit}.`);
    const rows = this.#read<ReceiptsTable>(
      'select * from receipts where subject = ? order by measured_at desc, id limit ?',
      [subject, limit],
    );
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      subject: row.subject,
      target: row.target,
      verdict: row.verdict,
      measuredAt: row.measured_at,
      expiresAt: row.expires_at,
    }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  #read<Row>(sql: string, cells: SqlValue[]): readonly Row[] {
    if (this.#closed) throw new LedgerError('closed', 'The ledger is closed.');
    if (!this.#hasReceipts) return [];
    try {
      return this.#connection.prepare(sql).all(cells) as Row[];
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }
}
