import type { ModelReported, ReceiptRevoked, ReceiptSeen } from '../engine/record.ts';
import type { ReceiptRow } from './ledger-row.ts';
import type { SealChain } from './seal-chain.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { storableCells } from './stored-text.ts';

/** Longest reason that is kept, in characters. */
const maxReasonChars = 500;

const INSERT_RECEIPT = `insert into receipts (id, at, subject, target, verdict, measured_at, expires_at, body)
  values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`;
/** Rows of two processes may come in any order: the later moment counts. */
const UPSERT_REVOCATION = `insert into receipt_revocations (subject, target, prompt_version, at, why, seal) values (?, ?, ?, ?, ?, ?)
  on conflict (subject, target, prompt_version) do update set at = excluded.at, why = excluded.why, seal = excluded.seal
  where excluded.at > receipt_revocations.at`;
const UPSERT_MODEL = `insert into reported_models (target, model, at) values (?, ?, ?)
  on conflict (target) do update set model = excluded.model, at = excluded.at where excluded.at >= reported_models.at`;

/** The writing side of what is known of receipts. Rows are rare, so no statement is kept. Revocations are sealed. */
export class ReceiptTables {
  readonly #connection: SqliteConnection;
  readonly #chain: SealChain;

  constructor(connection: SqliteConnection, chain: SealChain) {
    this.#connection = connection;
    this.#chain = chain;
  }

  write(entry: ReceiptRow, seal: number): void {
    switch (entry.kind) {
      case 'receipt-seen':
        this.#run(INSERT_RECEIPT, seenCells(entry.row));
        return;
      case 'receipt-revoked': {
        const cells = revokedCells(entry.row);
        if (this.#run(UPSERT_REVOCATION, [...cells, seal]) > 0) this.#chain.addStored('v', cells.slice(0, 3));
        return;
      }
      case 'model-reported':
        this.#run(UPSERT_MODEL, modelCells(entry.row));
        return;
    }
  }

  #run(sql: string, cells: SqlValue[]): number {
    return Number(this.#connection.prepare(sql).run(cells).changes);
  }
}

function seenCells(row: ReceiptSeen): SqlValue[] {
  const moments = [Math.round(row.measuredAt), Math.round(row.expiresAt)];
  return [row.id, Math.round(row.at), row.subject, row.target, row.verdict, ...moments, row.body];
}

function revokedCells(row: ReceiptRevoked): SqlValue[] {
  return storableCells([
    row.subject,
    row.target,
    row.promptVersion,
    Math.ceil(row.at),
    row.why.slice(0, maxReasonChars),
  ]);
}

function modelCells(row: ModelReported): SqlValue[] {
  return [row.target, row.model, Math.round(row.at)];
}
