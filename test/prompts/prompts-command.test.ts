import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import type { Output } from '../../src/cli/output.ts';
import { prompts } from '../../src/cli/prompts.ts';
import { TRIAGE } from './prompt-files.ts';

const CONFIG = `
providers:
  openai: { apiKey: "env:HOME" }
  anthropic: { apiKey: "env:HOME" }
routes:
  reply: { targets: [openai/gpt-4.1, anthropic/claude-opus-5-5], prompt: triage }
`;

let folder: string;
let config: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-prompts-'));
  config = join(folder, 'understudy.yaml');
  await mkdir(join(folder, 'prompts'));
  await writeFile(config, CONFIG);
  await writeFile(join(folder, 'prompts/triage.yaml'), TRIAGE);
});
afterEach(() => rm(folder, { recursive: true }));

async function told(args: string[], options: Record<string, string | boolean> = {}, json = false): Promise<string> {
  const lines: string[] = [];
  const output: Output = { json, data: (text) => void lines.push(text), say: () => undefined };
  expect(await prompts({ config, ...options }, output, args)).toBe(0);
  return lines.join('\n');
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
const plain = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '');
const rewrite = (from: string, to: string) => writeFile(join(folder, 'prompts/triage.yaml'), TRIAGE.replace(from, to));

describe('understudy prompts', () => {
  test('list tells versions, variables, routes and pins', async () => {
    const { prompts: rows } = JSON.parse(await told(['list'], {}, true)) as { prompts: unknown[] };
    expect(rows).toEqual([
      {
        name: 'triage',
        version: expect.stringMatching(/^[0-9a-f]{12}$/),
        description: 'Sorts a message to a shop.',
        variables: ['shop', 'message', 'queues', 'vip'],
        routes: ['reply'],
        pins: [],
        primaryOnly: null,
      },
    ]);
    expect(plain(await told(['list']))).toContain('triage');
  });

  test('compile shows what each target is told, with the values that are given', async () => {
    const values = join(folder, 'values.yaml');
    await writeFile(values, 'shop: Corner\nmessage: Hm\nqueues: [one]\n');
    const text = plain(await told(['compile', 'triage'], { variables: values }));
    expect(text).toContain('You sort messages to Corner.');
    expect(text).toContain('<context>\nQueues: one.\n</context>');
    expect(text).toContain('# Context\n\nQueues: one.');
    const one = JSON.parse(await told(['compile', 'triage'], { target: 'anthropic/claude-opus-5-5' }, true)) as {
      layouts: { family: string; user: string }[];
    };
    expect(one.layouts).toMatchObject([{ family: 'claude', byHand: false, user: 'Message: {{ message }}' }]);
  });

  test('diff puts what each family gets side by side', async () => {
    const text = plain(await told(['diff', 'triage']));
    expect(text).toMatch(/openai\/gpt-4\.1 +│ anthropic\/claude-opus-5-5/);
    expect(text).toMatch(/- Choose one queue\. +│ - Choose one queue\./);
    expect(text).toMatch(/# Rules +│ <context>/);
  });

  test('pin keeps the text of a version, and diff compares it with the present one', async () => {
    const target = 'anthropic/claude-opus-5-5';
    await told(['pin', 'triage'], { target });
    const lock = await readFile(join(folder, 'prompts.lock'), 'utf8');
    const hash = /"([0-9a-f]{12})"/.exec(lock)?.[1] ?? '';
    expect(await readFile(join(folder, `prompts/.pinned/triage@${hash}.yaml`), 'utf8')).toBe(TRIAGE);
    await rewrite('Choose one queue.', 'Choose exactly one queue.');
    expect(plain(await told(['diff', 'triage'], { target, version: hash }))).toMatch(
      /- Choose one queue\. +│ - Choose exactly one queue\./,
    );
    const warnings = await warningsOfCheck();
    expect(warnings.join('\n')).toContain(`${target} is pinned to triage@${hash}`);
    await told(['pin', 'triage'], { target, remove: true });
    expect(await warningsOfCheck()).toEqual([]);
  });

  test('what is not there is told, with what is', async () => {
    await expect(told(['compile', 'nobody'])).rejects.toThrow('there is no prompt nobody; there are: triage');
    await expect(told(['pin', 'triage'])).rejects.toThrow('say which target');
    await expect(told(['pin', 'triage'], { target: 'openai/gpt-4.1', version: '000000000000' })).rejects.toThrow(
      'triage has no version 000000000000 here',
    );
    await expect(told(['mend'])).rejects.toThrow('known are list, compile, diff, pin');
    const values = join(folder, 'values.yaml');
    await writeFile(values, 'shop: Corner\n');
    await expect(told(['compile', 'triage'], { variables: values })).rejects.toThrow('variables.message is missing');
  });
});

async function warningsOfCheck(): Promise<string[]> {
  const lines: string[] = [];
  await check({ config }, { json: true, data: (text) => void lines.push(text), say: () => undefined });
  const { warnings } = JSON.parse(lines.join('\n')) as { warnings: string[] };
  return warnings.filter((warning) => warning.includes('triage'));
}

describe('understudy check', () => {
  test('a route that is bound to a prompt which is not there is told with its line', async () => {
    await writeFile(config, CONFIG.replace('prompt: triage', 'prompt: triag'));
    await expect(warningsOfCheck()).rejects.toThrow(
      /understudy\.yaml:6:\d+ {2}routes\.reply\.prompt: there is no prompt "triag"/,
    );
  });

  test('a prompt for the primary alone keeps the others away until it ends, and is warned of before and after', async () => {
    await rewrite('role:', 'primaryOnly: { reason: tuned, until: "2999-12-31" }\nrole:');
    expect((await warningsOfCheck()).join('\n')).toContain('nobody stands in for its primary until 3000-01-01');
    await rewrite('role:', 'primaryOnly: { reason: tuned, until: "2001-01-01" }\nrole:');
    expect((await warningsOfCheck()).join('\n')).toContain('others may serve it now');
  });
});
