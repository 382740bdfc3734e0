import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type Ask, ask, body, PATHS, readError, refuses, SURFACES, type Surface, stillServes } from './edge-kit.ts';

const ADMIN = { authorization: 'Bearer the-admin-key-of-this-test' };

let house: House;
beforeAll(async () => {
  house = await startHouse({
    server: { adminKey: 'env:EDGE_ADMIN_KEY' },
    env: { EDGE_ADMIN_KEY: 'the-admin-key-of-this-test' },
  });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

describe('a path that is not there is a 404 in the dialect of its neighbours', () => {
  test.each([
    ['openai-chat', '/'],
    ['openai-chat', '/v1'],
    ['openai-chat', '/v2/chat/completions'],
    ['openai-chat', '/v1/chat/completions/'],
    ['openai-chat', '//v1/chat/completions'],
    ['openai-chat', '/v1/chat%2fcompletions'],
    ['openai-chat', '/V1/CHAT/COMPLETIONS'],
    ['openai-chat', '/v1/../v1/chat/completions%20'],
    ['openai-chat', '/v1/embedding'],
    ['openai-chat', '/%00'],
    ['openai-chat', `/${'a'.repeat(8_000)}`],
    ['openai-chat', '/v1/chat/completions/chatcmpl-1?limit=5'],
    ['anthropic-messages', '/v1/messages/'],
    ['anthropic-messages', '/v1/messages/batches'],
    ['anthropic-messages', '/v1/messages/batches?limit=5'],
  ] as const)('%s %s', async (surface, path) => {
    const how: Ask = { path, body: body(surface) };
    const error = await refuses(house, surface, how, { status: 404, code: 'not_found' });
    expect(error.type).toBe('not_found_error');
    // It says where to go instead.
    expect(error.message).toContain('POST /v1/chat/completions');
  });

  test('a query is not part of the path, and is not echoed', async () => {
    const answer = await ask(house, 'openai-chat', { path: '/nowhere?key=not-for-others' });
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('not-for-others');
    expect(house.logs.join('')).not.toContain('not-for-others');
  });

  test.each(SURFACES)('an unknown query on a known path changes nothing (%s)', async (surface) => {
    const answer = await ask(house, surface, { path: `${PATHS[surface]}?beta=true&__proto__=x`, body: body(surface) });
    expect(answer.status).toBe(200);
  });
});

describe.each(SURFACES)('methods (%s)', (surface) => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('%s is a 404 that names POST', async (method) => {
    const how: Ask = { method, ...(method !== 'GET' && { body: body(surface) }) };
    const error = await refuses(house, surface, how, { status: 404, code: 'not_found' });
    expect(error.message).toContain(`there is no ${method} ${PATHS[surface]}`);
    expect(error.message).toContain(`POST ${PATHS[surface]}`);
  });

  test('HEAD says the same without a body', async () => {
    const answer = await ask(house, surface, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 404, text: '' });
  });

  test('no page of another origin is invited', async () => {
    const answer = await ask(house, surface, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('models', () => {
  const ANTHROPIC = { 'anthropic-version': '2023-06-01' };

  test.each([
    ['openai-chat', {}],
    ['anthropic-messages', ANTHROPIC],
  ] as [Surface, Record<string, string>][])(
    'a model that nobody knows is a 404 in the dialect that was asked (%s)',
    async (surface, headers) => {
      for (const id of ['nobody', 'nobody/model', '__proto__', 'constructor', '%00', 'x'.repeat(5_000)]) {
        const how: Ask = { method: 'GET', path: `/v1/models/${id}`, headers };
        await refuses(house, surface, how, { status: 404, field: 'model', code: 'unknown_model' });
      }
      const how: Ask = { method: 'GET', path: '/v1/models/%zz', headers };
      await refuses(house, surface, how, { status: 400 });
    },
  );

  test('HEAD is GET without its body', async () => {
    const answer = await ask(house, 'openai-chat', { method: 'HEAD', path: '/v1/models' });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

describe('the admin interface', () => {
  const refused = (path: string, wanted: { status: number; field?: string }) =>
    refuses(house, 'openai-chat', { method: 'GET', path, headers: ADMIN }, wanted);

  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=all', 'limit'],
    ['limit=1e400', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['outcome=great', 'outcome'],
    ['outcome=served&outcome=failed', 'outcome'],
    ['degraded=maybe', 'degraded'],
    ['route=a&route=b', 'route'],
    ['target=a&target=b', 'target'],
    ['before=yesterday', 'before'],
    ['before=1&before=2', 'before'],
    ['page=2', 'page'],
    ['__proto__=1', '__proto__'],
  ])('a list with %s names %s', async (query, field) => {
    await refused(`/admin/requests?${query}`, { status: 400, field });
  });

  test.each(['req_nobody', '__proto__', "' OR 1=1 --", 'x'.repeat(90), '%00'])(
    'a request that is not there: %s',
    async (id) => {
      await refused(`/admin/requests/${id.includes('%') ? id : encodeURIComponent(id)}`, { status: 404 });
    },
  );

  test('an id of 5,000 characters is refused by its length', async () => {
    await refused(`/admin/requests/${'x'.repeat(5_000)}`, { status: 414 });
  });

  test('a body nobody asked for does no harm', async () => {
    const answer = await ask(house, 'openai-chat', {
      method: 'DELETE',
      path: '/admin/requests',
      headers: ADMIN,
      body: '{}',
    });
    expect(answer.status).toBe(404);
    readError('openai-chat', answer.text);
  });
});
