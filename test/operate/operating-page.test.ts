import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, understudy } from '../cli/understudy.ts';

const page = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
const [, config = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
const shown = [...page.matchAll(/^```console\n\$ understudy ([^\n]+)\n([\s\S]*?)^```/gm)].map(
  ([, command = '', output = '']) => [command, output] as const,
);

test('the page on operating shows commands with what they print', () => {
  expect(shown.length).toBeGreaterThan(1);
});

test.each(shown)('understudy %s prints what the page shows', { timeout: 60_000 }, async (command, output) => {
  const cwd = await emptyFolder();
  await writeFile(join(cwd, 'understudy.yaml'), config);
  const { code, stdout } = await understudy(command.split(' '), { cwd });
  expect(stdout).toBe(output);
  expect(code).toBe(output.includes('nobody serves') ? 1 : 0);
});
