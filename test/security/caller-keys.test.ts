import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ask,
  ask,
  body,
  PATHS,
  refuses,
  SURFACES,
  type Surface,
  stillServes,
  upstreamRequests,
} from '../edge/edge-kit.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post, talk } from '../kit/raw-http.ts';

const WEB = 'web-key-of-this-test-0001';
const BATCH = 'batch-key-of-this-test-0002';
const ADMIN = 'admin-key-of-this-test-0003';

let house: House;
beforeAll(async () => {
  house = await startHouse({
    routes: { night: { targets: ['alpha/steady-1', 'beta/steady-1'] } },
    server: {
      keys: [
        { name: 'web', key: 'env:WEB_KEY' },
        { name: 'batch', key: 'env:BATCH_KEY', routes: ['night'] },
      ],
      adminKey: 'env:ADMIN_KEY',
      limits: { bodyTimeout: '1500ms' },
    },
    env: { WEB_KEY: WEB, BATCH_KEY: BATCH, ADMIN_KEY: ADMIN },
  });
});
afterAll(() => house.close());
afterEach(() => stillServes(house, { authorization: `Bearer ${WEB}` }));

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const plain = (key: string) => ({ 'x-api-key': key });

/** An error without what differs from one request to the next. */
const constant = (text: string) => text.replace(/req_[0-9a-f]{32}/g, 'req_…');

