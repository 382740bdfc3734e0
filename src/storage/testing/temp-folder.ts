import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for one test, and the function that removes it. */
export function tempFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'understudy-ledger-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
