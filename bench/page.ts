import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HERE } from './contestants.ts';
import { type Plot, plotsOf } from './plots.ts';
import { majorOf, type Results, storedText } from './results.ts';
import { goalsTable, tables } from './tables.ts';

const PAGE = join(HERE, 'docs/benchmarks.md');
const RESULTS = join(HERE, 'docs/benchmarks');
const IMAGES = join(HERE, 'docs/images');

/** Stores the results of this run, and writes the page anew from all that are stored, one for each version of Node. */
export function writePage(results: Results, progress: (text: string) => void): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `node-${majorOf(results)}.json`), storedText(results));
  const runs = storedRuns();
  const plots = plotsOf(runs);
  for (const name of readdirSync(IMAGES)) if (/^bench-.*\.svg$/.test(name)) rmSync(join(IMAGES, name));
  for (const { name, svg } of plots) writeFileSync(join(IMAGES, name), svg);
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  writeFileSync(PAGE, pageOf(runs, plots, before));
  progress(`written: ${PAGE}`);
}

/** The newest version of Node first. */
function storedRuns(): Results[] {
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name): Results => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')))
    .sort((one, other) => Number(majorOf(other)) - Number(majorOf(one)));
}

/** What is written by hand stands behind what was measured, and stays. */
const NOTES = '## Where the rest goes';

/** The page, with what is written by hand taken over from the one before. */
export function pageOf(runs: readonly Results[], plots: readonly Plot[], before: string): string {
  const at = before.indexOf(NOTES);
  const notes = at === -1 ? '' : before.slice(at);
  return [
    '# Benchmarks',
    '',
    'What the gateway costs and how it holds, beside nobody, a web server, a bare proxy and other gateways, measured in turns',
    'in one run. How it is measured, what is fair and what is not: [bench/README.md](../bench/README.md). Compare the ratios,',
    'not the times: they hold on another machine too. All figures, of every round: [benchmarks/](benchmarks/).',
    '',
    '## Goals',
    '',
    'Median over the rounds, and their range; where several figures stand for a goal, the worst of them.',
    '',
    goalsTable(runs),
    ...plots.flatMap(({ name, about }) => [`![${about}](images/${name})`, '']),
    ...runs.flatMap(sectionOf),
    notes,
  ].join('\n');
}

function sectionOf(run: Results): string[] {
  const { machine } = run;
  return [
    `## Node ${majorOf(run)}`,
    '',
    `\`${run.command}\` on Node ${run.node}, ${run.at.slice(0, 16).replace('T', ' ')} UTC: ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system};`,
    `load average of the minute before ${machine.loadBefore}; ${run.rounds} rounds.`,
    ...(run.quick ? ['**A quick edition: the figures mean nothing.**'] : []),
    '',
    ...Object.entries(run.versions).map(([name, version]) => `- ${name}: ${version}`),
    ...run.leftOut.map(({ name, reason }) => `- ${name}: left out, it ${reason}`),
    ...run.failures.map((failure) => `- not measured to its end: ${failure.split('\n')[0]}`),
    '',
    tables(run),
  ];
}
