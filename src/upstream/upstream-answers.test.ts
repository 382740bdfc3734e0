import type { ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, expect, test } from 'vitest';
import { Secret } from './secret.ts';
import {
  afterBody,
  dataOf,
  type Fixture,
  faultOf,
  framesOf,
  json,
  request,
  serve,
  sleep,
  until,
  upstreamTo,
} from './test-kit.ts';
import type { HttpUpstream } from './upstream.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function provider(
  answer: (response: ServerResponse, headers: NodeJS.Dict<string | string[]>, url: string) => void,
  ...rest: [changes?: Parameters<typeof upstreamTo>[1], options?: Parameters<typeof upstreamTo>[2]]
): Promise<{ server: Fixture; upstream: HttpUpstream }> {
  const server = await serve(afterBody((incoming, response) => answer(response, incoming.headers, incoming.url ?? '')));
  const upstream = upstreamTo(`${server.url}/v1`, ...rest);
  open.push(server, upstream);
  return { server, upstream };
}

const plain = (type: string | undefined, body: string) => (response: ServerResponse) => {
  response.writeHead(200, type === undefined ? {} : { 'content-type': type });
  response.end(body);
};

test("only our own headers, the dialect's, the provider's and its credential are sent", async () => {
  let seen: NodeJS.Dict<string | string[]> = {};
  let path = '';
  const { upstream } = await provider(
    (response, headers, url) => {
      seen = headers;
      path = url;
      json(response, {});
    },
    {
      authorisation: { kind: 'key', scheme: 'x-api-key', key: new Secret('a-planted-key-0123456789') },
      headers: { 'X-Org': 'o-1', 'x-extra': { kind: 'env', name: 'E' } },
    },
    { resolveSecret: async () => new Secret('resolved') },
  );
  await upstream.send(request({ path: '/messages?beta=true', headers: { 'anthropic-version': '2023-06-01' } }));
  const { host, ...rest } = seen;
  expect(rest).toEqual({
    accept: 'application/json',
    'accept-encoding': 'identity',
    'anthropic-version': '2023-06-01',
    connection: 'keep-alive',
    'content-length': '13',
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^understudy\/\d+\.\d+\.\d+/),
    'x-api-key': 'a-planted-key-0123456789',
    'x-extra': 'resolved',
    'x-org': 'o-1',
  });
  expect(path).toBe('/v1/messages?beta=true');
});

test('only response headers of the allow-list are handed on', async () => {
  const { upstream } = await provider((response) => {
    response.writeHead(429, {
      'Content-Type': 'application/json',
      'Retry-After': '3',
      'retry-after-ms': '2500',
      'x-ms-retry-after-ms': '2400',
      'X-RateLimit-Remaining-Requests': '0',
      'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:00Z',
      'Request-Id': 'r1',
      'x-should-retry': 'true',
      'set-cookie': 'a=b',
      'openai-organization': 'org',
      'x-goog-api-key': 'echoed',
    });
    response.end('{"error":{}}');
  });
  expect(await upstream.send(request())).toEqual({
    kind: 'refused',
    response: {
      status: 429,
      body: '{"error":{}}',
      headers: {
        'content-type': 'application/json',
        'retry-after': '3',
        'retry-after-ms': '2500',
        'x-ms-retry-after-ms': '2400',
        'x-ratelimit-remaining-requests': '0',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:00Z',
        'request-id': 'r1',
        'x-should-retry': 'true',
      },
    },
  });
});

test('a refusal larger than the limit is kept up to it, and its socket closed', async () => {
  const { server, upstream } = await provider((response) => {
    response.writeHead(500);
    response.write('é'.repeat(100_000));
  });
  const answer = await upstream.send(request());
  if (answer.kind !== 'refused') throw new Error(answer.kind);
  expect(Buffer.byteLength(answer.response.body)).toBe(64 * 1024);
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);
});

test('a refusal whose body never comes, or breaks, is a refusal all the same', async () => {
  const limits = { errorBodyMs: 50 };
  const slow = await provider((response) => response.writeHead(503).write('over'), {}, { limits });
  expect(await slow.upstream.send(request())).toMatchObject({ response: { status: 503, body: 'over' } });
  await until(() => slow.server.sockets.size === 0);
  const broken = await provider((response) => {
    response.writeHead(429, { 'content-length': '100', 'retry-after': '1' }).write('part');
    setTimeout(() => response.destroy(), 10);
  });
  expect(await broken.upstream.send(request())).toMatchObject({ response: { status: 429, body: 'part' } });
});

