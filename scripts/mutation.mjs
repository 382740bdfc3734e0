// `npm run mutation [-- FILE…]`: changes one thing after another in the files that decide, and asks whether a test notices.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import Table from 'cli-table3';
import { root } from './ensure.mjs';

/** Mutants that must be noticed, in percent. */
const LEAST_SCORE = 85;
const FILES = [
  'src/resilience/*.ts',
  'src/engine/verdict.ts',
  'src/engine/fault-table.ts',
  'src/engine/eligibility.ts',
  'src/engine/requirements.ts',
  'src/engine/window-fit.ts',
  'src/engine/demand-checks.ts',
  'src/engine/purse.ts',
  'src/engine/spending.ts',
  'src/engine/spend-window.ts',
  'src/engine/incident-spending.ts',
];
/** Tables of words and numbers, printed into the documentation. */
const LEFT_OUT = ['!src/**/*.test.ts', '!src/resilience/defaults*.ts'];

function options(wanted, temporary, report) {
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', join(root, 'scripts', 'mutation-wording.mjs')],
    ignorers: ['wording'],
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: true },
    mutate: [...(wanted.length > 0 ? wanted : FILES), ...LEFT_OUT],
    coverageAnalysis: 'perTest',
    concurrency: Number(process.env.MUTATION_WORKERS ?? 2),
    ignorePatterns: ['dist', 'docs', 'data', 'bench', 'examples', 'experiments', 'Dockerfile'],
    tempDirName: temporary,
    reporters: process.stderr.isTTY ? ['progress', 'json'] : ['json'],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
    disableTypeChecks: true,
    // It would be rewritten with an interface that TypeScript 7 no longer has, for a check that is not made.
    tsconfigFile: 'no-tsconfig.json',
    // Beside a loaded machine's slowness a mutant that hangs is still told from one that is only late.
    timeoutMS: 15_000,
    dryRunTimeoutMinutes: 20,
    logLevel: 'warn',
  };
}

const NOTICED = new Set(['Killed', 'Timeout']);
const MISSED = new Set(['Survived', 'NoCoverage']);

function scoreOf(mutants) {
  const noticed = mutants.filter(({ status }) => NOTICED.has(status)).length;
  const missed = mutants.filter(({ status }) => MISSED.has(status)).length;
  const score = noticed + missed === 0 ? 100 : (noticed / (noticed + missed)) * 100;
  return { noticed, missed, score };
}

function print(mutants) {
  const table = new Table({ head: ['file', 'noticed', 'missed', 'score'], style: { head: [], border: [] } });
  const names = [...new Set(mutants.map(({ fileName }) => fileName))].sort();
  for (const name of names) {
    const { noticed, missed, score } = scoreOf(mutants.filter(({ fileName }) => fileName === name));
    table.push([relative(root, name), noticed, missed, `${score.toFixed(1)} %`]);
  }
  const all = scoreOf(mutants);
  table.push(['all', all.noticed, all.missed, `${all.score.toFixed(1)} %`]);
  for (const { fileName, location, mutatorName, replacement } of mutants.filter(({ status }) => MISSED.has(status))) {
    const where = `${relative(root, fileName)}:${location.start.line}:${location.start.column}`;
    console.log(`missed  ${where}  ${mutatorName} → ${replacement.replaceAll(/\s+/g, ' ').slice(0, 80)}`);
  }
  console.log(table.toString());
  return all.score;
}

process.chdir(root);
const temporary = mkdtempSync(join(tmpdir(), 'understudy-mutation-'));
const reports = join(root, 'node_modules', '.cache', 'understudy');
mkdirSync(reports, { recursive: true });
const report = join(reports, 'mutation.json');
try {
  const mutants = await new Stryker(options(process.argv.slice(2), temporary, report)).runMutationTest();
  const score = print(mutants);
  console.log(`Every mutant is told in ${relative(root, report)}`);
  if (score < LEAST_SCORE) {
    console.error(`${score.toFixed(1)} % of the mutants were noticed, and ${LEAST_SCORE} % have to be`);
    process.exitCode = 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