describe.each(SURFACES)('callers and their keys (%s)', (surface) => {
  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ['no key', {}],
    ['an unknown key', bearer('nobody')],
    ['an unknown x-api-key', plain('nobody')],
    ['an empty bearer', { authorization: 'Bearer ' }],
    ['an empty Authorization', { authorization: '' }],
    ['an empty x-api-key', plain('')],
    ['the key without its scheme', { authorization: WEB }],
    ['another scheme', { authorization: `Basic ${btoa(`web:${WEB}`)}` }],
    ['one character less', bearer(WEB.slice(0, -1))],
    ['one character more', bearer(`${WEB}1`)],
    ['other letters', bearer(WEB.toUpperCase())],
    ['two keys in one', bearer(`${WEB},${BATCH}`)],
    ['the name of a caller', bearer('web')],
    ['the name of a variable', bearer('env:WEB_KEY')],
    ['a key of 513 characters', bearer('k'.repeat(513))],
    ['a key of 12,000 characters', bearer('k'.repeat(12_000))],
    ['the key far into a long one', bearer(`${'k'.repeat(600)}${WEB}`)],
    ['the admin key', bearer(ADMIN)],
    ['a prototype', bearer('__proto__')],
    ['a key in a place that no dialect has', { 'api-key': WEB, 'x-admin-key': WEB }],
    ['a key in a cookie', { cookie: `key=${WEB}` }],
  ];

  test('every wrong key has the same status, body and headers', async () => {
    const seen = new Set<string>();
    for (const [name, headers] of wrong) {
      const how: Ask = { headers, body: body(surface) };
      const before = upstreamRequests(house);
      const answer = await ask(house, surface, how);
      expect({ name, status: answer.status }).toEqual({ name, status: 401 });
      expect(upstreamRequests(house)).toBe(before);
      const { date, 'x-understudy-request-id': id, ...same } = answer.headers;
      expect(id).toMatch(/^req_/);
      seen.add(`${constant(answer.text)}\n${JSON.stringify(same)}`);
    }
    expect([...seen]).toHaveLength(1);
    const error = await refuses(house, surface, { body: body(surface) }, { status: 401, code: 'unauthorized' });
    expect(error).toMatchObject({ type: 'authentication_error', field: 'authorization' });
  });

  test('a body is not looked at before the key: a wrong key learns nothing from it', async () => {
    const seen = new Set<string>();
    for (const sent of [
      '{',
      '',
      body(surface, { model: 'nobody' }),
      body(surface, { understudy: 5 }),
      '['.repeat(1_000),
    ]) {
      const answer = await ask(house, surface, { headers: bearer('nobody'), body: sent });
      expect(answer.status).toBe(401);
      seen.add(constant(answer.text));
    }
    expect(seen.size).toBe(1);
  });

  test('a body is not waited for either', async () => {
    const head = post(PATHS[surface], '', ['authorization: Bearer nobody']).toString();
    const announced = head.replace('content-length: 0', 'content-length: 10000000');
    const seen = await talk(house.gateway.url, { say: [announced], answers: 1, waitMs: 1_000 });
    expect(seen.responses).toMatchObject([{ status: 401 }]);
  });

  test('who has no key and sends its body for ever is cut', async () => {
    const head = post(PATHS[surface], '', ['authorization: Bearer nobody']).toString();
    const announced = head.replace('content-length: 0', 'content-length: 10000000');
    const drip = Array.from({ length: 400 }, () => [' ', 25]).flat();
    const seen = await talk(house.gateway.url, { say: [announced, ...drip], waitMs: 9_000 });
    expect(seen.responses).toMatchObject([{ status: 401 }]);
    expect(seen.closing).not.toBe('open');
  });

  test('a good key is taken from either place, whatever the case of the scheme', async () => {
    for (const headers of [
      bearer(WEB),
      plain(WEB),
      { authorization: `bearer ${WEB}` },
      { authorization: `BEARER  ${WEB}` },
    ]) {
      expect((await ask(house, surface, { headers, body: body(surface) })).status).toBe(200);
    }
  });

  test('the ledger knows a caller by its name', async () => {
    const answer = await ask(house, surface, { headers: plain(WEB), body: body(surface) });
    const stored = await house.reader.request(String(answer.headers['x-understudy-request-id']));
    expect(stored).toMatchObject({ caller: 'web' });
  });

  test('a key with routes may use those alone, and cannot tell the others from what is not there', async () => {
    const asking = (model: string) => ({ headers: bearer(BATCH), body: body(surface, { model }) });
    expect((await ask(house, surface, asking('night'))).status).toBe(200);
    const told = new Set<string>();
    for (const model of ['reply', 'absent', 'alpha/steady-1', 'alpha/absent', 'nobody/steady-1']) {
      const error = await refuses(house, surface, asking(model), {
        status: 404,
        field: 'model',
        code: 'unknown_model',
      });
      told.add(error.message.replace(model, 'MODEL'));
    }
    expect([...told]).toEqual(['model "MODEL" is neither a route nor provider/model; routes: night']);
  });

  test('a pin leads to no target outside of the route', async () => {
    const asked = body(surface, { model: 'night', understudy: { pin: 'gamma/steady-1' } });
    const before = upstreamRequests(house);
    const answer = await ask(house, surface, { headers: bearer(BATCH), body: asked });
    expect(answer.status).toBe(400);
    expect(upstreamRequests(house)).toBe(before);
  });
});

describe('the list of models', () => {
  const anthropic = { 'anthropic-version': '2023-06-01' };
  const names = async (headers: Record<string, string>) => {
    const answer = await ask(house, 'openai-chat', { method: 'GET', path: '/v1/models', headers });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text).data.map((model: { id: string }) => model.id);
  };

  test('holds what the key may use', async () => {
    expect(await names(bearer(WEB))).toEqual(['reply', 'night']);
    expect(await names(bearer(BATCH))).toEqual(['night']);
    expect(await names({ ...plain(BATCH), ...anthropic })).toEqual(['night']);
  });

  test('a single one as well', async () => {
    for (const model of ['reply', 'alpha/steady-1', 'absent']) {
      const how: Ask = { method: 'GET', path: `/v1/models/${model}`, headers: bearer(BATCH) };
      await refuses(house, 'openai-chat', how, { status: 404, field: 'model' });
    }
  });

  test.each([
    ['openai-chat', {}],
    ['anthropic-messages', anthropic],
  ] as [Surface, Record<string, string>][])(
    'without a key: 401 in the dialect that was asked (%s)',
    async (surface, headers) => {
      for (const path of ['/v1/models', '/v1/models/reply', '/v1/models/absent']) {
        await refuses(house, surface, { method: 'GET', path, headers }, { status: 401, code: 'unauthorized' });
      }
    },
  );
});

