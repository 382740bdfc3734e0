import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { send } from '../simulator/raw-client.ts';

const ADMIN = 'key-of-admin-0123456789';
const DRAIN = '/admin/targets/alpha/steady-1/drain';
let house: House;

beforeAll(async () => {
  house = await startHouse({ env: { ADMIN_KEY: ADMIN }, server: { adminKey: 'env:ADMIN_KEY' } });
});
afterAll(() => house.close());

async function call(method: string, path: string, body?: object, key = ADMIN) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await send({ method, url: `${house.gateway.url}${path}`, headers, ...(body && { body }) });
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}

describe('an order that makes no sense', () => {
  it.each([
    ['of an unknown action', '/admin/targets/alpha/steady-1/explode', {}, 404, 'action'],
    ['without a target', '/admin/targets/drain', {}, 404, 'action'],
    ['for a target of nobody', '/admin/targets/nobody/m/drain', {}, 404, 'target'],
    ['for no time', DRAIN, { forMs: 0 }, 400, 'forMs'],
    ['for longer than a month', DRAIN, { forMs: 31 * 86_400_000 }, 400, 'forMs'],
    ['with an end for what ends something', '/admin/targets/alpha/steady-1/undrain', { forMs: 5 }, 400, 'forMs'],
    ['with an unknown field', DRAIN, { until: 'noon' }, 400, 'until'],
    ['with a reason that is a story', DRAIN, { reason: 'x'.repeat(201) }, 400, 'reason'],
    ['with a force that is no truth value', DRAIN, { force: 'yes' }, 400, 'force'],
  ] as const)('%s is refused, named, and nothing is done', async (_, path, body, status, field) => {
    expect(await call('POST', path, body)).toMatchObject({ status, body: { error: { param: field } } });
    expect((await call('GET', '/admin/actions')).body).toEqual({ rows: [] });
    const [first] = (await call('GET', '/admin/targets')).body.targets as { health: object | null }[];
    expect(first?.health).toBeNull();
  });
});

describe('a question that makes no sense', () => {
  it.each([
    ['without a route', '/admin/explain', 400, 'route'],
    ['for an unknown need', '/admin/explain?route=reply&need=magic', 400, 'need'],
    ['at no moment', '/admin/explain?route=reply&at=noon', 400, 'at'],
    ['with an unknown parameter', '/admin/explain?route=reply&colour=red', 400, 'colour'],
    ['about an unknown route', '/admin/explain?route=nothing', 404, 'model'],
    ['for a page of no rows', '/admin/actions?limit=0', 400, 'limit'],
    ['for the actions of nobody', '/admin/actions?target=nobody/m', 404, 'target'],
  ])('%s is refused and named', async (_, path, status, field) => {
    expect(await call('GET', path)).toMatchObject({ status, body: { error: { param: field } } });
  });
});

describe('without the admin key', () => {
  it.each([
    ['POST', DRAIN],
    ['GET', '/admin/explain?route=reply'],
    ['GET', '/admin/actions'],
  ])('%s %s is refused', async (method, path) => {
    expect((await call(method, path, method === 'POST' ? {} : undefined, 'wrong')).status).toBe(401);
  });
});
