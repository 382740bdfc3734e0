import Table from 'cli-table3';
import pc from 'picocolors';
import { openLedgerReader } from '../storage/ledger-reader.ts';
import type { StoredOutcome, StoredRequestRow } from '../storage/stored-request.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { ledgerFile } from './ledger-file.ts';
import type { Output } from './output.ts';

interface RequestsOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly limit?: number;
  readonly before?: string;
  readonly route?: string;
  readonly target?: string;
  readonly outcome?: StoredOutcome;
  readonly degraded?: boolean;
}

/** `understudy requests`: the newest requests, newest first. */
export async function requests(options: RequestsOptions, output: Output): Promise<CommandOutcome> {
  const reader = openLedgerReader({ file: await ledgerFile(options) });
  try {
    const page = await reader.requests({
      limit: options.limit ?? 20,
      ...(options.before !== undefined && { before: options.before }),
      ...(options.route !== undefined && { route: options.route }),
      ...(options.target !== undefined && { target: options.target }),
      ...(options.outcome !== undefined && { outcome: options.outcome }),
      ...(options.degraded === true && { degraded: true }),
    });
    if (output.json) {
      output.data(JSON.stringify(page, null, 2));
      return EXIT.ok;
    }
    if (page.rows.length === 0) output.say('no request matches; send one and look again');
    else output.data(table(page.rows));
    if (page.next !== undefined) output.say(`more: --before ${page.next}`);
    return EXIT.ok;
  } finally {
    reader.close();
  }
}

function table(rows: readonly StoredRequestRow[]): string {
  const table = new Table({
    head: ['time', 'request', 'route', 'served by', 'tries', 'outcome', 'ms', 'usd'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      new Date(row.at).toISOString().slice(0, 19).replace('T', ' '),
      row.requestId,
      row.route,
      row.servedBy ?? '–',
      row.attempts,
      outcomeOf(row),
      row.durationMs === undefined ? '–' : Math.round(row.durationMs),
      row.costUsd === undefined ? '?' : row.costUsd.toFixed(5),
    ]);
  }
  return table.toString();
}

function outcomeOf(row: StoredRequestRow): string {
  if (row.outcome === 'served' && row.degraded) return pc.yellow(`degraded: ${row.degraded.cause}`);
  if (row.outcome === 'served') return pc.green('served');
  return pc.red(row.failure ? `${row.outcome}: ${row.failure.code}` : row.outcome);
}
