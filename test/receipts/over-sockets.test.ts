import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { receiptFileName } from '../../src/rehearsal/receipts/receipt-files.ts';
import { systemClock } from '../../src/system-clock.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { DAY_MS, type Measured, type ReceiptFolder, receiptFolder } from '../kit/receipt-kit.ts';

const DOWN = 'alpha/steady-1--status-503';
const ADMIN = { authorization: 'Bearer admin-of-receipts' };
const PARITY = { mode: 'strict', allowUnknown: true };
const word = { target: 'beta/steady-1', until: '2099-12-31', reason: 'read 40 answers' };

const ROUTES = {
  strict: { targets: [DOWN, 'beta/steady-1'], parity: PARITY },
  chain: { targets: [DOWN, 'beta/alias', 'gamma/steady-1'], parity: PARITY },
  tolerant: { targets: [DOWN, 'beta/steady-1'], parity: { mode: 'tolerant' } },
  word: { targets: [DOWN, 'beta/steady-1'], parity: { ...PARITY, accepted: [word] } },
  whatever: { targets: [DOWN, 'beta/steady-1'], parity: { ...PARITY, parameters: 'any' } },
} satisfies Record<string, Record<string, unknown>>;

/** How far the gateway's wall clock is ahead, in milliseconds. */
let ahead = 0;
let folder: ReceiptFolder;
let house: House;
beforeAll(async () => {
  folder = await receiptFolder();
  house = await startHouse({
    routes: Object.fromEntries(
      Object.entries(ROUTES).map(([name, route]) => [name, { failover: { attempts: 1 }, ...route }]),
    ),
    server: { adminKey: 'env:ADMIN_OF_RECEIPTS' },
    env: { ADMIN_OF_RECEIPTS: 'admin-of-receipts' },
    health: { breaker: { consecutive: 1_000, minimumSamples: 10_000 } },
    clock: { ...systemClock, wallNow: () => Date.now() + ahead },
    more: { receipts: { dir: folder.dir, publicKeys: [folder.key.publicText], every: '100ms' } },
  });
});
afterAll(async () => {
  await house.close();
  await folder.remove();
});

function ask(model: string, body: JsonObject = {}) {
  return fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say it.' }], ...body }),
  });
}

/** Who served, or why the fallback did not. */
async function outcome(model: string, body: JsonObject = {}): Promise<string> {
  const response = await ask(model, body);
  const text = await response.text();
  if (response.ok) return response.headers.get('x-understudy-served-by') ?? '';
  return /beta\/steady-1: ([a-z-]+)/.exec(text)?.[1] ?? text;
}

const becomes = (model: string, wanted: string, body?: JsonObject) => eventually(() => outcome(model, body), wanted);

