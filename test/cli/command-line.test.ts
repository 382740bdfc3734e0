import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { understudy } from './understudy.ts';

test('help names every command and the exit codes', async () => {
  const { code, stdout } = await understudy(['--help']);
  expect(code).toBe(0);
  for (const command of [
    'serve',
    'check',
    'models',
    'requests',
    'explain',
    'targets',
    'drain',
    'breaker',
    'init',
    'simulator',
  ])
    expect(stdout).toContain(command);
  expect(stdout).toMatch(/Exit codes: 0 ok/);
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await understudy(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.each([
  [['sevre'], /unknown command 'sevre'[\s\S]*Did you mean serve\?/],
  [['check', '--jsno'], /unknown option '--jsno'[\s\S]*Did you mean --json\?/],
  [['requests', '--limit', 'many'], /must be a whole number from 1 to 200/],
  [['requests', '--outcome', 'lost'], /Allowed choices are served/],
  [['simulator', '--habit', 'charming'], /--habit: "charming" is no habit; habits are prose-around-json/],
  [['explain'], /missing required argument 'request-id\|route'/],
  [['requests', '--storage', 'postgres://x'], /--storage must be written sqlite:path/],
])('%j is refused with words, on standard error', async (args, words) => {
  const { code, stdout, stderr } = await understudy(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
  expect(stdout).toBe('');
});
