import { STORAGE_DEFAULT } from '../config/defaults.ts';
import type { SecretRef } from '../config/secret-ref.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import { CommandError } from './output.ts';

/** The ledger's file: the one named on the command line, or the configured one. */
export async function ledgerFile(options: {
  config?: string | undefined;
  storage?: string | undefined;
}): Promise<string> {
  if (options.storage !== undefined) return fileOf(options.storage);
  const resolved = await loadResolved(options.config);
  return resolved?.storage.file ?? fileOf(STORAGE_DEFAULT);
}

/** The key that the configuration seals the ledger with; undefined where there is none. @throws SecretError */
export async function configuredSealKey(config: string | undefined): Promise<string | undefined> {
  const reference = (await loadResolved(config))?.storage.sealKey;
  return reference && sealKeyIn(reference);
}

/** @throws SecretError */
export async function sealKeyIn(reference: SecretRef): Promise<string> {
  const { readSealKey } = await import('../read-secrets.ts');
  return readSealKey(reference);
}

function fileOf(url: string): string {
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) return url.slice('sqlite:'.length);
  throw new CommandError(EXIT.usage, `--storage must be written sqlite:path, e.g. ${STORAGE_DEFAULT}`);
}
