import Table from 'cli-table3';
import pc from 'picocolors';
import { formatDuration } from '../config/duration.ts';
import type { ParityVerdict } from '../engine/parity.ts';
import type { ParityRow } from '../engine/parity-grid.ts';
import type { ToldParity } from './parity.ts';

const HEAD = ['route', 'prompt', 'target', 'verdict', 'age', 'ends', 'because'] as const;
const NOTHING = '–';
/** A receipt that ends within so many milliseconds is pointed out. */
export const ENDS_SOON_MS = 5 * 86_400_000;

/** The grid for a terminal, or tab-separated with a head for other programs; then what somebody should do something about. */
export function parityText(told: ToldParity, terminal: boolean): string {
  const rows = told.rows.map(cellsOf);
  const table = terminal ? boxed(rows) : [HEAD, ...rows].map((cells) => cells.join('\t')).join('\n');
  const notes = parityNotes(told).map((note) => (terminal ? pc.yellow(`! ${note}`) : `! ${note}`));
  if (told.rows.length === 0) return ['no route asks for parity', ...notes].join('\n');
  return [table, ...notes].join('\n');
}

/** What keeps evidence from counting, or soon will. */
export function parityNotes({ routes, rows, refused }: ToldParity): string[] {
  const ending = rows.filter(({ verdict, receipt }) => verdict === 'pass' && receipt && receipt.leftMs < ENDS_SOON_MS);
  return [
    ...routes.flatMap(({ route, singleProvider }) =>
      singleProvider ? [`route "${route}" is single-provider today: no fallback has shown parity`] : [],
    ),
    ...ending.map(({ route, target, receipt }) => {
      const left = formatDuration(rounded(receipt?.leftMs ?? 0));
      return `the receipt of ${target} for route "${route}" ends in ${left}: run its suite again`;
    }),
    ...refused.map(({ file, because }) => `${file} counts for nothing: ${because}`),
  ];
}

function cellsOf(row: ParityRow): string[] {
  const { route, prompt, target, verdict, receipt, because } = row;
  return [
    route,
    prompt ?? NOTHING,
    target,
    verdict,
    receipt ? formatDuration(rounded(receipt.ageMs)) : NOTHING,
    receipt ? endText(receipt.leftMs) : NOTHING,
    because,
  ];
}

function endText(leftMs: number): string {
  return leftMs > 0 ? `in ${formatDuration(rounded(leftMs))}` : `${formatDuration(rounded(-leftMs))} ago`;
}

/** Nobody counts the seconds of a month. */
function rounded(ms: number): number {
  const unit = ms >= 2 * 86_400_000 ? 86_400_000 : ms >= 2 * 3_600_000 ? 3_600_000 : ms >= 120_000 ? 60_000 : 1_000;
  return Math.max(0, Math.round(ms / unit) * unit);
}

function boxed(rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...HEAD],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [null, null, null, null, null, null, 50],
  });
  const at = HEAD.indexOf('verdict');
  for (const cells of rows) table.push(cells.map((cell, column) => (column === at ? lamp(cell) : cell)));
  return table.toString();
}

function lamp(text: string): string {
  const verdict = text as ParityVerdict;
  switch (verdict) {
    case 'pass':
      return pc.green(`● ${verdict}`);
    case 'fail':
    case 'primary-only':
      return pc.red(`● ${verdict}`);
    case 'stale':
    case 'missing':
      return pc.yellow(`● ${verdict}`);
  }
}