test('a redirect is not followed', async () => {
  let hits = 0;
  const { upstream } = await provider((response) => {
    hits += 1;
    response.writeHead(307, { location: '/v1/elsewhere' }).end();
  });
  const fault = await faultOf(upstream.send(request()));
  expect(fault).toMatchObject({ kind: 'bad-response', what: 'wrong-type', status: 307 });
  expect(fault.message).toContain('redirect');
  expect(hits).toBe(1);
});

test.each([
  ['application/json', '{"a":1}', { a: 1 }],
  ['application/json; charset=utf-8', '\ufeff\n\n {"a":"é"}', { a: 'é' }],
  ['application/problem+json', '[1]', [1]],
  ['text/plain', '{"a":1}', { a: 1 }],
  [undefined, '"x"', 'x'],
])('a whole answer of type %s is parsed', async (type, body, value) => {
  const { upstream } = await provider(plain(type, body));
  expect(await upstream.send(request())).toMatchObject({ kind: 'body', status: 200, value });
  expect(await upstream.send(request({ stream: true }))).toMatchObject({ kind: 'body', status: 200, value });
});

test.each([
  ['text/html', '<!doctype html>', 'html'],
  ['application/json', '  <html></html>', 'html'],
  ['application/json', '', 'empty'],
  ['application/json', ' \n ', 'empty'],
  ['application/json', '{"a":', 'malformed'],
  ['text/plain', 'upstream connect error', 'malformed'],
  ['image/png', 'xx', 'wrong-type'],
  ['application/x-ndjson', '{}\n{}', 'wrong-type'],
])('a whole answer of type %s reading %j is bad: %s', async (type, body, what) => {
  const { upstream } = await provider(plain(type, body));
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'bad-response', what, status: 200 });
  expect(await faultOf(upstream.send(request({ stream: true })))).toMatchObject({ kind: 'bad-response', what });
});

test('an event stream that nobody asked for, and a compressed answer, are of the wrong type', async () => {
  const stream = await provider(plain('text/event-stream', 'data: x\n\n'));
  expect(await faultOf(stream.upstream.send(request()))).toMatchObject({ what: 'wrong-type' });
  const zipped = await provider((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('xx');
  });
  expect(await faultOf(zipped.upstream.send(request()))).toMatchObject({ what: 'wrong-type' });
});

test('an answer over the limit is refused, told or not how long it is', async () => {
  const limits = { maxBodyBytes: 1_000 };
  const told = await provider(
    (response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '2000' }).flushHeaders(),
    {},
    { limits },
  );
  expect(await faultOf(told.upstream.send(request()))).toMatchObject({ what: 'too-large' });
  const untold = await provider(
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('x'.repeat(300)), 1);
      response.on('close', () => clearInterval(timer));
    },
    {},
    { limits },
  );
  expect(await faultOf(untold.upstream.send(request()))).toMatchObject({ what: 'too-large' });
  await until(() => untold.server.sockets.size === 0);
});

test.each([
  ['text/event-stream', 'data: 1\n\ndata: 2\n\n'],
  ['text/event-stream; charset=utf-8', ': hello\r\n\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n'],
  ['text/plain', '\n\nevent: a\ndata: 1\n\ndata: 2\n\n'],
  [undefined, ': ping\n\ndata: 1\n\ndata: 2\n\n'],
  ['application/octet-stream', 'data: 1\n\ndata: 2\n\n'],
  ['application/json', 'id: 4\ndata: 1\n\ndata: 2\n\n'],
])('a stream of type %s is read', async (type, body) => {
  const { upstream } = await provider(plain(type, body));
  const answer = await upstream.send(request({ stream: true }));
  expect(answer).toMatchObject({ kind: 'stream', status: 200 });
  expect(await dataOf(answer)).toEqual(['1', '2']);
});

test('an undeclared stream is known though its first field comes in pieces', async () => {
  const { upstream } = await provider(async (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (const piece of ['\n', 'd', 'at', 'a', ': 1', '\n\n']) {
      response.write(piece);
      await sleep(5);
    }
    response.end();
  });
  expect(await dataOf(await upstream.send(request({ stream: true })))).toEqual(['1']);
});

test('a declared stream is answered before its first event', async () => {
  const { upstream } = await provider((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  const answer = await upstream.send(request({ stream: true }));
  const iterator = framesOf(answer)[Symbol.asyncIterator]();
  expect(await Promise.race([iterator.next(), sleep(50)])).toBe(undefined);
  expect(await iterator.return?.()).toMatchObject({ done: true });
});

test('frames that arrive in one network read come in one batch', async () => {
  const { upstream } = await provider(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let burst = 0; burst < 3; burst += 1) {
      response.cork();
      for (let n = 0; n < 5; n += 1) response.write(`data: ${burst}.${n}\n\n`);
      response.uncork();
      await sleep(30);
    }
    response.end();
  });
  const sizes: number[] = [];
  for await (const batch of framesOf(await upstream.send(request({ stream: true })))) sizes.push(batch.length);
  expect(sizes).toEqual([5, 5, 5]);
});

