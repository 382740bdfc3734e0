import type { ModelReported, ReceiptRevoked, ReceiptSeen } from '../engine/record.ts';
import type { ReceiptRow } from './ledger-row.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** Longest reason that is kept, in characters. */
const maxReasonChars = 500;

const INSERT_RECEIPT = `insert into receipts (id, at, subject, target, verdict, measured_at, expires_at, body)
  values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`;
/** Rows of two processes may come in any order: the later moment counts. */
const UPSERT_REVOCATION = `insert into receipt_revocations (subject, target, prompt_version, at, why) values (?, ?, ?, ?, ?)
  on conflict (subject, target, prompt_version) do update set at = excluded.at, why = excluded.why
  where excluded.at > receipt_revocations.at`;
const UPSERT_MODEL = `insert into reported_models (target, model, at) values (?, ?, ?)
  on conflict (target) do update set model = excluded.model, at = excluded.at where excluded.at >= reported_models.at`;

/** The writing side of what is known of receipts. Rows are rare, so no statement is kept. */
export class ReceiptTables {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  write(entry: ReceiptRow): void {
    switch (entry.kind) {
      case 'receipt-seen':
        return this.#run(INSERT_RECEIPT, seenCells(entry.row));
      case 'receipt-revoked':
        return this.#run(UPSERT_REVOCATION, revokedCells(entry.row));
      case 'model-reported':
        return this.#run(UPSERT_MODEL, modelCells(entry.row));
    }
  }

  #run(sql: string, cells: SqlValue[]): void {
    this.#connection.prepare(sql).run(cells);
  }
}

function seenCells(row: ReceiptSeen): SqlValue[] {
  const moments = [Math.round(row.measuredAt), Math.round(row.expiresAt)];
  return [row.id, Math.round(row.at), row.subject, row.target, row.verdict, ...moments, row.body];
}

function revokedCells(row: ReceiptRevoked): SqlValue[] {
  return [row.subject, row.target, row.promptVersion, Math.ceil(row.at), row.why.slice(0, maxReasonChars)];
}

function modelCells(row: ModelReported): SqlValue[] {
  return [row.target, row.model, Math.round(row.at)];
}
