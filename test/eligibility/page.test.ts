import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, understudy } from '../cli/understudy.ts';

interface Told {
  readonly targets: readonly { readonly target: string; readonly verdict: string; readonly reason: string | null }[];
  readonly warnings: readonly string[];
  readonly auto: Readonly<Record<string, { readonly chosen: readonly { readonly target: string }[] }>>;
}

const page = await readFile(new URL('../../docs/eligibility.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```(yaml|text)\n([\s\S]*?)```/g)].map(([, kind, content = '']) => ({
  kind,
  content,
}));
const KEYS = { OPENAI_API_KEY: 'k1', ANTHROPIC_API_KEY: 'k2', TOGETHER_API_KEY: 'k3', GEMINI_API_KEY: 'k4' };

async function check(config: string): Promise<Told> {
  const cwd = await emptyFolder();
  await writeFile(join(cwd, 'understudy.yaml'), config);
  const { stdout, stderr } = await understudy(['check', '--json'], { cwd, env: KEYS });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Told;
}

const [first, second] = blocks.filter(({ kind }) => kind === 'yaml').map(({ content }) => content);
const shown = blocks.find(({ kind }) => kind === 'text')?.content ?? '';

test('the page shows of its example what check says of it', async () => {
  const { targets, warnings } = await check(first ?? '');
  const width = Math.max(...targets.map(({ target }) => target.length)) + 3;
  const said = targets.map(({ target, verdict, reason }) =>
    `${target.padEnd(width)}${verdict.padEnd(15)}${reason ?? ''}`.trimEnd(),
  );
  expect(`${said.join('\n')}\n`).toBe(shown);
  expect(warnings).toEqual([]);
});

test('a strict route without a word for anybody is single-provider, and check says so', async () => {
  const { warnings } = await check((first ?? '').replace(/ {6}accepted:\n( {8}- .*\n)+/, ''));
  expect(warnings).toEqual(['route "support-reply" has no fallback: this route is single-provider today']);
});

test('a word without an end is told', async () => {
  const { warnings } = await check((first ?? '').replaceAll(', until: 2099-12-31', ''));
  expect(warnings).toContain(
    `route "support-reply" takes an operator's word for house/large that has no end: write \`until\``,
  );
});

test('the chain of the page has a target at each of its providers', async () => {
  const { targets, auto } = await check(second ?? '');
  expect(targets.map(({ target }) => target.split('/')[0])).toEqual(['openai', 'anthropic', 'gemini']);
  expect(auto.reply?.chosen.map(({ target }) => target)).toEqual(targets.slice(1).map(({ target }) => target));
});

test('a terminal is told who was chosen, and of the others why not', async () => {
  const cwd = await emptyFolder();
  await writeFile(join(cwd, 'understudy.yaml'), second ?? '');
  const { code, stdout } = await understudy(['check'], { cwd, env: KEYS });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /route "reply", chosen from the catalogue:\n {2}anthropic\/\S+: of the same tier as openai\/gpt-5\.6/,
  );
  expect(stdout).toMatch(/ {2}not .*openai\/gpt-5\.4.*: the route has a target at its provider/);
});

test('a route that nobody may serve fails the check', async () => {
  const cwd = await emptyFolder();
  await writeFile(
    join(cwd, 'understudy.yaml'),
    (second ?? '').replace('auto] }', 'anthropic/claude-opus-5-5], residency: [mars] }'),
  );
  const { code, stdout } = await understudy(['check'], { cwd, env: KEYS });
  expect(code).toBe(1);
  expect(stdout).toContain('! nobody may serve route "reply"');
  expect(stdout).toContain('not eligible');
});

test('models names the routes that never ask a target', async () => {
  const cwd = await emptyFolder();
  await writeFile(join(cwd, 'understudy.yaml'), first ?? '');
  const { stdout } = await understudy(['models', '--json', '--provider', 'openai'], { cwd, env: KEYS });
  expect(JSON.parse(stdout)).toMatchObject({
    models: [{ target: 'openai/gpt-5.6', barred: [{ route: 'support-reply', reason: 'residency' }] }],
  });
  const table = await understudy(['models', '--provider', 'openai'], { cwd, env: { ...KEYS, COLUMNS: '300' } });
  expect(table.stdout).toContain('not for support-reply (residency)');
});
