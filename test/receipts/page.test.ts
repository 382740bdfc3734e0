import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import type { Output } from '../../src/cli/output.ts';
import { parity, type ToldParity } from '../../src/cli/parity.ts';
import { parityIssue } from '../../src/cli/parity-issue.ts';
import { parityKeygen } from '../../src/cli/parity-keygen.ts';
import { parityRevoke } from '../../src/cli/parity-revoke.ts';
import { parityText } from '../../src/cli/parity-table.ts';
import { receiptFileName } from '../../src/rehearsal/receipts/receipt-files.ts';
import { parseSigningKey } from '../../src/rehearsal/receipts/receipt-keys.ts';
import { DAY_MS, evalReport } from '../kit/receipt-kit.ts';

/** The first key of RFC 8032 §7.1: published, so that a page may show it. */
const SECRET = 'ed25519-secret:nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
const KEYS = { ANTHROPIC_API_KEY: 'k1', OPENAI_API_KEY: 'k2', GEMINI_API_KEY: 'k3' };

const page = await readFile(new URL('../../docs/receipts.md', import.meta.url), 'utf8');
const block = (kind: string) => new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

let cwd: string;
let config: string;
const before = { ...process.env };
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'understudy-page-'));
  config = join(cwd, 'understudy.yaml');
  const text = block('yaml')
    .replace('./receipts', join(cwd, 'receipts'))
    .replace('file:understudy-receipts.key', `file:${join(cwd, 'secret.key')}`);
  await writeFile(config, `${text}storage: "sqlite:${join(cwd, 'ledger.db')}"\n`);
  await writeFile(join(cwd, 'secret.key'), SECRET);
  Object.assign(process.env, KEYS);
});
afterAll(async () => {
  process.env = before;
  await rm(cwd, { recursive: true, force: true });
});

/** What a command said, with its exit code. */
async function told(
  run: (options: { config: string; out?: string }, output: Output, args: readonly string[]) => Promise<unknown>,
  how: { args?: readonly string[]; json?: boolean; out?: string } = {},
): Promise<{ code: unknown; data: string; said: string }> {
  const lines: Record<'data' | 'said', string[]> = { data: [], said: [] };
  const output: Output = {
    json: how.json ?? false,
    data: (text) => void lines.data.push(text),
    say: (text) => void lines.said.push(text),
  };
  const code = await run({ config, ...(how.out !== undefined && { out: how.out }) }, output, how.args ?? []);
  return { code, data: lines.data.join('\n'), said: lines.said.join('\n') };
}

async function report(name: string, over: Parameters<typeof evalReport>[0] = {}): Promise<string> {
  const file = join(cwd, name);
  const made = evalReport({
    subject: { kind: 'route', name: 'support-reply' },
    suite: { name: 'support' },
    primary: { target: 'anthropic/claude-opus-5-5', servedModels: ['claude-opus-5-5'] },
    target: { target: 'openai/gpt-5.6', servedModels: ['gpt-5.6-2026-09-01'] },
    ...over,
  });
  await writeFile(file, JSON.stringify(made));
  return file;
}

const grid = async () => JSON.parse((await told(parity, { json: true })).data) as ToldParity;

