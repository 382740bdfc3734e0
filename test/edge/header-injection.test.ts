import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post, talk } from '../kit/raw-http.ts';
import { ask, body, PATHS, SURFACES, type Surface, stillServes } from './edge-kit.ts';

/** Everything that ends a header, a line, or a parser. */
const HOSTILE = [
  'a\r\nx-evil: 1',
  'a\nx-evil: 1',
  'a\rx-evil: 1',
  'a\0x-evil: 1',
  'a\u2028x-evil: 1',
  'ä\u00ff',
  '日本語',
  '\ud800',
  '\u010d\u010ax-evil: 1',
  '\ud83d\ude00',
  `a${'b'.repeat(20_000)}`,
] as const;

/** What a request to a provider may carry: anything else was put there by a caller. */
const UPSTREAM_HEADERS = new Set([
  'host',
  'connection',
  'content-type',
  'content-length',
  'accept',
  'accept-encoding',
  'user-agent',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'anthropic-version',
  'anthropic-beta',
  'traceparent',
  'tracestate',
]);

let house: House;
beforeAll(async () => {
  house = await startHouse({ routes: { odd: { targets: ['alpha/modèle-日本-1', 'beta/modèle-1'] } } });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

/** All requests that providers saw during `act`; each must carry known headers only, in printable ASCII. */
async function upstreamOf(act: () => Promise<unknown>): Promise<void> {
  house.simulator.resetMeters();
  await act();
  for (const provider of ['alpha', 'beta', 'gamma']) {
    for (const { headers, path } of house.simulator.meter(provider).requestLog) {
      expect(Object.keys(headers).filter((name) => !UPSTREAM_HEADERS.has(name))).toEqual([]);
      for (const [name, value] of Object.entries(headers)) expect(`${name}: ${value}`).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.stringify(headers)).not.toContain('x-evil');
      expect(path).toMatch(/^\/[\x21-\x7e]*$/);
    }
  }
}

/** Answers are printable ASCII with no header that the gateway does not make. */
function isSafe(headers: Readonly<Record<string, string | string[] | undefined>>): void {
  expect(headers).not.toHaveProperty('x-evil');
  for (const [name, value] of Object.entries(headers)) expect(`${name}: ${value}`).toMatch(/^[\x20-\x7e]*$/);
}

/** Every text of a body that might find its way into a header or a path. */
const PLACES: readonly (readonly [string, (hostile: string) => Record<string, unknown>])[] = [
  ['model', (model) => ({ model })],
  ['a raw target of every provider', (text) => ({ model: `gamma/${text}` })],
  ['user', (user) => ({ user })],
  ['metadata', (text) => ({ metadata: { user_id: text, [text]: text } })],
  ['anthropic_beta', (text) => ({ anthropic_beta: [text] })],
  ['betas', (text) => ({ betas: [text] })],
  ['extra_headers', (text) => ({ extra_headers: { 'x-evil': text } })],
  ['headers', (text) => ({ headers: { 'x-evil': text } })],
  ['tags', (text) => ({ understudy: { tags: [text.slice(0, 60)] } })],
  ['residency', (text) => ({ understudy: { residency: [text.slice(0, 60)] } })],
  ['pin', (text) => ({ understudy: { pin: `alpha/${text.replaceAll(/\s/g, '')}` } })],
  ['a tool', (name) => ({ tools: [{ name, input_schema: {}, type: 'function', function: { name } }] })],
  ['a message', (content) => ({ messages: [{ role: 'user', content }] })],
];

describe.each(SURFACES)('hostile texts in a body become no header (%s)', (surface) => {
  test.each(PLACES)('%s', async (_, place) => {
    for (const hostile of HOSTILE) {
      for (const stream of [false, true]) {
        await upstreamOf(async () => {
          const answer = await ask(house, surface, { body: body(surface, { ...place(hostile), stream }) });
          isSafe(answer.headers);
          expect(answer.status).toBeLessThan(500);
        });
      }
    }
  });

  test('what a beta is called must be a name', async () => {
    for (const names of [['a,b'], ['a b'], ['a\r\nx-evil: 1'], ['ä'], [''], ['x'.repeat(101)]]) {
      const answer = await ask(house, surface, { body: body(surface, { anthropic_beta: names }) });
      if (surface === 'anthropic-messages') expect(answer.status).toBe(400);
    }
  });
});

describe('a model name is one segment of a path at most', () => {
  test.each([
    '../../admin/meters',
    '..%2f..%2fadmin',
    '%2e%2e/%2e%2e/admin',
    'steady-1?key=stolen',
    'steady-1#x',
    'steady-1:countTokens',
    'steady-1/../../other',
    '\\..\\admin',
    'steady-1;a=b',
    '@host/x',
    '//host/x',
  ])('%s', async (name) => {
    for (const provider of ['alpha', 'beta', 'gamma']) {
      await upstreamOf(async () => {
        await ask(house, 'openai-chat', { body: body('openai-chat', { model: `${provider}/${name}` }) });
      });
      for (const { path } of house.simulator.meter(provider).requestLog) {
        const [beneath = '', query] = path.split('?');
        expect(beneath.split('/')).not.toContain('..');
        expect(query === undefined || query === 'alt=sse').toBe(true);
      }
    }
    const seen = ['alpha', 'beta', 'gamma'].flatMap((provider) =>
      house.simulator.meter(provider).requestLog.map(({ path }) => path),
    );
    // Nothing but the three kinds of addresses that a chat request has.
    for (const path of seen) {
      expect(path).toMatch(
        /^\/(alpha|beta|gamma)\/[a-z0-9/.-]*(chat\/completions|messages|models\/[^/?#]+)(\?alt=sse)?$/,
      );
    }
  });
});

describe.each(SURFACES)("a caller's own headers (%s)", (surface) => {
  const HEADERS: Record<string, string> = {
    authorization: 'Bearer callers-own-key-0123456789',
    'x-api-key': 'callers-own-key-0123456789',
    'api-key': 'callers-own-key-0123456789',
    'x-goog-api-key': 'callers-own-key-0123456789',
    cookie: 'session=callers-own-key-0123456789',
    'proxy-authorization': 'Basic callers-own-key-0123456789',
    'openai-organization': 'org-callers-own',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'other.example',
    forwarded: 'for=10.0.0.1',
    'x-evil': '1',
    'x-simulator-script': '{"fault":"html-page"}',
    'x-understudy-tags': 'a\u00e4',
    'user-agent': 'evil/1.0',
    referer: 'https://page.example',
    te: 'trailers',
    'accept-encoding': 'gzip',
    'anthropic-dangerous-direct-browser-access': 'true',
    range: 'bytes=0-1',
    'if-none-match': '*',
    'x-http-method-override': 'DELETE',
  };

  test('are not forwarded', async () => {
    await upstreamOf(async () => {
      const answer = await ask(house, surface, { body: body(surface), headers: HEADERS });
      expect(answer.status).toBe(200);
      isSafe(answer.headers);
    });
    const log = ['alpha', 'beta'].flatMap((name) => house.simulator.meter(name).requestLog);
    expect(log).toHaveLength(1);
    expect(JSON.stringify(log)).not.toMatch(/callers-own|evil|10\.0\.0\.1|page\.example/);
  });

  test.each([
    ['plain', 'req-42.a:b_c', true],
    ['128 characters', 'x'.repeat(128), true],
    ['129 characters', 'x'.repeat(129), false],
    ['a blank', 'a b', false],
    ['latin-1', 'a\u00e4', false],
    ['quotes', '"><script>', false],
    ['empty', '', false],
  ])('x-request-id comes back only when it is safe: %s', async (_, value, echoed) => {
    for (const sent of [body(surface), body(surface, { model: 'nobody' })]) {
      const answer = await ask(house, surface, { body: sent, headers: { 'x-request-id': value } });
      isSafe(answer.headers);
      expect(answer.headers['x-request-id']).toBe(echoed ? value : undefined);
    }
  });

  test('bytes above 127 in any header are no harm', async () => {
    await upstreamOf(async () => {
      for (const name of ['x-note', 'x-request-id', 'traceparent', 'x-understudy-tags', 'anthropic-beta', 'host']) {
        const lines = Buffer.from(post(PATHS[surface], JSON.stringify(body(surface)), [`${name}: \u00e9\u00ff\u0080`]));
        const seen = await talk(house.gateway.url, { say: [lines], answers: 1 });
        expect(seen.responses).toHaveLength(1);
        expect(seen.responses[0]?.status).toBeLessThan(500);
        isSafe(seen.responses[0]?.headers ?? {});
      }
    });
  });

  test('a target with a name in another script is served, and told in ASCII', async () => {
    for (const stream of [false, true]) {
      await upstreamOf(async () => {
        const answer = await ask(house, surface, { body: body(surface, { model: 'odd', stream }) });
        expect(answer.status).toBe(200);
        isSafe(answer.headers);
        expect(answer.headers['x-understudy-served-by']).toBe('alpha/mod?le-??-1');
      });
    }
  });
});

test.each(['réponse', 'a b', 'a\r\nx-evil: 1', 'a\0', '../x', ''])('a route may not be called %j', async (name) => {
  await expect(startHouse({ routes: { [name]: { targets: ['alpha/steady-1'] } } })).rejects.toThrow(/no route name/);
});

test('answers of one surface never carry headers of a provider', async () => {
  const headers = { 'x-evil': '1', 'set-cookie': 'a=b', 'x-ratelimit-remaining-requests': '5', server: 'sim' };
  for (const surface of SURFACES satisfies readonly Surface[]) {
    for (const provider of ['alpha', 'beta']) {
      house.simulator.script(provider, { fault: 'none', headers }, { times: 1 });
    }
    const answer = await ask(house, surface, { body: body(surface) });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('x-evil');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    for (const provider of ['alpha', 'beta']) house.simulator.script(provider, undefined);
  }
});
