import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredRequest, StoredRequestRow } from '../../src/storage/stored-request.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { send } from '../simulator/raw-client.ts';

const ADMIN = 'key-of-admin-0123456789';
let house: House;

beforeAll(async () => {
  house = await startHouse({
    env: { ADMIN_KEY: ADMIN },
    server: { adminKey: 'env:ADMIN_KEY' },
    targets: ['alpha/steady-1', 'beta/steady-1'],
    providers: { beta: { region: 'eu' } },
    failover: { attempts: 1 },
    routes: { other: { targets: ['gamma/steady-1'] } },
  });
  const ask = (model: string) =>
    send({
      url: `${house.gateway.url}/v1/chat/completions`,
      body: { model, messages: [{ role: 'user', content: 'Hello' }] },
    });
  for (let i = 0; i < 4; i += 1) await ask('reply');
  house.simulator.script('alpha', { fault: 'status', status: 503 });
  for (let i = 0; i < 2; i += 1) await ask('reply');
  house.simulator.script('gamma', { fault: 'invalid-request' });
  await ask('other');
});
afterAll(() => house.close());

async function get(path: string, key = ADMIN): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  const answer = await send({
    method: 'GET',
    url: `${house.gateway.url}${path}`,
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: answer.status, body: JSON.parse(answer.text) };
}

async function rows(query: string): Promise<StoredRequestRow[]> {
  const { status, body } = await get(`/admin/requests${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.rows as StoredRequestRow[];
}

describe('/admin/targets', () => {
  it('lists every target of every route in its rank, with dialect, region and the state of its lane', async () => {
    const { body } = await get('/admin/targets');
    expect(body.targets).toMatchObject([
      {
        route: 'reply',
        rank: 0,
        target: 'alpha/steady-1',
        dialect: 'openai-chat',
        region: null,
        health: { lane: expect.any(String), breaker: { state: 'closed', windowFailed: 2 }, active: 0, waiting: 0 },
      },
      { route: 'reply', rank: 1, target: 'beta/steady-1', region: 'eu', health: { breaker: { state: 'closed' } } },
      { route: 'other', rank: 0, target: 'gamma/steady-1', dialect: 'gemini-generate' },
    ]);
  });
});

describe('/admin/requests', () => {
  it('lists the newest first', async () => {
    const all = await rows('');
    expect(all.map((row) => [row.route, row.outcome, row.servedBy])).toEqual([
      ['other', 'failed', undefined],
      ['reply', 'served', 'beta/steady-1'],
      ['reply', 'served', 'beta/steady-1'],
      ...Array.from({ length: 4 }, () => ['reply', 'served', 'alpha/steady-1']),
    ]);
  });

  it.each([
    ['?route=other', 1],
    ['?outcome=failed', 1],
    ['?outcome=running', 0],
    ['?degraded=true', 2],
    ['?degraded=false', 5],
    ['?target=alpha/steady-1', 4],
    ['?route=reply&target=beta/steady-1&degraded=true&outcome=served', 2],
    ['?route=reply&outcome=failed', 0],
  ])('%s finds %i', async (query, count) => {
    expect(await rows(query)).toHaveLength(count);
  });

  it('pages through all of them, none twice and none left out', async () => {
    const seen: string[] = [];
    let next: unknown;
    for (let page = 0; page < 10; page += 1) {
      const before = typeof next === 'string' ? `&before=${encodeURIComponent(next)}` : '';
      const { body } = await get(`/admin/requests?limit=3${before}`);
      seen.push(...(body.rows as StoredRequestRow[]).map((row) => row.requestId));
      next = body.next;
      if (next === undefined) break;
    }
    expect(seen).toEqual((await rows('')).map((row) => row.requestId));
    expect(new Set(seen).size).toBe(7);
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=201', 'limit'],
    ['?limit=ten', 'limit'],
    ['?outcome=lost', 'outcome'],
    ['?degraded=yes', 'degraded'],
    ['?before=yesterday', 'before'],
    ['?route=a&route=b', 'route'],
    ['?colour=red', 'colour'],
  ])('%s is refused and named', async (query, field) => {
    const { status, body } = await get(`/admin/requests${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', param: field });
  });
});

describe('/admin/requests/{id}', () => {
  it('tells one request with its attempts, its failover and every decision', async () => {
    const [degraded] = await rows('?degraded=true');
    const { body } = await get(`/admin/requests/${degraded?.requestId}`);
    const row = body as unknown as StoredRequest;
    expect(row).toMatchObject({
      requestId: degraded?.requestId,
      attemptRows: [
        { seq: 1, state: 'free' },
        { seq: 2, state: 'settled' },
      ],
      failover: { primary: 'alpha/steady-1', target: 'beta/steady-1' },
      decisionsDropped: 0,
    });
    expect(row.decisions.map((decision) => decision.type)).toEqual([
      'eligible',
      'eligible',
      'attempt',
      'fault',
      'attempt',
      'degraded',
    ]);
  });

  it('of an id that is not there is 404', async () => {
    expect(await get('/admin/requests/req_none')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
  });
});

describe('who may look', () => {
  it.each(['/admin/targets', '/admin/requests', '/admin/requests/x'])('%s wants the admin key', async (path) => {
    expect((await get(path, 'wrong')).status).toBe(401);
  });
});
