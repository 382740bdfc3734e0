import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { framesOf } from '../kit/sse-text.ts';
import { upstreamRequests } from './edge-kit.ts';

const KEY = 'web-key-0123456789';

let house: House;

beforeAll(async () => {
  house = await startHouse({
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY' }] },
    env: { WEB_KEY: KEY },
    routes: { 'llama:8b': { targets: ['gamma/steady-1'] } },
  });
});
afterAll(() => house.close());

interface Asked {
  readonly headers?: Record<string, string>;
  readonly prompt?: string;
}

/** What came back, up to where the connection broke. */
async function post(path: string, { headers = { 'x-goog-api-key': KEY }, prompt = 'Hello' }: Asked = {}) {
  const response = await fetch(`${house.gateway.url}/v1beta/models/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  });
  let text = '';
  let cut = false;
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    cut = true;
  }
  return { status: response.status, headers: response.headers, text, cut };
}

const errorOf = ({ text }: { text: string }) => JSON.parse(text).error;

describe('the name in the path', () => {
  test.each(['reply', 'alpha/steady-1', 'beta%2Fsteady-1', 'gamma%2fsteady-1', 'llama:8b', 'llama%3A8b'])(
    '%s',
    async (name) => {
      const answer = await post(`${name}:generateContent`);
      expect({ status: answer.status, text: answer.text.slice(0, 300) }).toMatchObject({ status: 200 });
      expect(JSON.parse(answer.text)).toMatchObject({
        candidates: [{ finishReason: 'STOP' }],
        understudy: { route: decodeURIComponent(name) },
      });
    },
  );

  test.each([
    ['reply', 404],
    [':generateContent', 404],
    ['reply:', 404],
    ['reply:embedContent', 404],
    ['reply:generatecontent', 404],
    [`${'long'.repeat(200)}:generateContent`, 404],
    ['..%2f..%2fadmin:generateContent', 404],
    ['%ff:generateContent', 400],
  ])('%s is %i, in the words of Google', async (path, status) => {
    const before = upstreamRequests(house);
    const answer = await post(path);
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toMatchObject({ code: status, status: status === 404 ? 'NOT_FOUND' : 'INVALID_ARGUMENT' });
    expect(errorOf(answer).message.length).toBeLessThan(500);
    expect(upstreamRequests(house)).toBe(before);
  });
});

describe('where the SDK of another language calls: v1', () => {
  const url = () => `${house.gateway.url}/v1/models`;
  const post = (path: string, headers: Record<string, string> = { 'x-goog-api-key': KEY }) =>
    fetch(`${url()}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'Hello' }] }] }),
    });

  test('the same is served, and refused in the same words', async () => {
    const whole = await post('beta/steady-1:generateContent');
    expect(await whole.json()).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
    const refusals = [post('reply:generateContent', {}), post(`reply:generateContent?key=${KEY}`), post('reply')];
    const errors = await Promise.all((await Promise.all(refusals)).map((refused) => refused.json()));
    expect(errors.map((told) => Object(told).error.status)).toEqual([
      'UNAUTHENTICATED',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
    ]);
  });

  test.each([
    [
      { 'x-goog-api-key': KEY },
      { models: expect.arrayContaining([expect.objectContaining({ name: 'models/reply' })]) },
    ],
    [{ authorization: `Bearer ${KEY}` }, { object: 'list' }],
    [{ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' }, { has_more: false }],
  ])('models are listed in the shape of the vendor whose headers come: %j', async (headers, listed) => {
    const list = await fetch(url(), { headers: new Headers(Object.entries(headers)) });
    expect(await list.json()).toMatchObject(listed);
    const one = await fetch(`${url()}/reply`, { headers: new Headers(Object.entries(headers)) });
    expect(JSON.stringify(await one.json())).toContain('reply');
  });
});