describe('the page, step by step', () => {
  test('without any receipt the route is single-provider today, and everybody says so', async () => {
    const { code, data } = await told(parity);
    expect(code).toBe(1);
    expect(data).toContain('! route "support-reply" is single-provider today: no fallback has shown parity');
    expect((await told(check)).data).toContain(
      'route "support-reply" has no fallback: this route is single-provider today',
    );
  });

  test('the key of the page is one, and signs', async () => {
    expect(parseSigningKey(SECRET)?.publicText).toBe(/ed25519:[\w-]+/.exec(page)?.[0]);
  });

  test('a report gives the receipt that the page names, and the grid that it shows', async () => {
    const { code, data } = await told(parityIssue, { args: [await report('report.json')] });
    expect(code).toBe(0);
    expect(data).toMatch(/route-support-reply--openai--gpt-5\.6\.json: openai\/gpt-5\.6 pass, until 20/);
    expect(page).toContain('route-support-reply--openai--gpt-5.6.json');
    const { rows } = await grid();
    const width = Math.max(...rows.map(({ target }) => target.length)) + 3;
    const shown = rows.map(({ target, verdict, because }) => `${target.padEnd(width)}${verdict.padEnd(10)}${because}`);
    const timeless = (text: string) =>
      text.replace(/\d{4}-\d\d-\d\d/g, '2026-11-20').replace(/rcpt_[0-9a-f]{32}/g, 'rcpt_…');
    expect(timeless(`${shown.join('\n')}\n`)).toBe(block('text'));
    expect((await told(parity)).code).toBe(0);
    expect((await told(check)).data).not.toContain('single-provider');
  });

  test('what a report does not show is said, and is no success', async () => {
    const file = await report('poor.json', { missing: 2 });
    const { code, data } = await told(parityIssue, { args: [file] });
    expect(code).toBe(1);
    expect(data).toContain('no receipt for openai/gpt-5.6 on support: 2 cases have no outcome under correct');
  });

  test('a receipt that ends soon is told by check and by the grid', async () => {
    const file = await report('old.json', { endedAt: Date.now() - 27 * DAY_MS });
    await told(parityIssue, { args: [file] });
    for (const command of [check, parity]) {
      expect((await told(command)).data).toMatch(
        /the receipt of openai\/gpt-5\.6 for route "support-reply" ends in 3d/,
      );
    }
  });

  test('a receipt that somebody edited counts for nothing, and everybody says so', async () => {
    const name = receiptFileName({
      subject: { kind: 'route', name: 'support-reply' },
      target: { target: 'openai/gpt-5.6' },
    });
    const file = join(cwd, 'receipts', name);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"n": 120', '"n": 500'));
    for (const command of [check, parity]) {
      expect((await told(command)).data).toMatch(`${name} counts for nothing: it was changed after it was issued`);
    }
    expect((await grid()).routes).toMatchObject([{ singleProvider: true }]);
  });
});

describe('keys', () => {
  test('the secret one goes into a file that only its owner reads, is shown nowhere, and replaces nothing', async () => {
    const out = join(cwd, 'new.key');
    const { data, said } = await told(parityKeygen, { out });
    const secret = await readFile(out, 'utf8');
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(data).toContain(`publicKeys: ["${parseSigningKey(secret)?.publicText}"]`);
    expect(`${data}${said}`).not.toContain(secret.trim());
    await expect(told(parityKeygen, { out })).rejects.toThrow('exists already');
    expect(await readFile(out, 'utf8')).toBe(secret);
  });

  test('nobody issues what nobody would believe', async () => {
    const file = await report('again.json');
    const yaml = await readFile(config, 'utf8');
    const issued = async (text: string) => {
      await writeFile(config, text);
      return told(parityIssue, { args: [file] });
    };
    const keyless = yaml.replace(/ {2}signingKey: .*\n/, '');
    await expect(issued(keyless)).rejects.toThrow('understudy parity keygen');
    expect((await issued(`${keyless}`.replace('receipts:\n', 'receipts:\n  unsigned: accept\n'))).code).toBe(0);
    const strange = await issued(yaml.replace(/ed25519:[\w-]+/, `ed25519:${'A'.repeat(43)}`));
    expect(strange.data).toContain('! nobody believes key');
    await writeFile(join(cwd, 'secret.key'), 'no key at all');
    await expect(issued(yaml)).rejects.toThrow('holds no key');
  });

  test('a subject that is none is refused before any gateway is asked', async () => {
    await expect(told(parityRevoke, { args: ['support', 'a/b'] })).rejects.toThrow('write prompt:name or route:name');
  });
});

test('a terminal is shown a table with the verdicts marked', () => {
  const at = Date.now();
  const row = { route: 'r', mode: 'strict', prompt: null, promptVersion: null, receipt: null, model: null } as const;
  const rows = (['pass', 'fail', 'stale', 'missing', 'primary-only'] as const).map((verdict) => ({
    ...row,
    target: 'a/b',
    verdict,
    because: 'of this',
  }));
  const text = parityText({ at, routes: [], rows, refused: [] }, true);
  for (const { verdict } of rows) expect(text).toContain(`● ${verdict}`);
  expect(parityText({ at, routes: [], rows: [], refused: [] }, false)).toBe('no route asks for parity');
});
