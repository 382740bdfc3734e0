import { writeFileSync } from 'node:fs';
import { optionsOf } from './options.ts';
import { writePage } from './page.ts';
import { progress } from './progress.ts';
import { runBench } from './run.ts';
import { goalsTable, tables } from './tables.ts';

/** `npm run bench -- [--rounds 3] [--case TEXT] [--scenario TEXT] …`: see README.md. */
const args = process.argv.slice(2);
const options = optionsOf(args);
const results = await runBench(
  { ...options, starts: true, command: ['npm run bench --', ...args].join(' ') },
  progress,
);
process.stdout.write(`\n${goalsTable([results])}\n${tables(results)}`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
if (options.write) writePage(results, progress);
for (const failure of results.failures) console.error(`failed: ${failure}`);
if (results.failures.length > 0) process.exitCode = 1;