describe('the key', () => {
  test.each<Record<string, string>>([{ 'x-goog-api-key': KEY }, { authorization: `Bearer ${KEY}` }])(
    '%j opens the door',
    async (headers) => {
      expect((await post('reply:generateContent', { headers })).status).toBe(200);
    },
  );

  test.each<Record<string, string>>([{}, { 'x-goog-api-key': 'wrong' }])('%j does not', async (headers) => {
    const answer = await post('reply:generateContent', { headers });
    expect(errorOf(answer)).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect(errorOf(answer).message).toContain('x-goog-api-key');
  });

  test.each(['?key=', '?alt=sse&key=', '?%6bey='])(
    'in the address (%s) is refused even when it is right',
    async (query) => {
      const answer = await post(`reply:streamGenerateContent${query}${KEY}`);
      expect(errorOf(answer)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
      expect(errorOf(answer).message).toMatch(/x-goog-api-key/);
      expect(answer.text).not.toContain(KEY);
      const listed = await fetch(`${house.gateway.url}/v1beta/models${query}${KEY}`);
      expect(listed.status).toBe(400);
    },
  );

  test('is never written down', () => {
    expect(house.logs.join('\n')).not.toContain(KEY);
  });
});

describe('a streamed answer', () => {
  test.each(['alpha', 'beta', 'gamma'])('of %s as events', async (provider) => {
    const answer = await post(`${provider}/steady-1:streamGenerateContent?alt=sse`, { prompt: '[[words: 30]]' });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const responses = framesOf(answer.text).map(({ data }) => JSON.parse(data));
    expect(textOf(responses)).toMatch(/^word1 .*word30$/);
    expect(responses.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], understudy: { attempts: 1 } });
  });

  test.each(['', '?alt=json', '?%24alt=json%3Benum-encoding%3Dint'])(
    'without alt=sse (%s) as one JSON array',
    async (query) => {
      for (const provider of ['alpha', 'beta', 'gamma']) {
        const answer = await post(`${provider}/steady-1:streamGenerateContent${query}`, { prompt: '[[words: 30]]' });
        expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
        expect(answer.headers.get('content-length')).toBeNull();
        const responses = JSON.parse(answer.text);
        expect(responses.length).toBeGreaterThan(10);
        expect(textOf(responses)).toMatch(/^word1 .*word30$/);
        expect(responses.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], understudy: { attempts: 1 } });
      }
    },
  );

  test.each(['alpha', 'beta', 'gamma'])(
    'of %s that breaks off is an array that does not end, with the error in it',
    async (provider) => {
      const answer = await post(`${provider}/steady-1--cut-3:streamGenerateContent`, { prompt: '[[words: 30]]' });
      expect(answer.status).toBe(200);
      expect(answer.cut).toBe(true);
      expect(() => JSON.parse(answer.text)).toThrow();
      const responses = JSON.parse(`${answer.text}]`);
      expect(textOf(responses)).toMatch(/^word1/);
      expect(JSON.stringify(responses)).not.toContain('finishReason');
      expect(responses.at(-1)).toMatchObject({ error: { code: 502, understudy: { code: 'stream_interrupted' } } });
    },
  );

  test('an error before the first byte is a plain error, whatever the framing', async () => {
    for (const query of ['', '?alt=sse']) {
      const answer = await post(`alpha/steady-1--status-503:streamGenerateContent${query}`);
      expect(answer.status).toBe(503);
      expect(errorOf(answer)).toMatchObject({ code: 503, status: 'UNAVAILABLE' });
    }
  });

  test('framing of another kind is refused', async () => {
    expect(errorOf(await post('reply:streamGenerateContent?alt=proto'))).toMatchObject({ code: 400 });
  });
});

interface Piece {
  readonly candidates?: readonly { readonly content?: { readonly parts?: readonly { readonly text?: string }[] } }[];
}

function textOf(responses: readonly Piece[]): string {
  return responses.map(({ candidates }) => candidates?.[0]?.content?.parts?.[0]?.text ?? '').join('');
}
