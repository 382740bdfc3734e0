import { parseSecretRef } from '../config/secret-ref.ts';
import { readCheckpoints } from '../storage/checkpoints.ts';
import { checkLedger, type LedgerCheck } from '../storage/ledger-check.ts';
import { type SealKey, sealKeyOf } from '../storage/seal.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { configuredSealKey, ledgerFile, sealKeyIn } from './ledger-file.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

interface VerifyOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly checkpoints?: string;
  readonly oldKey?: readonly string[];
}

/**
 * `understudy ledger verify`: whether the record is what the gateway wrote. Exit code 1 where it is not, 3 where nobody
 * can say: a key is missing, or the file has no chain.
 */
export async function ledgerVerify(options: VerifyOptions, output: Output): Promise<CommandOutcome> {
  const file = await ledgerFile(options);
  const checkpointFile = options.checkpoints ?? (await loadResolved(options.config))?.storage.checkpoints;
  const keys = await keysOf(options);
  // Before the ledger: what is checkpointed later need not be in the snapshot.
  const read = checkpointFile === undefined ? undefined : await readCheckpoints(checkpointFile);
  const check = checkLedger({
    file,
    keys,
    ...(read && { checkpoints: read.checkpoints }),
    onProgress: ({ seal, of }) => output.say(`seal ${seal} of ${of}`),
  });
  if (output.json) output.data(JSON.stringify({ file, ...check }, null, 2));
  else for (const line of linesOf(check, checkpointFile)) output.data(line);
  if (read && read.unreadable > 0) output.say(`${read.unreadable} lines of ${checkpointFile} are no checkpoints`);
  return exitOf(check);
}

async function keysOf({ config, oldKey = [] }: VerifyOptions): Promise<readonly SealKey[]> {
  const present = await configuredSealKey(config);
  const old = oldKey.map(async (text) => {
    const reference = parseSecretRef(text);
    if (!reference) throw new CommandError(EXIT.usage, `--old-key must be written env:NAME or file:/path`);
    return sealKeyIn(reference);
  });
  return [...(present === undefined ? [] : [present]), ...(await Promise.all(old))].map(sealKeyOf);
}

function exitOf({ verdict }: LedgerCheck): CommandOutcome {
  switch (verdict) {
    case 'whole':
      return EXIT.ok;
    case 'changed':
      return EXIT.failed;
    case 'unproven':
    case 'unsealed':
      return EXIT.inconclusive;
  }
}

function linesOf(check: LedgerCheck, checkpointFile: string | undefined): string[] {
  const lines = [verdictLine(check)];
  for (const { message } of check.findings) lines.push(`  ${message}`);
  const more = check.findingCount - check.findings.length;
  if (more > 0) lines.push(`  and ${more} more`);
  lines.push(`seals        ${check.seals === 0 ? 'none' : `${check.firstSeal} to ${check.lastSeal}`}`);
  lines.push(`sealed rows  ${check.sealedRows}`);
  if (check.olderRows > 0) lines.push(`older rows   ${check.olderRows}, from before there were seals: not proven`);
  lines.push(
    checkpointFile === undefined
      ? 'checkpoints  none: a missing end would not show (storage.checkpoints)'
      : `checkpoints  ${check.checkpoints}`,
  );
  return lines;
}

function verdictLine(check: LedgerCheck): string {
  switch (check.verdict) {
    case 'whole':
      return 'whole: every row is as it was sealed';
    case 'changed':
      return `CHANGED: ${check.findingCount} findings, the first of them first`;
    case 'unproven':
      return `unproven: nothing is wrong, but ${check.unprovenSeals} seals are made with a key that was not given (storage.sealKey, --old-key)`;
    case 'unsealed':
      return 'unsealed: the file is of an older version; the next start of the gateway begins a chain';
  }
}
