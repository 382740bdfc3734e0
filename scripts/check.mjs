// `npm run check`: the loop while working. Types, lint, boundaries, documentation, unit tests; `--static` leaves the tests
// out, for a pipeline that runs every test afterwards.
import { join } from 'node:path';
import { ensureInstalled, root, run } from './ensure.mjs';

ensureInstalled();
const bin = (name, ...rest) => [join(root, 'node_modules', ...name), ...rest];
const node = process.execPath;
const unitTests = ['unit tests', () => run(node, bin(['vitest', 'vitest.mjs'], 'run', 'src', '--reporter=dot'))];
const steps = [
  ['types', () => run(node, bin(['typescript', 'bin', 'tsc'], '-p', 'tsconfig.json'))],
  [
    'types of pages',
    () => run(node, bin(['typescript', 'bin', 'tsc'], '-p', join('src', 'rehearsal', 'reports', 'page'))),
  ],
  ['lint', () => run(node, bin(['@biomejs', 'biome', 'bin', 'biome'], 'check', '.'))],
  ['boundaries', () => run(node, [join(root, 'scripts', 'boundaries.mjs')])],
  ['docs', () => run(node, [join(root, 'scripts', 'docs.mjs'), '--check'])],
  ...(process.argv.includes('--static') ? [] : [unitTests]),
];
const failed = [];
for (const [name, step] of steps) {
  process.stdout.write(`── ${name}\n`);
  if (step() !== 0) {
    failed.push(name);
    process.stdout.write(`✗ ${name}\n`);
  }
}
if (failed.length > 0) process.stdout.write(`check failed: ${failed.join(', ')}\n`);
process.exit(failed.length === 0 ? 0 : 1);