async function admin(path: string, body?: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${house.gateway.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...ADMIN, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as JsonObject;
}

const of = (route: string, over: Measured = {}): Measured => ({ subject: { kind: 'route', name: route }, ...over });

describe('a strict route fails over', () => {
  test('to nobody without a receipt, to whom a new one names without a restart, and no more once it is withdrawn', async () => {
    expect(await outcome('strict')).toBe('parity-missing');
    const receipt = await folder.issue(of('strict'));
    await becomes('strict', 'beta/steady-1');
    await folder.withdraw(receipt);
    await becomes('strict', 'parity-missing');
  });

  test.each<[string, string, Measured]>([
    ['that it failed', 'parity-failed', { verdict: 'fail' }],
    ['of another model than answers now', 'parity-stale', { target: { servedModels: ['steady-0'] } }],
    ['of other words than it is told now', 'parity-stale', { target: { promptVersion: 'short' } }],
    ['beside another primary', 'parity-stale', { primary: { target: 'omega/steady-1' } }],
    ['asked with other parameters', 'parity-stale', { target: { parameters: { temperature: 1 } } }],
  ])('not on a receipt %s', async (_, reason, measured) => {
    const receipt = await folder.issue(of('strict', measured));
    await becomes('strict', reason);
    await folder.withdraw(receipt);
    await becomes('strict', 'parity-missing');
  });

  test('until its receipt ends, and not before it begins', async () => {
    const receipt = await folder.issue(of('strict'));
    await becomes('strict', 'beta/steady-1');
    const { outlook } = (await admin(`/admin/explain?route=strict&at=${Date.now() + 31 * DAY_MS}`)) as {
      outlook: JsonObject;
    };
    expect(outlook).toMatchObject({
      targets: expect.arrayContaining([expect.objectContaining({ target: 'beta/steady-1', reason: 'parity-stale' })]),
    });
    ahead = 30 * DAY_MS;
    expect(await outcome('strict')).toBe('parity-stale');
    ahead = -DAY_MS;
    expect(await outcome('strict')).toBe('parity-stale');
    ahead = 0;
    expect(await outcome('strict')).toBe('beta/steady-1');
    await folder.withdraw(receipt);
    await becomes('strict', 'parity-missing');
  });

  test('with the parameters that were measured, unless its route says that any will do', async () => {
    await Promise.all([
      folder.issue(of('strict', { target: { parameters: { temperature: 0.2 } } })),
      folder.issue(of('whatever')),
    ]);
    await becomes('strict', 'beta/steady-1', { temperature: 0.2, max_tokens: 50 });
    await becomes('whatever', 'beta/steady-1', { temperature: 0.9 });
    expect(await outcome('strict', { temperature: 0.3 })).toBe('parity-stale');
    expect(await outcome('strict', { temperature: 0.2, reasoning_effort: 'low' })).toBe('parity-stale');
  });

  test('not on a file that anybody could have written', async () => {
    const { issue, remove, dir } = await receiptFolder();
    const stranger = await issue(of('strict'));
    await rename(join(dir, receiptFileName(stranger)), join(folder.dir, receiptFileName(stranger)));
    await remove();
    await becomes('strict', 'parity-missing');
    const { refused } = await admin('/admin/parity');
    expect(refused).toEqual([
      {
        file: 'route-strict--beta--steady-1.json',
        because: expect.stringContaining('not among `receipts.publicKeys`'),
      },
    ]);
  });
});

describe('an alias that is moved to another snapshot', () => {
  const measured = (route: string, target: string, snapshot: string) =>
    folder.issue(of(route, { target: { target, servedModels: [snapshot] } }));

  test.each([true, false])('is not served from the first answer on that tells so (stream: %s)', async (stream) => {
    const ask1 = async () => {
      const response = await ask('chain', { stream });
      return { by: response.headers.get('x-understudy-served-by'), response, text: await response.text() };
    };
    house.simulator.script('beta', { fault: 'none', model: 'alias-0801' }, { model: 'alias' });
    await measured('chain', 'beta/alias', 'alias-0801');
    await measured('chain', 'gamma/steady-1', 'steady-1');
    await eventually(async () => (await ask1()).by, 'beta/alias');

    house.simulator.script('beta', { fault: 'none', model: 'alias-0915' }, { model: 'alias' });
    const before = house.simulator.meter('beta').requests;
    const first = await ask1();
    expect(first.by).toBe('gamma/steady-1');
    expect(first.text).not.toContain('alias-0915');
    expect(await explained(first.response)).toMatch(
      /failed with unproven-model: parity-stale: it was measured as alias-0801 and answers as alias-0915 now/,
    );
    // The next one is not sent there at all.
    expect((await ask1()).by).toBe('gamma/steady-1');
    expect(house.simulator.meter('beta').requests).toBe(before + 1);

    await measured('chain', 'beta/alias', 'alias-0915');
    await eventually(async () => (await ask1()).by, 'beta/alias');
    house.simulator.script('beta', undefined);
  });
});

describe('evidence that ended', () => {
  test('by an operator: the receipt counts no more, also not when it is issued anew from the same answers', async () => {
    const measured = Date.now() - 60_000;
    await folder.issue(of('strict', { endedAt: measured }));
    await becomes('strict', 'beta/steady-1');
    const body = { subject: 'route:strict', target: 'beta/steady-1', reason: 'it invents order numbers' };
    expect(await admin('/admin/parity/revoke', body)).toMatchObject({ revoked: { subject: 'route:strict' } });
    expect(await outcome('strict')).toBe('parity-stale');
    await folder.issue(of('strict', { endedAt: measured }));
    await pause(300);
    expect(await outcome('strict')).toBe('parity-stale');
    expect(await admin('/admin/parity/revoke', body)).toMatchObject({ error: { code: 'not_found' } });
    await folder.issue(of('strict', { endedAt: Date.now() }));
    await becomes('strict', 'beta/steady-1');
  });

  test.each([
    [{ subject: 'strict', target: 'b/c', reason: 'x' }, 'subject'],
    [{ subject: 'route:strict', reason: 'x' }, 'target'],
    [{ subject: 'route:strict', target: 'b/c' }, 'reason'],
  ])('%j names what is wrong with it', async (body, field) => {
    expect(await admin('/admin/parity/revoke', body)).toMatchObject({
      error: { message: expect.stringContaining(field) },
    });
  });
});

describe('an operator’s word', () => {
  test('counts where nothing is measured, and not against a measurement', async () => {
    expect(await outcome('word')).toBe('beta/steady-1');
    await folder.issue(of('word', { verdict: 'fail' }));
    await becomes('word', 'parity-failed');
    await folder.issue(of('word', { suite: { hash: 'b'.repeat(64) } }));
    await becomes('word', 'beta/steady-1');
    await admin('/admin/parity/revoke', { subject: 'route:word', target: 'beta/steady-1', reason: 'bad answers' });
    expect(await outcome('word')).toBe('parity-stale');
  });
});

test('a tolerant route serves whatever was measured, and says what', async () => {
  const reason = async () => (await ask('tolerant')).headers.get('x-understudy-degraded-reason');
  expect(await reason()).toBe('parity-missing: server-error');
  await folder.issue(of('tolerant', { verdict: 'fail' }));
  await eventually(reason, 'parity-failed: server-error');
  await folder.issue(of('tolerant'));
  await eventually(reason, 'fallback: server-error');
});

test('the grid and what-if say what the planner says', async () => {
  await folder.issue(of('strict', { verdict: 'fail' }));
  await becomes('strict', 'parity-failed');
  const grid = await admin('/admin/parity');
  expect(grid).toMatchObject({
    routes: expect.arrayContaining([{ route: 'strict', mode: 'strict', primary: DOWN, singleProvider: true }]),
    rows: expect.arrayContaining([
      expect.objectContaining({
        route: 'strict',
        target: 'beta/steady-1',
        verdict: 'fail',
        receipt: expect.objectContaining({
          suite: expect.objectContaining({ name: 'answers' }),
          signedBy: folder.key.id,
        }),
      }),
    ]),
  });
  const { outlook } = (await admin(`/admin/explain?route=strict&down=alpha`)) as { outlook: JsonObject };
  expect(outlook).toMatchObject({
    serves: [],
    targets: expect.arrayContaining([
      expect.objectContaining({ target: 'beta/steady-1', verdict: 'out', reason: 'parity-failed' }),
    ]),
  });
});

async function explained(response: Response): Promise<string> {
  const id = response.headers.get('x-understudy-request-id') ?? '';
  const stored = await house.reader.request(id);
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
