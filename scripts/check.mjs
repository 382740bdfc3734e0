// `npm run check`: the loop while working. Types, lint, boundaries, documentation, unit tests.
import { join } from 'node:path';
import { ensureInstalled, root, run } from './ensure.mjs';

ensureInstalled();
const bin = (name, ...rest) => [join(root, 'node_modules', ...name), ...rest];
const node = process.execPath;
const steps = [
  ['types', () => run(node, bin(['typescript', 'bin', 'tsc'], '-p', 'tsconfig.json'))],
  ['lint', () => run(node, bin(['@biomejs', 'biome', 'bin', 'biome'], 'check', '.'))],
  ['boundaries', () => run(node, [join(root, 'scripts', 'boundaries.mjs')])],
  ['docs', () => run(node, [join(root, 'scripts', 'docs.mjs'), '--check'])],
  ['unit tests', () => run(node, bin(['vitest', 'vitest.mjs'], 'run', 'src', '--reporter=dot'))],
];
let failed = 0;
for (const [name, step] of steps) {
  process.stdout.write(`── ${name}\n`);
  if (step() !== 0) {
    failed += 1;
    process.stdout.write(`✗ ${name}\n`);
  }
}
process.exit(failed === 0 ? 0 : 1);
