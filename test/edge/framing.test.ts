import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post, talk } from '../kit/raw-http.ts';
import { BROKEN_CASES, CHUNKED } from './broken-cases.ts';
import {
  body,
  isRefusal,
  PATHS,
  readError,
  SURFACES,
  type Surface,
  stillServes,
  upstreamRequests,
} from './edge-kit.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse({ server: { limits: { body: '1MiB' } } });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

const good = (surface: Surface) => JSON.stringify(body(surface));

/** Head lines and a body as they are, nothing added. */
function raw(surface: Surface, lines: readonly string[], payload: string): Buffer {
  return Buffer.from(`POST ${PATHS[surface]} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${payload}`, 'latin1');
}

describe.each(SURFACES)('broken framing gets exactly one answer (%s)', (surface) => {
  test.each(BROKEN_CASES)('$name', async ({ lines, payload, status = 400, field, pathKnown, kept = false }) => {
    const before = upstreamRequests(house);
    const text = good(surface);
    const length = String(Buffer.byteLength(text));
    const bytes = raw(
      surface,
      lines.map((line) => line.replace('LENGTH', length)),
      payload ? payload(text) : text,
    );
    // A good request behind it is what would be smuggled past, or answered twice, had the first one been misread.
    const seen = await talk(house.gateway.url, {
      say: [bytes, 30, post(PATHS[surface], text)],
      ...(kept && { answers: 2 }),
      waitMs: 5_000,
    });
    expect(seen).toMatchObject({ rest: '', interim: [] });
    expect(seen.responses.map((response) => response.status)).toEqual(kept ? [status, 200] : [status]);
    expect(seen.closing).not.toBe(kept ? 'ended' : 'open');
    expect(upstreamRequests(house) - before).toBe(kept ? 1 : 0);
    const [answer] = seen.responses;
    if (!answer) throw new Error('no answer');
    const spoken = pathKnown ? surface : 'openai-chat';
    const wanted = { status, ...(field !== undefined && { field }) };
    isRefusal(house, spoken, { answer, wanted, before: upstreamRequests(house) });
  });
});

