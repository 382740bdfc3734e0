import { openLedgerReader } from '../storage/ledger-reader.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { explainRequest } from './explain-request.ts';
import { ledgerFile } from './ledger-file.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy explain <request-id>`: the decision in words. */
export async function explain(
  options: { config?: string; storage?: string },
  output: Output,
  args: readonly string[],
): Promise<CommandOutcome> {
  const [id = ''] = args;
  const reader = openLedgerReader({ file: await ledgerFile(options) });
  try {
    const stored = await reader.request(id);
    if (!stored)
      throw new CommandError(
        EXIT.failed,
        `no request ${id} is in the ledger; \`understudy requests\` lists the newest`,
      );
    output.data(output.json ? JSON.stringify(stored, null, 2) : explainRequest(stored).join('\n'));
    return EXIT.ok;
  } finally {
    reader.close();
  }
}
