/** Stable reasons of a `LedgerError`. */
export const LEDGER_ERROR_CODES = [
  /** No SQLite driver on this machine. */
  'driver-missing',
  /** Asked to read a file that is not there. */
  'file-absent',
  /** The file is no SQLite database, or one without our tables. */
  'not-a-ledger',
  /** The file was migrated by a newer version. */
  'newer-ledger',
  'damaged',
  /** The key of the seals is too short, or the file was sealed with one and none is given. */
  'seal-key',
  /** Folder or file may not be created or written. */
  'unwritable',
  /** Another process held the write lock for longer than the busy limit. */
  'busy',
  /** A batch could not be written, or nobody confirmed it in time. */
  'write-failed',
  /** This one row was refused: it contradicts what is stored, or its request is not on record. */
  'row-refused',
  'queue-full',
  'closed',
  /** An argument of a query is nonsense; the message names it. */
  'bad-query',
] as const;
export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** Every error of the storage layer. The message is one line for an engineer and names the file or the field. */
export class LedgerError extends Error {
  readonly isLedgerError = true;
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.name = 'LedgerError';
    this.code = code;
  }
}

/** Works across duplicated installs, where `instanceof` does not. */
export function isLedgerError(error: unknown): error is LedgerError {
  return error instanceof Error && (error as Partial<LedgerError>).isLedgerError === true;
}
