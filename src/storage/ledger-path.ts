import { resolve } from 'node:path';
import { LedgerError } from './ledger-error.ts';

/**
 * The absolute path of a ledger. A database in memory is refused: reader and writer are two connections, and would see
 * two of them. So are URLs, which one of the drivers would take for a remote database.
 * @throws LedgerError `bad-query`
 */
export function ledgerPath(file: string): string {
  if (file === '' || file.includes(':memory:') || file.includes('\0') || /^[a-z][a-z0-9+.-]+:/i.test(file)) {
    throw new LedgerError('bad-query', `file must be a path on a local disk, not "${file}".`);
  }
  return resolve(file);
}
