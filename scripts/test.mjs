// `npm test`: installs and builds what is missing, then runs every test. Arguments are handed to vitest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './ensure.mjs';

ensureInstalled();
ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'understudy-test-'));
const results = join(folder, 'results.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const retried = join(root, 'scripts', 'retried-reporter.mjs');
const args = [
  'run',
  '--reporter=default',
  `--reporter=${retried}`,
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...process.argv.slice(2),
];
const status = run(process.execPath, [vitest, ...args]);
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'));
  process.stdout.write(`tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`);
} catch {
  process.stdout.write('no test result was written\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
