import type { ModelReported, ReceiptRevoked } from '../engine/record.ts';
import type { ReceiptRevocationsTable, ReceiptsTable, ReportedModelsTable } from './schema.ts';
import { pageSize, TableReader } from './table-reader.ts';

/** Most rows of one answer. */
const maxRows = 10_000;

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
  return new SqliteReceiptReader(new TableReader(options.file, 'reported_models'));
}

class SqliteReceiptReader implements ReceiptReader {
  readonly #tables: TableReader;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  revocations(): readonly ReceiptRevoked[] {
    const rows = this.#tables.read<ReceiptRevocationsTable>(
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
    const rows = this.#tables.read<ReportedModelsTable>(
      'select * from reported_models order by at desc, target limit ?',
      [maxRows],
    );
    return rows.map(({ target, model, at }) => ({ target, model, at }));
  }

  history(subject: string, limit: number): readonly StoredReceipt[] {
    const rows = this.#tables.read<ReceiptsTable>(
      'select * from receipts where subject = ? order by measured_at desc, id limit ?',
      [subject, pageSize(limit)],
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
    this.#tables.close();
  }
}
