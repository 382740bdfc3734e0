import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type Talk, talk } from '../kit/raw-http.ts';
import { body, PATHS, readError, SURFACES, type Surface, stillServes, upstreamRequests } from './edge-kit.ts';

const HEADERS_TIMEOUT_MS = 600;
const BODY_TIMEOUT_MS = 1_200;
/** Node looks for late connections once a second. */
const CHECK_MS = 1_000;
/** What a loaded machine may add. */
const SLACK_MS = 1_500;

let house: House;
beforeAll(async () => {
  house = await startHouse({ server: { limits: { headersTimeout: '600ms', bodyTimeout: '1200ms' } } });
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

const head = (surface: Surface, lines: readonly string[]) =>
  `POST ${PATHS[surface]} HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\n${lines.join('\r\n')}\r\n\r\n`;

/** A byte at a time, for as long as it takes. */
const drip = (text: string) => Array.from({ length: 400 }, (_, at) => [text[at % text.length] ?? '', 25]).flat();

interface Slow {
  readonly name: string;
  /** In whose dialect the error has to be: a path is known once the headers are there. */
  readonly spoken: Surface;
  readonly say: Talk['say'];
  readonly limitMs: number;
}

const SLOW: readonly Slow[] = [
  { name: 'says nothing at all', spoken: 'openai-chat', say: [], limitMs: HEADERS_TIMEOUT_MS },
  {
    name: 'begins its headers and stops',
    spoken: 'openai-chat',
    say: ['POST /v1/messages HTTP/1.1\r\nhost: house\r\n'],
    limitMs: HEADERS_TIMEOUT_MS,
  },
  {
    name: 'sends its headers a byte at a time',
    spoken: 'openai-chat',
    say: ['POST /v1/messages HTTP/1.1\r\nhost: house\r\nx-note: ', ...drip('a')],
    limitMs: HEADERS_TIMEOUT_MS,
  },
  ...SURFACES.flatMap((spoken) => [
    { name: 'sends no body', spoken, say: [head(spoken, ['content-length: 1000'])], limitMs: BODY_TIMEOUT_MS },
    {
      name: 'sends its body a byte at a time',
      spoken,
      say: [head(spoken, ['content-length: 1000']), ...drip(JSON.stringify(body(spoken)))],
      limitMs: BODY_TIMEOUT_MS,
    },
    {
      name: 'sends its chunks a byte at a time',
      spoken,
      say: [head(spoken, ['transfer-encoding: chunked']), ...drip('1\r\n \r\n')],
      limitMs: BODY_TIMEOUT_MS,
    },
  ]),
];

test('callers that take too long are told so, once, and cut', async () => {
  const before = upstreamRequests(house);
  // Side by side: each of them waits for seconds.
  const all = await Promise.all(
    SLOW.map(async (slow) => ({ ...slow, seen: await talk(house.gateway.url, { say: slow.say, waitMs: 15_000 }) })),
  );
  for (const { name, spoken, limitMs, seen } of all) {
    expect({ name, ...seen }).toMatchObject({
      name,
      rest: '',
      responses: [{ status: 408, headers: { connection: 'close' } }],
    });
    expect(seen.closing).not.toBe('open');
    expect(seen.ms).toBeGreaterThan(limitMs - 50);
    expect(seen.ms).toBeLessThan(limitMs + CHECK_MS + SLACK_MS);
    expect(readError(spoken, seen.responses[0]?.text ?? '')).toMatchObject({ code: 'request_timeout' });
  }
  expect(upstreamRequests(house)).toBe(before);
});

test('a body that is shorter than it said, and the client hangs up: nothing is asked of anybody', async () => {
  const before = upstreamRequests(house);
  for (const surface of SURFACES) {
    await talk(house.gateway.url, { say: [head(surface, ['content-length: 1000']), '{"model":'], waitMs: 50 });
  }
  expect(upstreamRequests(house)).toBe(before);
});

test('300 idle connections and 100 half requests do not keep others waiting', async () => {
  const { hostname, port } = new URL(house.gateway.url);
  const sockets = Array.from({ length: 400 }, (_, at) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    if (at % 4 === 0) socket.write('POST /v1/messages HTTP/1.1\r\nhost: ho');
    return socket;
  });
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const begun = performance.now();
  for (let round = 0; round < 10; round++) await stillServes(house);
  expect(performance.now() - begun).toBeLessThan(5_000);
  for (const socket of sockets) socket.destroy();
});

test('a connection between two requests may stay idle for longer than a request may take', async () => {
  const request = `${head('openai-chat', [`content-length: ${JSON.stringify(body('openai-chat')).length}`])}${JSON.stringify(body('openai-chat'))}`;
  const pause = BODY_TIMEOUT_MS + CHECK_MS + 500;
  const seen = await talk(house.gateway.url, { say: [request, pause, request], answers: 2 });
  expect(seen.responses.map(({ status }) => status)).toEqual([200, 200]);
});
