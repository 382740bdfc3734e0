import type { ParityGrid } from '../engine/parity-grid.ts';
import type { RefusedReceipt } from '../rehearsal/receipts/receipt-files.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { gatewayClient } from './gateway-client.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';
import { parityText } from './parity-table.ts';

interface ParityOptions {
  readonly config?: string;
  readonly gateway?: string;
}

/** What is told of the evidence, by a gateway or from the files. */
export type ToldParity = ParityGrid & { readonly refused: readonly RefusedReceipt[] };

/** `understudy parity`: who may stand in for whom, and on what evidence. Exit code 1 where a strict route has no fallback. */
export async function parity(options: ParityOptions, output: Output): Promise<CommandOutcome> {
  const told = (await askedGateway(options, output)) ?? (await fromFiles(options));
  output.data(output.json ? JSON.stringify(told, null, 2) : parityText(told, process.stdout.isTTY));
  return told.routes.some(({ singleProvider }) => singleProvider) ? EXIT.failed : EXIT.ok;
}

/** Undefined where no gateway was named and none can be asked: the files then have to do. */
async function askedGateway(options: ParityOptions, output: Output): Promise<ToldParity | undefined> {
  try {
    const gateway = await gatewayClient(options);
    return (await gateway.call('GET', '/admin/parity')) as ToldParity;
  } catch (error) {
    if (options.gateway !== undefined || !(error instanceof Error)) throw error;
    if (!(error instanceof CommandError) && error.name !== 'SecretError') throw error;
    if (!output.json) output.say(`from the files; ${error.message}\n`);
    return undefined;
  }
}

async function fromFiles(options: ParityOptions): Promise<ToldParity> {
  const config = await loadResolved(options.config);
  if (!config) throw new CommandError(EXIT.usage, 'no configuration file and no provider key in the environment');
  const { evidenceOfFiles } = await import('../compose.ts');
  return evidenceOfFiles(config, Date.now());
}