test.each([
  ['after whole events, chunked', {}, 'data: 1\n\n'],
  ['inside an event, chunked', {}, 'data: 1\n\ndata: {"a'],
  ['before its promised length', { 'content-length': '1000' }, 'data: 1\n\n'],
])('a stream that is cut %s gives what came, then a fault', async (_when, headers, text) => {
  const { upstream } = await provider((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).write(text);
    setTimeout(() => response.destroy(), 20);
  });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const batch of framesOf(await upstream.send(request({ stream: true })))) {
      for (const frame of batch) seen.push(frame.data);
    }
  })();
  expect(await faultOf(reading)).toMatchObject({ kind: 'bad-response', what: 'cut', status: 200 });
  expect(seen).toEqual(['1']);
});

test('a whole answer that is cut is a fault', async () => {
  const { upstream } = await provider((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"a":1}');
    setTimeout(() => response.destroy(), 20);
  });
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'bad-response', what: 'cut' });
});

test('a line of one gigabyte ends at the limit, with neither memory nor the event loop hurt', async () => {
  let sent = 0;
  const { server, upstream } = await provider((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const piece = Buffer.alloc(256 * 1024, 'x');
    const pump = () => {
      while (sent < 1024 ** 3 && !response.destroyed) {
        sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', pump);
      }
    };
    pump();
  });
  // Once for whatever a first request loads and compiles; then what the least disturbed of three shows.
  const runs: { readonly p99Ms: number; readonly grownMiB: number }[] = [];
  for (let run = 0; run < 4; run += 1) {
    sent = 0;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const before = process.memoryUsage.rss();
    delay.enable();
    const fault = await faultOf(upstream.send(request({ stream: true })).then(dataOf));
    delay.disable();
    expect(fault).toMatchObject({ kind: 'bad-response', what: 'too-large', status: 200 });
    expect(fault.message).toMatch(/^provider p: .* limit of 1048576 bytes$/);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    const grownMiB = (process.memoryUsage.rss() - before) / 1024 ** 2;
    if (run > 0) runs.push({ p99Ms: delay.percentile(99) / 1e6, grownMiB });
  }
  const [p99Ms, grownMiB] = [Math.min(...runs.map((run) => run.p99Ms)), Math.min(...runs.map((run) => run.grownMiB))];
  expect(grownMiB).toBeLessThan(8);
  expect(p99Ms).toBeLessThan(50);
  await until(() => server.sockets.size === 0);
});

test('response headers over the limit are a fault', async () => {
  const { upstream } = await provider((response) => {
    response.writeHead(200, { 'x-big': 'x'.repeat(40_000) }).end();
  });
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'bad-response', what: 'too-large' });
});

test.each([
  ['a header with a line break', { headers: { 'x-a': 'b\r\nx-evil: 1' } }],
  ['a header with characters beyond Latin-1', { headers: { 'x-a': '→' } }],
  ['a header of ours', { headers: { Authorization: 'Bearer x' } }],
  ['a header that frames the message', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['a path to another host', { path: '//evil.test/x' }],
  ['a whole URL for a path', { path: 'http://evil.test/x' }],
  ['a path that climbs', { path: '/models/../../admin' }],
  ['a path with a line break', { path: '/x\r\ny' }],
  ['a connect limit that is no number', { connectMs: Number.NaN }],
])('%s is refused before anything is sent', async (_name, changes) => {
  const { server, upstream } = await provider((response) => json(response, {}));
  expect(await faultOf(upstream.send(request(changes)))).toMatchObject({ kind: 'invalid-request' });
  expect(server.accepted()).toBe(0);
});

test('a body too deep to be written as JSON is refused', async () => {
  const { upstream } = await provider((response) => json(response, {}));
  const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  expect(await faultOf(upstream.send(request({ body: { deep } })))).toMatchObject({ kind: 'invalid-request' });
});

test('a credential that cannot be read is a fault that does not quote it', async () => {
  const { server, upstream } = await provider(
    (response) => json(response, {}),
    { authorisation: { kind: 'key', scheme: 'bearer', key: { kind: 'env', name: 'K' } } },
    {
      resolveSecret: async () => {
        throw new Error('sk-leaked-value');
      },
    },
  );
  expect(await faultOf(upstream.send(request()))).toEqual({
    kind: 'credential-refused',
    message: 'provider p: env:K could not be read',
  });
  expect(server.accepted()).toBe(0);
});
