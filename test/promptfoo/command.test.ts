import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, understudy } from '../cli/understudy.ts';
import { plausibleReport } from '../kit/eval-reports.ts';

const CONFIG = `
prompts: ['Describe {{item}} with {{secret}}']
tests:
  - { vars: { item: cup, secret: file://note.txt }, assert: [{ type: regex, value: '^Sure' }, { type: python, value: 'x' }] }
`;

test('a configuration becomes a suite; the lint finds what asks for a manner, and exits 1', async () => {
  const folder = await emptyFolder();
  writeFileSync(join(folder, 'promptfooconfig.yaml'), CONFIG);
  writeFileSync(join(folder, 'note.txt'), 'care');
  const out = join(folder, 'evals', 'shop.yaml');
  const imported = await understudy(
    ['eval', 'import', 'promptfoo', join(folder, 'promptfooconfig.yaml'), '--name', 'shop', '--out', out],
    { cwd: folder },
  );
  expect(imported.stderr).toContain('python: 1 not');
  expect(imported.code).toBe(0);
  expect(readFileSync(out, 'utf8')).toMatch(/secret: care[\s\S]*unsupported: "?python: code/);
  const linted = await understudy(['eval', 'lint', out], { cwd: folder });
  expect(linted.stdout).toContain('literal-opening');
  expect(linted.code).toBe(1);
});

test('a report without findings exits 0, and its lint reads as JSON', async () => {
  const folder = await emptyFolder();
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(plausibleReport({ cases: 2, targets: 2 })));
  const linted = await understudy(['eval', 'lint', file, '--json'], { cwd: folder });
  expect(JSON.parse(linted.stdout)).toEqual([{ file, findings: [] }]);
  expect(linted.code).toBe(0);
});

test('an imported file is shown nothing outside of its own folder', async () => {
  const folder = await emptyFolder();
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  writeFileSync(join(folder, 'note.txt'), 'not to be seen');
  const file = join(inner, 'promptfooconfig.yaml');
  for (const name of ['../note.txt', join(folder, 'note.txt')]) {
    writeFileSync(file, CONFIG.replace('note.txt', name));
    const refused = await understudy(['eval', 'import', 'promptfoo', file], { cwd: folder });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('there is no such file beside the configuration');
    expect(refused.stdout + refused.stderr).not.toContain('not to be seen');
  }
});
