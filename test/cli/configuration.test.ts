import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, understudy } from './understudy.ts';

const KEYS = { OPENAI_API_KEY: 'sk-test-1', ANTHROPIC_API_KEY: 'sk-test-2' };

describe('init', () => {
  test('writes a file that check accepts', async () => {
    const cwd = await emptyFolder();
    const written = await understudy(['init', '--providers', 'openai, anthropic', '--route', 'reply'], { cwd });
    expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining('route "reply" over openai/') });
    const { code, stdout } = await understudy(['check', '--json'], { cwd, env: KEYS });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).targets).toMatchObject([
      { route: 'reply', verdict: 'primary', target: expect.stringMatching(/^openai\//) },
      { route: 'reply', verdict: 'fallback', target: expect.stringMatching(/^anthropic\//) },
    ]);
  });

  test('leaves an existing file alone, unless told to overwrite it', async () => {
    const cwd = await emptyFolder();
    const file = join(cwd, 'mine.yaml');
    await writeFile(file, '# by hand\n');
    const refused = await understudy(['init', '--providers', 'openai', '-o', 'mine.yaml'], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('mine.yaml exists; --force') });
    expect(await readFile(file, 'utf8')).toBe('# by hand\n');
    expect((await understudy(['init', '--providers', 'openai', '-o', 'mine.yaml', '--force'], { cwd })).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('providers:');
  });

  test.each([
    [['init'], /nobody to ask: name the providers with --providers/],
    [['init', '--providers', 'opneai'], /provider "opneai" is not one that init knows/],
  ])('%j without a terminal ends with words', async (args, words) => {
    const { code, stderr } = await understudy(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe('check', () => {
  const twoTargets =
    'providers: { openai: {}, anthropic: {} }\nroutes: { reply: { targets: [openai/gpt-5.6, anthropic/claude-opus-5-5] } }\n';

  async function checked(yaml: string, env: Record<string, string> = KEYS, ...args: string[]) {
    const cwd = await emptyFolder();
    await writeFile(join(cwd, 'understudy.yaml'), yaml);
    return understudy(['check', ...args], { cwd, env });
  }

  test('prints a table of who may serve what', async () => {
    const { code, stdout } = await checked(twoTargets);
    expect(code).toBe(0);
    expect(stdout).toMatch(/reply\s*│ openai\/gpt-5\.6 .*primary/);
    expect(stdout).toMatch(/anthropic\/claude-opus-5-5 .*fallback/);
    expect(stdout).not.toContain('single-provider');
  });

  test('a target without its key cannot serve: exit 1, and the variable is named', async () => {
    const { code, stdout } = await checked(twoTargets, { OPENAI_API_KEY: 'sk-test-1' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/cannot serve/);
    expect(stdout).toContain('env:ANTHROPIC_API_KEY is not set');
  });

  test('a route with one provider is accepted with a warning, in --json too', async () => {
    const one = 'providers: { openai: {} }\nroutes: { reply: { targets: [openai/gpt-5.6] } }\n';
    const { code, stdout } = await checked(one, KEYS, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).warnings).toEqual([expect.stringContaining('"reply" has no fallback')]);
    expect((await checked(one)).stdout).toContain('! route "reply" has no fallback');
  });

  test('a bad file is told line by line, with what to write instead, and no secret', async () => {
    const { code, stderr } = await checked(
      'providers:\n  openai: { apiKey: sk-live-do-not-print }\nroutes:\n  reply: { tragets: [openai/gpt-5.6] }\n',
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/understudy\.yaml:2:\d+ {2}providers\.openai\.apiKey/);
    expect(stderr).toMatch(/understudy\.yaml:4:\d+ {2}routes\.reply/);
    expect(stderr).toContain('targets');
    expect(stderr).not.toContain('do-not-print');
  });

  test('a file that is not there, and nothing at all to check', async () => {
    const absent = await understudy(['check', '--config', 'absent.yaml']);
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('absent.yaml') });
    const nothing = await understudy(['check']);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to check') });
  });
});
