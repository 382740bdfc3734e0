import { getEventListeners, setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type LookupFunction } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  afterBody,
  type Fixture,
  framesOf,
  json,
  listen,
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
function kept<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

const reason = { why: 'the caller is gone' };
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );

/** Aborts once the server is at the point; the socket must be gone within 100 ms, and the reason come back untouched. */
async function abortAt(server: Fixture, sending: (signal: AbortSignal) => Promise<unknown>, reached: () => boolean) {
  const controller = new AbortController();
  const outcome = rejection(sending(controller.signal));
  await until(reached);
  await sleep(20);
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
}

async function drain(upstream: HttpUpstream, signal: AbortSignal): Promise<void> {
  for await (const _ of framesOf(await upstream.send(request({ stream: true, signal }))));
}

test('aborted before it began', async () => {
  const server = kept(await serve(() => undefined));
  const upstream = kept(upstreamTo(server.url));
  expect(await rejection(upstream.send(request({ signal: AbortSignal.abort(reason) })))).toBe(reason);
  expect(server.accepted()).toBe(0);
});

test('aborted while the name is being resolved: no socket is opened afterwards', async () => {
  const server = kept(await serve(() => undefined));
  let answer: (() => void) | undefined;
  const dns: LookupFunction = (_host, _options, callback) => {
    answer = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const upstream = kept(upstreamTo(`http://models.test:${server.port}`, {}, { dns }));
  await abortAt(
    server,
    (signal) => upstream.send(request({ signal })),
    () => answer !== undefined,
  );
  answer?.();
  await sleep(50);
  expect(server.accepted()).toBe(0);
});

test('aborted while the connection is being made', async () => {
  // A TLS handshake that the server never answers.
  const silent = createServer((socket) => socket.resume());
  const server = kept(await listen(silent as unknown as Server));
  const upstream = kept(upstreamTo(server.url.replace('http', 'https')));
  await abortAt(
    server,
    (signal) => upstream.send(request({ signal })),
    () => server.accepted() === 1,
  );
});

test('aborted while waiting for a free connection', async () => {
  const server = kept(await serve(() => undefined));
  const upstream = kept(upstreamTo(server.url, { connections: 1 }));
  const first = new AbortController();
  const running = rejection(upstream.send(request({ signal: first.signal })));
  await until(() => server.accepted() === 1);
  const second = new AbortController();
  const waiting = rejection(upstream.send(request({ signal: second.signal })));
  await sleep(10);
  second.abort(reason);
  expect(await waiting).toBe(reason);
  expect(getEventListeners(second.signal, 'abort')).toHaveLength(0);
  expect(server.sockets.size).toBe(1);
  first.abort();
  await running;
});

test('aborted before the headers', async () => {
  const server = kept(await serve(() => undefined));
  const upstream = kept(upstreamTo(server.url));
  await abortAt(
    server,
    (signal) => upstream.send(request({ signal })),
    () => server.accepted() === 1,
  );
});

test('aborted on a kept connection before the headers', async () => {
  let hits = 0;
  const server = kept(
    await serve(
      afterBody((_request, response) => {
        hits += 1;
        if (hits === 1) json(response, {});
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url));
  await upstream.send(request());
  await abortAt(
    server,
    (signal) => upstream.send(request({ signal })),
    () => hits === 2,
  );
});

test('aborted in the middle of a busy body', async () => {
  let written = 0;
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => {
        written += 1;
        response.write(`data: ${written}\n\n`);
      }, 2);
      response.on('close', () => clearInterval(timer));
    }),
  );
  const upstream = kept(upstreamTo(server.url));
  await abortAt(
    server,
    (signal) => drain(upstream, signal),
    () => written > 20,
  );
});

test('aborted while the body is idle', async () => {
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    }),
  );
  const upstream = kept(upstreamTo(server.url));
  await abortAt(
    server,
    (signal) => drain(upstream, signal),
    () => server.accepted() === 1,
  );
});

test('aborted while a whole answer, and a refusal, are being read', async () => {
  for (const status of [200, 500]) {
    const server = kept(
      await serve((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).write('{');
      }),
    );
    const upstream = kept(upstreamTo(server.url));
    await abortAt(
      server,
      (signal) => upstream.send(request({ signal })),
      () => server.accepted() === 1,
    );
  }
});

test('aborted with frames received but not yet read: they are not delivered', async () => {
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    }),
  );
  const upstream = kept(upstreamTo(server.url));
  const controller = new AbortController();
  const answer = await upstream.send(request({ stream: true, signal: controller.signal }));
  await sleep(30);
  controller.abort(reason);
  expect(await rejection(framesOf(answer)[Symbol.asyncIterator]().next())).toBe(reason);
  await until(() => server.sockets.size === 0);
});

test('leaving the iteration early closes the socket, even while a read is waiting or before the first', async () => {
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    }),
  );
  const upstream = kept(upstreamTo(server.url));
  const controller = new AbortController();
  const start = () => upstream.send(request({ stream: true, signal: controller.signal })).then(framesOf);

  for await (const _ of await start()) break;
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);

  const waiting = (await start())[Symbol.asyncIterator]();
  await waiting.next();
  const pending = waiting.next();
  await waiting.return?.();
  expect(await pending).toMatchObject({ done: true });
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);

  await (await start())[Symbol.asyncIterator]().return?.();
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('a thousand requests on one signal leave no listener on it', async () => {
  let hits = 0;
  const server = kept(
    await serve(
      afterBody((_request, response) => {
        hits += 1;
        if (hits % 3 === 0) return void response.writeHead(503).end('busy');
        if (hits % 3 === 1) return void json(response, {});
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: 1\n\n');
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 20 }));
  const { signal } = new AbortController();
  // A hundred at a time is more than Node finds usual on one signal.
  setMaxListeners(0, signal);
  const one = async () => {
    const answer = await upstream.send(request({ stream: true, signal }));
    if (answer.kind === 'stream') for await (const _ of answer.frames);
  };
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 100 }, one));
  expect(hits).toBe(1_000);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a consumer that stops reading pauses the provider', async () => {
  let sent = 0;
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = Buffer.from(`data: ${'x'.repeat(8_000)}\n\n`);
      const pump = () => {
        while (!response.destroyed && sent < 400_000_000) {
          sent += event.length;
          if (!response.write(event)) return void response.once('drain', pump);
        }
      };
      pump();
    }),
  );
  const upstream = kept(upstreamTo(server.url));
  const frames = framesOf(await upstream.send(request({ stream: true })))[Symbol.asyncIterator]();
  await frames.next();
  await sleep(300);
  const paused = sent;
  await sleep(300);
  // What the kernel buffers of both ends hold, and no more.
  expect(paused).toBeLessThan(20_000_000);
  expect(sent).toBe(paused);
  for (let n = 0; n < 2_000; n += 1) await frames.next();
  expect(sent).toBeGreaterThan(paused);
  await frames.return?.();
});

test('a paused stream is delivered whole and in order', async () => {
  const count = 5_000;
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let n = 0; n < count; n += 1) response.write(`data: ${n} ${'y'.repeat(200)}\n\n`);
      response.end();
    }),
  );
  const upstream = kept(upstreamTo(server.url, {}, { limits: { maxUnreadBytes: 1_000 } }));
  let next = 0;
  for await (const batch of framesOf(await upstream.send(request({ stream: true })))) {
    if (next % 7 === 0) await sleep(1);
    for (const frame of batch) expect(frame.data.split(' ')[0]).toBe(String(next++));
  }
  expect(next).toBe(count);
});
