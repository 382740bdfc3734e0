import { isLedgerError, LedgerError } from './ledger-error.ts';

/** Result codes of SQLite, see https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
const NOTADB = 26;

const ABOUT_ONE_ROW = new Set([TOOBIG, CONSTRAINT, MISMATCH]);

/** True for an error that this one row brought about: the rest of its batch can still be written. */
export function isAboutOneRow(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code === undefined ? error instanceof TypeError : ABOUT_ONE_ROW.has(code);
}

/** True when somebody else holds the lock: worth trying again. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/** Names what a driver's or file system's error means for this file. */
export function toLedgerError(file: string, error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  const said = error instanceof Error ? error.message : String(error);
  switch (sqliteCodeOf(error)) {
    case NOTADB:
      return new LedgerError(
        'not-a-ledger',
        `${file} is not an SQLite database. Name another file, or move this one away.`,
      );
    case CORRUPT:
      return new LedgerError(
        'damaged',
        `${file} is damaged (${said}). Restore a backup, or move it away to begin a new ledger.`,
      );
    case READONLY:
    case CANTOPEN:
      return new LedgerError(
        'unwritable',
        `${file} cannot be opened for writing (${said}). Its folder must be writable too: SQLite keeps two more files beside it.`,
      );
    case BUSY:
    case LOCKED:
      return new LedgerError('busy', `${file} is locked by another process (${said}).`);
    case IOERR:
      return new LedgerError('write-failed', `${file} cannot be read or written (${said}).`);
    case FULL:
      return new LedgerError('write-failed', `${file} cannot grow: the disk is full (${said}).`);
    default:
      return fromFileSystem(file, error, said);
  }
}

const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EISDIR', 'EEXIST']);

function fromFileSystem(file: string, error: unknown, said: string): LedgerError {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== undefined && UNWRITABLE.has(code)) {
    return new LedgerError('unwritable', `${file} cannot be created: ${said}`);
  }
  return new LedgerError('write-failed', `${file}: ${said}`);
}

/**
 * The primary SQLite result code of an error, e.g. 5 for SQLITE_BUSY; undefined for any other error.
 * `node:sqlite` has it as `errcode`, libsql as `rawCode`, and libsql's errors of opening only in their text.
 * @see https://www.sqlite.org/rescode.html
 */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errcode, rawCode } = error as { errcode?: unknown; rawCode?: unknown };
  const extended = typeof errcode === 'number' ? errcode : rawCode;
  if (typeof extended === 'number') return extended & 0xff;
  const opening = /Unable to open connection .*: (\d+)/.exec(error.message);
  return opening ? Number(opening[1]) & 0xff : undefined;
}
