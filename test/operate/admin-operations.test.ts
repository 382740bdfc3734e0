import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { OperatorAction } from '../../src/engine/record.ts';
import type { TargetRow } from '../../src/server/admin-targets.ts';
import { openLaneReader } from '../../src/storage/lane-reader.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { send } from '../simulator/raw-client.ts';

const ADMIN = 'key-of-admin-0123456789';
const MINUTE = 60_000;
let house: House;

beforeEach(async () => {
  house = await startHouse({
    env: { ADMIN_KEY: ADMIN },
    server: { adminKey: 'env:ADMIN_KEY' },
    targets: ['alpha/steady-1', 'beta/steady-1'],
    failover: { attempts: 1 },
    routes: { alone: { targets: ['gamma/steady-1'] }, first: { targets: ['beta/steady-1', 'alpha/steady-1'] } },
  });
});
afterEach(() => house.close());

async function call(method: string, path: string, body?: object, url = house.gateway.url) {
  const answer = await send({
    method,
    url: `${url}${path}`,
    headers: { authorization: `Bearer ${ADMIN}` },
    ...(body && { body }),
  });
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}

const post = (path: string, body: object = {}) => call('POST', `/admin/targets/${path}`, body);

async function servedBy(model: string, url = house.gateway.url): Promise<string | undefined> {
  const answer = await send({
    url: `${url}/v1/chat/completions`,
    body: { model, messages: [{ role: 'user', content: 'Hello' }] },
  });
  return answer.headers['x-understudy-served-by'] as string | undefined;
}

async function row(target: string): Promise<TargetRow | undefined> {
  const { body } = await call('GET', '/admin/targets');
  return (body.targets as TargetRow[]).find((one) => one.target === target);
}

describe('an operator', () => {
  it('drains a target and takes it into use again', async () => {
    expect(await servedBy('reply')).toBe('alpha/steady-1');
    const drained = await post('alpha/steady-1/drain', { forMs: 30 * MINUTE, reason: 'contract ends' });
    expect(drained).toMatchObject({
      status: 200,
      body: {
        recorded: true,
        action: { action: 'drain', target: 'alpha/steady-1', by: 'admin', reason: 'contract ends', forced: false },
        routes: [
          { route: 'reply', left: ['beta/steady-1'] },
          { route: 'first', left: ['beta/steady-1'] },
        ],
      },
    });
    const { at, until } = drained.body.action as OperatorAction;
    expect((until ?? 0) - at).toBe(30 * MINUTE);
    expect(await servedBy('reply')).toBe('beta/steady-1');
    expect(await row('alpha/steady-1')).toMatchObject({
      health: { drained: { reason: 'drained' } },
      orders: [{ action: 'drain', reason: 'contract ends' }],
    });
    expect((await post('alpha/steady-1/undrain')).status).toBe(200);
    expect(await servedBy('reply')).toBe('alpha/steady-1');
    expect(await row('alpha/steady-1')).toMatchObject({ orders: [] });
  });

  it('holds and releases, with the slash of the target encoded or not', async () => {
    await post(`${encodeURIComponent('alpha/steady-1')}/hold`, { forMs: MINUTE });
    expect(await servedBy('reply')).toBe('beta/steady-1');
    expect(await row('alpha/steady-1')).toMatchObject({ health: { held: { detail: 'held by an operator' } } });
    await post('alpha/steady-1/release');
    expect(await servedBy('reply')).toBe('alpha/steady-1');
  });

  it('opens and closes a breaker, and the ledger has its moves with their cause', async () => {
    await servedBy('reply');
    await post('alpha/steady-1/breaker-open', { forMs: MINUTE });
    expect(await servedBy('reply')).toBe('beta/steady-1');
    await post('alpha/steady-1/breaker-close');
    expect(await servedBy('reply')).toBe('alpha/steady-1');
    const lanes = openLaneReader({ file: house.ledgerFile });
    expect(lanes.events({ limit: 10 }).map(({ from, to, cause }) => [from, to, cause])).toEqual([
      ['open', 'closed', undefined],
      ['closed', 'open', 'operator'],
    ]);
    lanes.close();
  });

  it('is shown what was done, newest first', async () => {
    await post('alpha/steady-1/hold', { forMs: MINUTE });
    await post('beta/steady-1/drain', { force: true });
    await post('alpha/steady-1/release');
    const names = async (query: string) =>
      ((await call('GET', `/admin/actions${query}`)).body.rows as OperatorAction[]).map(({ action }) => action);
    expect(await names('')).toEqual(['release', 'drain', 'hold']);
    expect(await names('?limit=1')).toEqual(['release']);
    expect(await names('?target=alpha/steady-1')).toEqual(['release', 'hold']);
  });

  it('is told what routes lose, and has to insist where nobody would be left', async () => {
    const refused = await post('gamma/steady-1/drain');
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('nobody would serve route "alone"') } },
    });
    expect(await servedBy('alone')).toBe('gamma/steady-1');
    // One of two is already held: the other is the last one.
    await post('beta/steady-1/hold', { forMs: MINUTE });
    expect((await post('alpha/steady-1/drain')).body).toMatchObject({
      error: { message: expect.stringContaining('routes "reply", "first"') },
    });
    const forced = await post('alpha/steady-1/drain', { force: true });
    expect(forced.body).toMatchObject({ action: { forced: true }, routes: [{ left: [] }, { left: [] }] });
    expect(await servedBy('reply')).toBeUndefined();
  });
});

