import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, understudy } from './understudy.ts';

const CONFIG = `
providers:
  openai: { apiKey: "env:OPENAI_API_KEY", region: us }
  mine:
    dialect: openai-chat
    baseUrl: http://127.0.0.1:8000/v1
    models:
      house-model:
        contextWindow: 32000
        languages: [de]
        retentionDays: 0
        abilities: { tools: yes }
        price: { inputPerMillion: 1, outputPerMillion: 2 }
routes:
  reply: { targets: [openai/gpt-5.6, mine/house-model, mine/stranger] }
  other: { targets: [openai/gpt-5.6] }
`;

interface Told {
  readonly models: readonly (Record<string, unknown> & { readonly target: string })[];
}

async function house(): Promise<string> {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'understudy.yaml'), CONFIG);
  return folder;
}

async function told(args: readonly string[], cwd?: string): Promise<Told['models']> {
  const { code, stdout, stderr } = await understudy(['models', '--json', ...args], cwd === undefined ? {} : { cwd });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return (JSON.parse(stdout) as Told).models;
}

describe('the configured targets', () => {
  test('each once, with its routes, and what the configuration says instead of the catalogue', async () => {
    const rows = await told([], await house());
    expect(rows.map(({ target }) => target)).toEqual(['openai/gpt-5.6', 'mine/house-model', 'mine/stranger']);
    expect(rows[0]).toMatchObject({
      routes: ['reply', 'other'],
      contextWindow: 1_050_000,
      maxInputTokens: 922_000,
      region: 'us',
      retentionDays: 30,
      tier: 'frontier',
      sameModel: 'gpt-5.6-sol',
      overridden: [],
      price: { source: expect.stringMatching(/^@pydantic\/genai-prices \d/) },
    });
    expect(rows[0]?.sources).toContainEqual({
      source: expect.stringMatching(/^https:\/\//),
      verifiedAt: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
    });
    expect(rows[1]).toMatchObject({
      contextWindow: 32_000,
      languages: ['de'],
      retentionDays: 0,
      price: { input: 1, output: 2, source: 'the configuration' },
      overridden: ['contextWindow', 'languages', 'retentionDays', 'abilities.tools', 'price'],
      sources: [],
    });
  });

  test('what nobody knows is null, and no number in its place', async () => {
    const rows = await told([], await house());
    expect(rows[2]).toMatchObject({ contextWindow: null, price: null, tier: null, region: null, retentionDays: null });
    expect(Object.values(rows[2]?.abilities as object).every((known) => known === 'unknown')).toBe(true);
  });

  test('without a configuration there is nothing to tell, and a hint', async () => {
    const { code, stderr } = await understudy(['models']);
    expect(code).toBe(2);
    expect(stderr).toContain('--all');
  });
});

describe('the whole catalogue', () => {
  test('some sixty models at more than a dozen hosts, each with a source', async () => {
    const rows = await told(['--all']);
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(new Set(rows.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(12);
    for (const { target, sources } of rows) expect([target, (sources as unknown[]).length]).not.toEqual([target, 0]);
  });

  test('filters: provider, abilities, window', async () => {
    const rows = await told(['--all', '--provider', 'gemini', '--can', 'tools,audio', '--min-context', '1M']);
    expect(rows.map(({ target }) => target)).toContain('gemini/gemini-3.8-flash');
    expect(rows.every(({ provider }) => provider === 'gemini')).toBe(true);
    for (const row of rows) expect(row.contextWindow).toBeGreaterThanOrEqual(1_000_000);
    expect((await told(['--all', '--min-context', '100k'])).length).toBeGreaterThan(rows.length);
  });

  test('what is unknown does not pass a filter', async () => {
    const rows = await told(['--all', '--can', 'json-schema']);
    expect(rows.map(({ target }) => target)).not.toContain('anthropic/claude-haiku-4-5');
    const { code, stderr } = await understudy(['models', '--all', '--provider', 'nobody']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/none of \d+ models matches/);
  });

  test.each([
    [['--can', 'fly'], /"fly" is no ability; abilities are tools/],
    [['--min-context', 'many'], /must be a number of tokens, such as 100000, 100k or 1M/],
  ])('%j is refused with words', async (args, words) => {
    const { code, stderr } = await understudy(['models', '--all', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe('the table', () => {
  test.each([80, 100, 140, 220])('fits a terminal of %i columns, and says what it left out', async (columns) => {
    const { stdout, stderr } = await understudy(['models', '--all'], { env: { COLUMNS: String(columns) } });
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('anthropic/claude-sonnet-5-5');
    if (columns < 200) expect(stderr).toContain('left out for want of width');
    else expect(stderr).not.toContain('left out');
  });

  test('says unknown where nothing is known, and whose word a value is', async () => {
    const { stdout } = await understudy(['models'], { cwd: await house(), env: { COLUMNS: '220' } });
    const row = (name: string) =>
      stdout
        .slice(stdout.indexOf(name))
        .split('├')[0]
        ?.replaceAll(/[│\s]+/g, ' ') ?? '';
    expect(row('mine/stranger')).toMatch(/unknown unknown unknown/);
    expect(row('mine/house-model')).toContain('yours: contextWindow, languages, retentionDays, abilities.tools, price');
    expect(row('openai/gpt-5.6')).toContain('routes: reply, other');
  });
});