describe.each([
  ['an absolute target', `POST http://house${PATHS['openai-chat']} HTTP/1.1\r\nhost: house\r\n\r\n`],
  ['another host as target', 'GET http://metadata.internal/v1/models HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['an asterisk as target', 'OPTIONS * HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['CONNECT', 'CONNECT house:443 HTTP/1.1\r\nhost: house:443\r\n\r\n'],
  ['HTTP/1.2', 'GET /v1/models HTTP/1.2\r\nhost: house\r\n\r\n'],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS greeting', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
  ['an unknown method', 'BREW /v1/models HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['a method in small letters', 'get /v1/models HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['a NUL in the target', 'GET /v1/mod\0els HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['a blank in the target', 'GET /v1/ models HTTP/1.1\r\nhost: house\r\n\r\n'],
  ['a bad escape in the target', 'GET /v1/models/%zz HTTP/1.1\r\nhost: house\r\nconnection: close\r\n\r\n'],
])('a request line that is none: %s', (_, bytes) => {
  test('gets one 400 and the end of the connection', async () => {
    const before = upstreamRequests(house);
    const seen = await talk(house.gateway.url, { say: [bytes], waitMs: 5_000 });
    expect(seen).toMatchObject({ closing: 'ended', rest: '', responses: [{ status: 400 }] });
    expect(seen.responses).toHaveLength(1);
    readError('openai-chat', seen.responses[0]?.text ?? '');
    expect(upstreamRequests(house)).toBe(before);
  });
});

describe.each(SURFACES)('what came properly before it is answered first (%s)', (surface) => {
  const garbage = 'GARBAGE\r\n\r\n';

  test.each([
    ['garbage in the same packet', (request: Buffer) => [Buffer.concat([request, Buffer.from(garbage)])]],
    ['garbage after the answer', (request: Buffer) => [request, 150, garbage]],
    ['garbage in many packets', (request: Buffer) => [request, garbage, 5, garbage, 5, garbage, 5, garbage]],
  ])('a good request, then %s', async (_, packets) => {
    const seen = await talk(house.gateway.url, { say: packets(post(PATHS[surface], good(surface))), waitMs: 5_000 });
    expect(seen.responses.map(({ status }) => status)).toEqual([200, 400]);
    expect(seen).toMatchObject({ closing: 'ended', rest: '' });
  });

  test('a slow answer, and a request whose body breaks behind it', async () => {
    house.simulator.script('alpha', { fault: 'none', delayMs: 150 }, { times: 1 });
    const broken = raw(surface, CHUNKED, 'zz\r\n');
    const seen = await talk(house.gateway.url, {
      say: [Buffer.concat([post(PATHS[surface], good(surface)), broken])],
      waitMs: 5_000,
    });
    expect(seen.responses.map(({ status }) => status)).toEqual([200, 400]);
    expect(seen).toMatchObject({ closing: 'ended', rest: '' });
    readError(surface, seen.responses[1]?.text ?? '');
  });
});

describe.each(SURFACES)('unusual and in order (%s)', (surface) => {
  test('100 requests in one packet get 100 answers in their order', async () => {
    const before = upstreamRequests(house);
    const requests = Array.from({ length: 100 }, (_, at) =>
      post(
        PATHS[surface],
        JSON.stringify(body(surface, { messages: [{ role: 'user', content: `[[answer: n${at}]]` }] })),
      ),
    );
    const seen = await talk(house.gateway.url, { say: [Buffer.concat(requests)], answers: 100, waitMs: 15_000 });
    const texts = seen.responses.map(({ text }) => /n\d+/.exec(text)?.[0]);
    expect(texts).toEqual(requests.map((_, at) => `n${at}`));
    expect(seen.rest).toBe('');
    expect(upstreamRequests(house) - before).toBe(100);
  });

  test('good and bad requests in one packet keep their answers', async () => {
    const packet = Array.from({ length: 20 }, (_, at) => post(PATHS[surface], at % 2 ? '{' : good(surface)));
    const seen = await talk(house.gateway.url, { say: [Buffer.concat(packet)], answers: 20 });
    expect(seen.responses.map(({ status }) => status)).toEqual(packet.map((_, at) => (at % 2 ? 400 : 200)));
  });

  test('a request of one byte a packet', async () => {
    const bytes = post(PATHS[surface], good(surface));
    const say = Array.from(bytes, (byte) => [Buffer.from([byte]), 0]).flat();
    const seen = await talk(house.gateway.url, { say, answers: 1 });
    expect(seen.responses).toMatchObject([{ status: 200 }]);
  });

  test('`Expect: 100-continue` is met before the body is sent', async () => {
    const text = good(surface);
    const lines = [
      'host: house',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(text)}`,
      'expect: 100-continue',
    ];
    const asked = await talk(house.gateway.url, { say: [raw(surface, lines, '')], waitMs: 300 });
    expect(asked.interim).toEqual([100]);
    expect(asked.responses).toEqual([]);
    const seen = await talk(house.gateway.url, { say: [raw(surface, lines, ''), 50, text], answers: 1 });
    expect(seen.responses).toMatchObject([{ status: 200 }]);
  });

  test('chunks with extensions and trailers; a key in a trailer is no key', async () => {
    const text = good(surface);
    const half = Math.floor(text.length / 2);
    const pieces = [text.slice(0, half), text.slice(half)];
    const payload = pieces.map((piece) => `${piece.length.toString(16)};a=b\r\n${piece}\r\n`).join('');
    const seen = await talk(house.gateway.url, {
      say: [raw(surface, CHUNKED, `${payload}0\r\nx-api-key: smuggled\r\nhost: other\r\n\r\n`)],
      answers: 1,
    });
    expect(seen.responses).toMatchObject([{ status: 200 }]);
  });

  test('HTTP/1.0 without a Host is served and not kept open', async () => {
    const bytes = post(PATHS[surface], good(surface)).toString('latin1');
    const old = bytes.replace('HTTP/1.1', 'HTTP/1.0').replace('host: house\r\n', '');
    const seen = await talk(house.gateway.url, { say: [old], waitMs: 5_000 });
    expect(seen).toMatchObject({ closing: 'ended', responses: [{ status: 200 }] });
  });

  test('an offer to upgrade is declined by answering', async () => {
    const bytes = post(PATHS[surface], good(surface), ['connection: upgrade, http2-settings', 'upgrade: h2c']);
    const seen = await talk(house.gateway.url, { say: [bytes], answers: 1 });
    expect(seen.responses).toMatchObject([{ status: 200 }]);
  });
});