describe('after a restart', () => {
  it('what operators ordered still stands, and what they took back does not', async () => {
    await post('alpha/steady-1/drain', { forMs: 30 * MINUTE });
    await post('beta/steady-1/hold', { forMs: MINUTE, force: true });
    await post('beta/steady-1/release');
    await house.gateway.stop();
    const provider = (dialect: 'openai-chat' | 'anthropic-messages', name: string) => ({
      dialect,
      baseUrl: house.simulator.baseUrl(dialect, name),
    });
    const config = checkConfig(
      {
        server: { port: 0, adminKey: 'env:ADMIN_KEY' },
        providers: { alpha: provider('openai-chat', 'alpha'), beta: provider('anthropic-messages', 'beta') },
        routes: { reply: { targets: ['alpha/steady-1', 'beta/steady-1'] } },
        storage: `sqlite:${house.ledgerFile}`,
      },
      'test',
    );
    const again = await startGateway(resolveConfig(config), {
      env: { ADMIN_KEY: ADMIN },
      logDestination: { write: () => undefined },
    });
    try {
      expect(await servedBy('reply', again.url)).toBe('beta/steady-1');
      const { body } = await call('GET', '/admin/targets', undefined, again.url);
      const [first] = body.targets as TargetRow[];
      const left = first?.health?.drained?.retryAfterMs ?? 0;
      expect(left).toBeGreaterThan(29 * MINUTE);
      expect(left).toBeLessThanOrEqual(30 * MINUTE);
    } finally {
      await again.stop();
    }
  });
});

describe('/admin/targets', () => {
  it('tells the last fault and, once the minute is over, the ledger has what the lane carried', async () => {
    house.simulator.script('alpha', { fault: 'status', status: 503 });
    await Promise.all([servedBy('reply'), servedBy('reply')]);
    expect(await row('alpha/steady-1')).toMatchObject({ lastFault: { kind: 'server-error', at: expect.any(Number) } });
    await house.gateway.stop();
    const lanes = openLaneReader({ file: house.ledgerFile });
    expect(lanes.peak('beta/steady-1', 0)).toMatchObject({ attempts: 2 });
    expect(lanes.peak('beta/steady-1', 0)?.tokens).toBeGreaterThan(0);
    lanes.close();
  });
});

describe('/admin/explain', () => {
  it('tells who serves, if, and why the others do not', async () => {
    await post('alpha/steady-1/hold', { forMs: MINUTE });
    const { body } = await call('GET', '/admin/explain?route=reply&need=tools,context=8k&down=gamma');
    expect(body).toMatchObject({
      basis: 'live',
      needs: { abilities: ['tools'], inputTokens: 8_000 },
      outlook: {
        serves: ['beta/steady-1'],
        targets: [
          { target: 'alpha/steady-1', verdict: 'out', reason: 'lane-held' },
          { target: 'beta/steady-1', verdict: 'serves' },
        ],
      },
    });
    const down = await call('GET', '/admin/explain?route=reply&down=beta');
    expect(down.body).toMatchObject({ outlook: { serves: [] } });
  });

  it('of a moment to come: a hold has ended by then, a drain has not', async () => {
    await post('alpha/steady-1/drain', { forMs: 60 * MINUTE });
    const at = new Date(Date.now() + 30 * MINUTE).toISOString();
    expect((await call('GET', `/admin/explain?route=reply&at=${at}`)).body).toMatchObject({
      basis: 'foreseen',
      outlook: { serves: ['beta/steady-1'], targets: [{ target: 'alpha/steady-1', reason: 'drained' }, {}] },
    });
    const later = new Date(Date.now() + 90 * MINUTE).toISOString();
    expect((await call('GET', `/admin/explain?route=reply&at=${later}`)).body).toMatchObject({
      outlook: { serves: ['alpha/steady-1'] },
    });
  });

  it('of the past: by the ledger, with who really served', async () => {
    await post('alpha/steady-1/breaker-open', { forMs: 10 * MINUTE });
    await servedBy('reply');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const during = Date.now() - 10;
    await post('alpha/steady-1/breaker-close');
    await servedBy('reply');
    expect((await call('GET', `/admin/explain?route=reply&at=${during}`)).body).toMatchObject({
      basis: 'recorded',
      running: true,
      outlook: { serves: ['beta/steady-1'], targets: [{ reason: 'breaker-open' }, {}] },
      served: [
        { servedBy: 'alpha/steady-1', outcome: 'served', requests: 1 },
        { servedBy: 'beta/steady-1', outcome: 'served', degradedCause: 'breaker-open', requests: 1 },
      ],
    });
    const before = Date.now() - 3_600_000;
    expect((await call('GET', `/admin/explain?route=reply&at=${before}`)).body).toMatchObject({
      running: false,
      served: [],
    });
  });
});
