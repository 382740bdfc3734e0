import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from './tree.ts';

/** What the boundary check says of a tree of these files. */
function boundaries(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-boundaries-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return runNode(['scripts/boundaries.mjs', folder]);
}

const word = { 'model/word.ts': 'export const word = 1;\n' };

test('the sources keep to their boundaries and import nothing in a circle', () => {
  const { status, stdout } = runNode(['scripts/boundaries.mjs']);
  expect(stdout).toMatch(/0 problems/);
  expect(status).toBe(0);
});

test('a tree that keeps to the rules passes', () => {
  const { status, stdout } = boundaries({
    ...word,
    'engine/run.ts': "import { word } from '../model/word.ts';\nexport { word };\n",
  });
  expect(stdout).toContain('2 files, 0 problems');
  expect(status).toBe(0);
});

test.each([
  [
    'the model imports something',
    { 'model/a.ts': "import '../engine/b.ts';\n", 'engine/b.ts': '' },
    'model/a.ts: may not import engine/b.ts',
  ],
  [
    'storage reaches for the server',
    { 'storage/a.ts': "import { b } from '../server/b.ts';\n", 'server/b.ts': 'export const b = 1;\n' },
    'storage/a.ts: may not import server/b.ts',
  ],
  [
    'the server takes more than types of storage',
    { 'server/a.ts': "import { b } from '../storage/b.ts';\n", 'storage/b.ts': 'export const b = 1;\n' },
    'server/a.ts: may not import storage/b.ts',
  ],
  [
    'the engine looks at the clock',
    { 'engine/a.ts': 'export const at = Date.now();\n' },
    'engine/a.ts:1: time, chance or I/O',
  ],
  [
    'the core uses a builtin',
    { 'quality/a.ts': "import { readFileSync } from 'node:fs';\n" },
    'quality/a.ts:1: time, chance or I/O',
  ],
  [
    'a room that no rule names',
    { ...word, 'attic/a.ts': "import '../model/word.ts';\n" },
    'attic/a.ts: no rule for this folder',
  ],
  ['a file that is too long', { 'model/long.ts': '\n'.repeat(401) }, 'model/long.ts: 402 lines, at most 400'],
  [
    'an import cycle',
    { 'engine/a.ts': "import './b.ts';\n", 'engine/b.ts': "import './a.ts';\n" },
    'import cycle: engine/a.ts → engine/b.ts → engine/a.ts',
  ],
])('%s: refused by name', (_situation, files, problem) => {
  const { status, stdout } = boundaries(files);
  expect(stdout).toContain(problem);
  expect(status).toBe(1);
});

test('types of storage are open to the server', () => {
  const files = {
    'server/a.ts': "import type { B } from '../storage/b.ts';\nexport type A = B;\n",
    'storage/b.ts': 'export type B = 1;\n',
  };
  expect(boundaries(files).status).toBe(0);
});