describe('the admin interface', () => {
  const PAGES = ['/admin/targets', '/admin/requests', '/admin/requests/req_1', '/admin/requests?limit=wrong'];

  test.each(PAGES)('%s wants the admin key and no other', async (path) => {
    const seen = new Set<string>();
    const wrong: Record<string, string>[] = [{}, bearer(WEB), plain(WEB), bearer(`${ADMIN}1`), { cookie: ADMIN }];
    for (const headers of [...wrong, bearer('k'.repeat(2_000))]) {
      const answer = await ask(house, 'openai-chat', { method: 'GET', path, headers });
      expect(answer.status).toBe(401);
      seen.add(constant(answer.text));
    }
    expect(seen.size).toBe(1);
    for (const headers of [bearer(ADMIN), plain(ADMIN)]) {
      expect((await ask(house, 'openai-chat', { method: 'GET', path, headers })).status).not.toBe(401);
    }
  });

  test('without an admin key in the configuration it is off for everybody', async () => {
    const open = await startHouse();
    try {
      for (const path of PAGES) {
        for (const headers of [{}, bearer(''), bearer('undefined'), plain('null')]) {
          const error = await refuses(open, 'openai-chat', { method: 'GET', path, headers }, { status: 403 });
          expect(error.code).toBe('forbidden');
        }
      }
    } finally {
      await open.close();
    }
  });

  test('health and metrics need no key, and tell no prompt', async () => {
    const secretWords = 'the words that only this caller said';
    const sent = body('openai-chat', { messages: [{ role: 'user', content: secretWords }] });
    await ask(house, 'openai-chat', { headers: bearer(WEB), body: sent });
    for (const path of ['/health/live', '/health/ready', '/healthz', '/readyz', '/metrics']) {
      const answer = await ask(house, 'openai-chat', { method: 'GET', path });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(secretWords);
      expect(answer.text).not.toContain(WEB);
    }
    expect(house.logs.join('')).not.toContain(secretWords);
  });
});

describe('an open port', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'gateway.example', '127.0.0.1.evil.example'])(
    'listening on %s without keys is refused',
    async (host) => {
      await expect(startHouse({ server: { host } })).rejects.toThrow(/server\.host.*no caller needs a key/s);
    },
  );

  test('an admin key alone does not open it', async () => {
    const started = startHouse({ server: { host: '0.0.0.0', adminKey: 'env:ADMIN_KEY' }, env: { ADMIN_KEY: ADMIN } });
    await expect(started).rejects.toThrow(/server\.host/);
  });

  test.each([
    ['missing', undefined, /env:WEB_KEY is not set/],
    ['blank', '  ', /env:WEB_KEY is empty/],
  ])('a caller key that is %s stops the start', async (_, value, message) => {
    const server = { host: '0.0.0.0', keys: [{ name: 'web', key: 'env:WEB_KEY' }] };
    await expect(startHouse({ server, env: { WEB_KEY: value } })).rejects.toThrow(message);
  });

  test('two callers with one key are refused: nobody could tell them apart', async () => {
    const keys = ['web', 'batch'].map((name) => ({ name, key: `env:${name.toUpperCase()}` }));
    const started = startHouse({ server: { keys }, env: { WEB: WEB, BATCH: WEB } });
    const error = await started.then(
      (open) => open.close(),
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(/env:BATCH is given to both the caller web and the caller batch/);
    expect(String(error)).not.toContain(WEB);
  });

  test('the admin key may not be the key of a caller', async () => {
    const server = { keys: [{ name: 'web', key: 'env:WEB' }], adminKey: 'env:ADMIN' };
    const error = await startHouse({ server, env: { WEB: WEB, ADMIN: WEB } }).then(
      (open) => open.close(),
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(/env:ADMIN is given to both the caller web and the admin interface/);
    expect(String(error)).not.toContain(WEB);
  });
});
