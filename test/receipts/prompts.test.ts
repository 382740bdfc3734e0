import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPrompt } from '../../src/config/prompts/read-prompt.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { versionLabel } from '../../src/quality/prompts/prompt-spec.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type Measured, type ReceiptFolder, receiptFolder } from '../kit/receipt-kit.ts';

const OLD = 'role: You are the former text.\n';
const PRESENT = 'role: You are the present text.\n';
const DOWN = 'alpha/steady-1--status-503';
const versionOf = (text: string) => {
  const read = readPrompt(text, 'greeting.yaml', 'greeting');
  if (!read.ok) throw new Error(read.problems[0]?.message);
  return versionLabel(read.version);
};
const [old, present] = [versionOf(OLD), versionOf(PRESENT)];

let folder: ReceiptFolder;
let house: House;
beforeAll(async () => {
  folder = await receiptFolder();
  const strict = {
    targets: [DOWN, 'beta/steady-1'],
    failover: { attempts: 1 },
    parity: { mode: 'strict', allowUnknown: true },
  };
  house = await startHouse({
    prompts: {
      'greeting.yaml': PRESENT,
      [`.pinned/${old}.yaml`]: OLD,
      'prompts.lock': `version: 1\npins:\n  greeting:\n    beta/steady-1: "${old.slice('greeting@'.length)}"\n`,
    },
    routes: { bound: { ...strict, prompt: 'greeting' }, free: strict },
    health: { breaker: { consecutive: 1_000, minimumSamples: 10_000 } },
    server: { adminKey: 'env:ADMIN_OF_RECEIPTS' },
    env: { ADMIN_OF_RECEIPTS: 'admin-of-receipts' },
    more: { receipts: { dir: folder.dir, publicKeys: [folder.key.publicText], every: '100ms' } },
  });
});
afterAll(async () => {
  await house.close();
  await folder.remove();
});

async function outcome(model: string, body: JsonObject = {}): Promise<string> {
  const response = await fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say it.' }], ...body }),
  });
  const text = await response.text();
  return response.headers.get('x-understudy-served-by') ?? /beta\/steady-1: ([a-z-]+)/.exec(text)?.[1] ?? text;
}

const measured = (target: string, primary: string): Measured => ({
  subject: { kind: 'prompt', name: 'greeting' },
  target: { promptVersion: target },
  primary: { promptVersion: primary },
});
const named = { understudy: { prompt: { id: 'greeting' } } };

test('a receipt of a prompt holds for the versions that each target is told, on every route', async () => {
  expect(await outcome('bound')).toBe('parity-missing');
  await folder.issue(measured(old, present));
  await eventually(() => outcome('bound'), 'beta/steady-1');
  expect(await outcome('free', named)).toBe('beta/steady-1');
  // What was shown of the prompt says nothing of what callers write themselves.
  expect(await outcome('free')).toBe('parity-missing');
});

test.each([
  ['the target', present, present],
  ['the primary', old, old],
])('one of another version of %s is stale', async (_, target, primary) => {
  await folder.issue(measured(target, primary));
  await eventually(() => outcome('bound'), 'parity-stale');
  expect(await outcome('free', named)).toBe('parity-stale');
});

test('a receipt of a route speaks of its callers’ own messages, and not of a prompt', async () => {
  await folder.issue({ subject: { kind: 'route', name: 'free' } });
  await eventually(() => outcome('free'), 'beta/steady-1');
  expect(await outcome('free', named)).toBe('parity-stale');
});

test('the grid has a row for the prompt of each route, with the version that is told', async () => {
  await folder.issue(measured(old, present));
  await eventually(() => outcome('bound'), 'beta/steady-1');
  const response = await fetch(`${house.gateway.url}/admin/parity`, {
    headers: { authorization: 'Bearer admin-of-receipts' },
  });
  const { rows } = (await response.json()) as { rows: JsonObject[] };
  const told = rows.map(({ route, prompt, verdict, promptVersion }) => [route, prompt, verdict, promptVersion]);
  expect(told).toEqual([
    ['bound', 'greeting', 'pass', old],
    ['free', null, 'pass', null],
    ['free', 'greeting', 'pass', old],
  ]);
});
