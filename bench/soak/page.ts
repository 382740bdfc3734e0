import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { SoakSetting } from './soak.ts';
import type { Check, Soaked } from './verdict.ts';

const BEGIN = '<!-- last run: written by npm run soak -- --write -->';
const END = '<!-- end of the last run -->';

/** What a run was a run of. */
export interface SoakedOf {
  readonly setting: Omit<SoakSetting, 'root'>;
  /** Version of Node. */
  readonly node: string;
}

export interface Written extends SoakedOf {
  readonly checks: readonly Check[];
  readonly soaked: Soaked;
}

/** Puts the figures of a run between the two marks of a page. Throws where the page has no such marks. */
export function writePage(page: URL, written: Written): void {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`${page.pathname} has no place for the last run`);
  writeFileSync(page, `${text.slice(0, from)}${BEGIN}\n\n${lastRun(written)}\n${text.slice(to)}`);
}

export function lastRun({ setting, node, checks, soaked }: Written): string {
  const { minutes, rate, stalled, healthy, seed, loopDelayMs } = setting;
  const loopDelay = loopDelayMs === undefined ? '' : ` --loop-delay ${loopDelayMs}`;
  const { sent, outcomes } = soaked.callers;
  const told = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
  const rows = checks.map(({ what, found, wanted, verdict }) => row([what, found, wanted, verdict]));
  return [
    `\`npm run soak -- --minutes ${minutes} --rate ${rate} --stalled ${stalled} --healthy ${healthy} --seed ${seed}${loopDelay}\` on Node ${node}, ${machine()}:`,
    `${sent} calls (${told}), ${soaked.reconciled.rows} rows in the ledger.`,
    '',
    row(['what', 'found', 'wanted', 'verdict']),
    row(['---', '---', '---', '---']),
    ...rows,
    '',
  ].join('\n');
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${process.platform}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
