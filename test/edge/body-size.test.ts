import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { talk } from '../kit/raw-http.ts';
import { ask, body, isRefusal, PATHS, refuses, SURFACES, stillServes, upstreamRequests } from './edge-kit.ts';

const MIB = 1_048_576;
const BOMB = gzipSync(Buffer.alloc(100 * MIB), { level: 1 });
const TOO_LARGE = { status: 413, field: 'body', code: 'payload_too_large' } as const;

let house: House;
beforeAll(async () => {
  house = await startHouse({ server: { limits: { body: '1MiB' } } });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

const ofSize = (surface: (typeof SURFACES)[number], bytes: number) => {
  const empty = JSON.stringify(body(surface, { messages: [{ role: 'user', content: '' }] }));
  return JSON.stringify(body(surface, { messages: [{ role: 'user', content: 'x'.repeat(bytes - empty.length) }] }));
};

describe.each(SURFACES)('a body at and over the limit (%s)', (surface) => {
  const head = (lines: readonly string[]) =>
    `POST ${PATHS[surface]} HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\n${lines.join('\r\n')}\r\n\r\n`;

  test('exactly the limit is served, one byte more is not', async () => {
    const fits = ofSize(surface, MIB);
    expect(fits).toHaveLength(MIB);
    expect((await ask(house, surface, { body: fits })).status).toBe(200);
    await refuses(house, surface, { body: ofSize(surface, MIB + 1) }, TOO_LARGE);
  });

  test.each([MIB + 1, 50 * MIB, Number.MAX_SAFE_INTEGER])(
    'an announced length of %d bytes is refused before any of them is sent',
    async (length) => {
      const before = upstreamRequests(house);
      const seen = await talk(house.gateway.url, { say: [head([`content-length: ${length}`])], waitMs: 5_000 });
      expect(seen).toMatchObject({ closing: 'ended', rest: '' });
      expect(seen.responses).toHaveLength(1);
      const [answer] = seen.responses;
      if (!answer) throw new Error('no answer');
      isRefusal(house, surface, { answer, wanted: TOO_LARGE, before });
    },
  );

  test('chunks without end are cut soon after the limit', async () => {
    const before = upstreamRequests(house);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    const say = [head(['transfer-encoding: chunked']), ...Array.from({ length: 1_600 }, () => chunk)];
    const seen = await talk(house.gateway.url, { say, waitMs: 10_000 });
    expect(seen.closing).not.toBe('open');
    expect(seen.responses).toHaveLength(1);
    const [answer] = seen.responses;
    if (!answer) throw new Error('no answer');
    isRefusal(house, surface, { answer, wanted: TOO_LARGE, before });
    // 100 MiB were on offer; what the sockets' own buffers hold on both sides counts as taken.
    expect(seen.bytesTaken).toBeLessThan(30 * MIB);
  });

  test('a compressed body that would be a hundred times the limit is refused as it comes, and never unpacked', async () => {
    expect(BOMB.length).toBeLessThan(MIB);
    const before = process.memoryUsage.rss();
    const headers = { 'content-encoding': 'gzip' };
    await refuses(house, surface, { body: BOMB, headers }, { status: 415, field: 'content-encoding' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * MIB);
  });

  test('a client that sends all before it reads still reads the error', async () => {
    for (let round = 0; round < 5; round++) {
      await refuses(house, surface, { body: ofSize(surface, 8 * MIB) }, TOO_LARGE);
    }
  });
});
