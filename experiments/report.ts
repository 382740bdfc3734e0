import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Experiment, Findings, Table } from './experiment.ts';

/** What the numbers of a page came from. */
export interface Origin {
  readonly seeds: number;
  readonly scale: string;
}

const BEGIN = '<!-- begin: written by npm run experiments -->';
const END = '<!-- end: written by npm run experiments -->';

/** The generated part of one page: setting, tables, plots. The words around it are nobody's but the author's. */
export function blockOf(experiment: Experiment, findings: Findings, origin: Origin): string {
  const seeds = origin.seeds === 1 ? 'seed 1' : `seeds 1 to ${origin.seeds}`;
  const lines = [
    BEGIN,
    '',
    `Measured with ${seeds}${origin.scale === 'full' ? '' : `, at ${origin.scale} scale`}:`,
    '',
  ];
  for (const line of experiment.setting) lines.push(`- ${line}`);
  lines.push('', 'Figures are means over the seeds; in brackets the 95 % interval of the mean.', '');
  for (const { file, alt } of findings.charts) lines.push(`![${alt}](${file}.svg)`, '');
  for (const table of findings.tables) lines.push(...tableLines(table));
  return [...lines, END].join('\n');
}

function tableLines({ caption, head, rows }: Table): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(['---', ...head.slice(1).map(() => '---:')]);
  return [`**${caption}**`, '', line(head), rule, ...rows.map(line), ''];
}

/** Renews the generated part of the page and the plots beside it. A page that is not there yet begins with its title. */
export function writePage(folder: string, experiment: Experiment, findings: Findings, origin: Origin): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${experiment.name}.md`);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : `# ${experiment.title}\n\n${BEGIN}\n${END}\n`;
  writeFileSync(path, withBlock(before, blockOf(experiment, findings, origin), path));
  for (const { file, svg } of findings.charts) writeFileSync(join(folder, `${file}.svg`), svg);
}

export function withBlock(page: string, block: string, name: string): string {
  const from = page.indexOf(BEGIN);
  const until = page.indexOf(END);
  if (from === -1 || until < from) throw new Error(`${name} has no place for figures: ${BEGIN} … ${END}`);
  return page.slice(0, from) + block + page.slice(until + END.length);
}
