import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type GatewayClient, type GatewayOptions, gatewayClient } from './gateway-client.ts';
import type { Output } from './output.ts';
import { plainTargets, type ToldTarget, targetCells, targetsTable } from './targets-table.ts';

interface TargetsOptions extends GatewayOptions {
  readonly watch?: boolean;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

const EVERY_MS = 2_000;
/** Cursor to the top left, and everything below it gone. */
const FROM_THE_TOP = '\u001b[H\u001b[J';

/** `understudy targets`: the lanes of a running gateway as they stand. With `--watch` again and again, until a signal. */
export async function targets(options: TargetsOptions, output: Output): Promise<CommandOutcome> {
  const gateway = await gatewayClient(options);
  if (options.watch !== true) {
    output.data(await look(gateway, output));
    return EXIT.ok;
  }
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  while (!stop.signal.aborted) {
    const shown = await look(gateway, output);
    output.data(process.stdout.isTTY && !output.json ? `${FROM_THE_TOP}${shown}` : shown);
    await pause(options.every ?? EVERY_MS, stop.signal);
  }
  return EXIT.ok;
}

async function look(gateway: GatewayClient, output: Output): Promise<string> {
  const told = (await gateway.call('GET', '/admin/targets')) as { readonly targets: readonly ToldTarget[] };
  if (output.json) return JSON.stringify(told, null, 2);
  const rows = targetCells(told.targets, Date.now());
  return process.stdout.isTTY ? targetsTable(rows) : plainTargets(rows);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
