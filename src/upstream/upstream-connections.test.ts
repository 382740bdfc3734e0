import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  afterBody,
  dataOf,
  faultOf,
  json,
  listen,
  OK,
  onRequests,
  request,
  serve,
  sleep,
  tcp,
  until,
  upstreamTo,
} from './test-kit.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function kept<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

test('a connection is used again, and the next one when two are needed', async () => {
  const server = kept(await serve(afterBody((_request, response) => setTimeout(() => json(response, {}), 10))));
  const upstream = kept(upstreamTo(server.url));
  for (let n = 0; n < 5; n += 1) await upstream.send(request());
  expect(server.accepted()).toBe(1);
  await Promise.all([upstream.send(request()), upstream.send(request())]);
  expect(server.accepted()).toBe(2);
});

test('a kept socket that dies under the request is stale; on its first use it is a reset', async () => {
  const server = kept(
    await tcp((socket) => onRequests(socket, (nth) => (nth === 1 ? socket.write(OK) : socket.destroy()))),
  );
  const upstream = kept(upstreamTo(server.url));
  await upstream.send(request());
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'stale-connection' });
  const dying = kept(await tcp((socket) => onRequests(socket, () => socket.resetAndDestroy())));
  const other = kept(upstreamTo(dying.url));
  expect(await faultOf(other.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'reset' });
});

test('a kept socket that dies long after the request was written was not stale', async () => {
  const server = kept(
    await tcp((socket) =>
      onRequests(socket, (nth) => (nth === 1 ? socket.write(OK) : setTimeout(() => socket.destroy(), 120))),
    ),
  );
  const upstream = kept(upstreamTo(server.url, {}, { limits: { staleWithinMs: 60 } }));
  await upstream.send(request());
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'reset' });
});

test('a kept socket that dies after the first byte of an answer was not stale', async () => {
  const server = kept(
    await tcp((socket) =>
      onRequests(socket, (nth) => (nth === 1 ? socket.write(OK) : socket.end('HTTP/1.1 200 OK\r\ncontent-'))),
    ),
  );
  const upstream = kept(upstreamTo(server.url));
  await upstream.send(request());
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'bad-response', what: 'cut' });
});

test('a connection that was replaced between two requests counts as new', async () => {
  let accepted = 0;
  const server = kept(
    await tcp((socket) => {
      accepted += 1;
      const first = accepted === 1;
      onRequests(socket, () => {
        if (first) socket.end(OK.replace('200 OK\r\n', '200 OK\r\nconnection: close\r\n'));
        else socket.destroy();
      });
    }),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 1 }));
  const [answer, fault] = await Promise.all([upstream.send(request()), faultOf(upstream.send(request()))]);
  expect(answer).toMatchObject({ kind: 'body' });
  expect(fault).toMatchObject({ kind: 'connection-failed', stage: 'reset' });
  expect(accepted).toBe(2);
});

test('200 requests against a server that closes idle connections: only stale faults, each cured by a fresh one', async () => {
  const server = createServer(afterBody((_request, response) => json(response, {})));
  const fixture = kept(await listen(server));
  const upstream = kept(upstreamTo(fixture.url));
  const found = { served: 0, stale: 0, other: 0 };
  for (let n = 0; n < 200; n += 1) {
    // The FIN is on its way while the next request is being written.
    if (n % 2 === 1) server.closeIdleConnections();
    try {
      await upstream.send(request());
      found.served += 1;
    } catch (error) {
      const fault = await faultOf(Promise.reject(error));
      if (fault.kind !== 'stale-connection') found.other += 1;
      else found.stale += 1;
      await upstream.send(request({ freshConnection: true }));
    }
  }
  process.stdout.write(`idle sockets closed under 100 of 200 requests: ${JSON.stringify(found)}\n`);
  expect(found.other).toBe(0);
  expect(found.served + found.stale).toBe(200);
});

test('200 requests of which every second meets a dead socket: 100 stale faults and no other', async () => {
  // The peer resets on the second request of each connection, as a load balancer does that forgot the flow.
  const server = kept(
    await tcp((socket) => onRequests(socket, (nth) => (nth === 1 ? socket.write(OK) : socket.resetAndDestroy()))),
  );
  const upstream = kept(upstreamTo(server.url));
  const kinds: Record<string, number> = {};
  for (let n = 0; n < 200; n += 1) {
    const kind = await upstream.send(request()).then(
      () => 'served',
      async (error: unknown) => (await faultOf(Promise.reject(error))).kind,
    );
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  expect(kinds).toEqual({ served: 100, 'stale-connection': 100 });
});

test('a fresh connection is one that was never used, even when idle ones are there', async () => {
  const ports: (number | undefined)[] = [];
  const server = kept(
    await serve(
      afterBody((incoming, response) => {
        ports.push(incoming.socket.remotePort);
        json(response, {});
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 1 }));
  await upstream.send(request());
  await upstream.send(request({ freshConnection: true }));
  await upstream.send(request());
  expect(ports[0]).not.toBe(ports[1]);
  expect(ports[1]).toBe(ports[2]);
  await until(() => server.sockets.size === 1);
});

test('who waits for a connection gets one as soon as another request ends, however it ends', async () => {
  const ports: (number | undefined)[] = [];
  const server = kept(
    await serve(
      afterBody((incoming, response) => {
        ports.push(incoming.socket.remotePort);
        if (incoming.url === '/ok') setTimeout(() => json(response, {}), 20);
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 1 }));
  const held = new AbortController();
  const first = upstream.send(request({ path: '/hang', signal: held.signal })).catch(() => undefined);
  await until(() => ports.length === 1);
  const second = upstream.send(request({ path: '/ok' }));
  await sleep(20);
  held.abort();
  expect(await second).toMatchObject({ kind: 'body' });
  await first;
  const third = upstream.send(request({ path: '/ok' }));
  const fresh = upstream.send(request({ path: '/ok', freshConnection: true }));
  await Promise.all([third, fresh]);
  expect(ports[2]).toBe(ports[1]);
  expect(ports[3]).not.toBe(ports[2]);
});

test('a kept connection that closed is passed over while another is alive', async () => {
  const sockets: Socket[] = [];
  const server = kept(
    await serve(
      afterBody((incoming, response) => {
        sockets.push(incoming.socket);
        const delay = sockets.length === 1 ? 10 : 40;
        setTimeout(() => json(response, {}), delay);
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url));
  await Promise.all([upstream.send(request()), upstream.send(request())]);
  // The second was given back last, and would be taken first.
  sockets[1]?.destroy();
  await sleep(30);
  await upstream.send(request());
  expect(server.accepted()).toBe(2);
});

test('no more sockets than allowed are open; who finds none in time is told so', async () => {
  let most = 0;
  const server = kept(
    await serve(
      afterBody((_request, response) => {
        most = Math.max(most, server.sockets.size);
        setTimeout(() => json(response, {}), 20);
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 3 }));
  await Promise.all(Array.from({ length: 30 }, (_, n) => upstream.send(request({ freshConnection: n % 4 === 0 }))));
  expect(most).toBeLessThanOrEqual(4);
  const slow = kept(await serve(() => undefined));
  const full = kept(upstreamTo(slow.url, { connections: 1 }));
  const held = new AbortController();
  const first = full.send(request({ signal: held.signal })).catch(() => undefined);
  const fault = await faultOf(full.send(request({ connectMs: 50 })));
  expect(fault).toMatchObject({ kind: 'timed-out', clock: 'connect' });
  expect(fault.message).toContain('all 1 connections were busy');
  held.abort();
  await first;
});

test('an answer that breaks the rules of HTTP is told from one that was cut', async () => {
  const start = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n';
  const broken = kept(await tcp((socket) => onRequests(socket, () => socket.write(`${start}\r\nno-chunk-size\r\n`))));
  const first = kept(upstreamTo(broken.url));
  expect(await faultOf(first.send(request({ stream: true })).then(dataOf))).toMatchObject({ what: 'malformed' });
  const cut = kept(
    await tcp((socket) =>
      onRequests(socket, () => socket.end(`${start}connection: close\r\n\r\n9\r\ndata: 1\n\n\r\n`)),
    ),
  );
  const second = kept(upstreamTo(cut.url));
  expect(await faultOf(second.send(request({ stream: true })).then(dataOf))).toMatchObject({ what: 'cut' });
});

test('a slot is free again after every kind of end', async () => {
  let nth = 0;
  const server = kept(
    await tcp((socket) =>
      onRequests(socket, () => {
        nth += 1;
        if (nth === 1) socket.resetAndDestroy();
        else if (nth === 2) socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<h');
        else if (nth === 3) socket.write('nonsense\r\n\r\n');
        else if (nth === 4) socket.end(OK.replace('200 OK\r\n', '200 OK\r\nconnection: close\r\n'));
        else socket.write(OK);
      }),
    ),
  );
  const upstream = kept(upstreamTo(server.url, { connections: 1 }));
  expect(await faultOf(upstream.send(request()))).toMatchObject({ stage: 'reset' });
  expect(await faultOf(upstream.send(request()))).toMatchObject({ what: 'html' });
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'bad-response', what: 'malformed' });
  for (let n = 0; n < 3; n += 1) expect(await upstream.send(request())).toMatchObject({ kind: 'body' });
});

test('an unused connection is closed after its time, and its place is free', async () => {
  const server = kept(await serve(afterBody((_request, response) => json(response, {}))));
  const upstream = kept(
    upstreamTo(server.url, { connections: 1 }, { limits: { keepAliveMs: 60, keepAliveMaxMs: 60 } }),
  );
  // Node's servers announce their own keep-alive time, which the maximum caps.
  await upstream.send(request());
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(1_000);
  await upstream.send(request());
  expect(server.accepted()).toBe(2);
});

test('closing ends running exchanges and waiting ones, and leaves no socket', async () => {
  const server = kept(
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    }),
  );
  const upstream = upstreamTo(server.url, { connections: 1 });
  const reading = upstream.send(request({ stream: true })).then(dataOf);
  const waiting = upstream.send(request({ connectMs: 5_000 }));
  const ends = Promise.all([faultOf(reading), faultOf(waiting)]);
  await sleep(50);
  await upstream.close();
  expect(await ends).toMatchObject([{ kind: 'bad-response', what: 'cut' }, { kind: 'connection-failed' }]);
  expect(await until(() => server.sockets.size === 0)).toBeLessThan(100);
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'other' });
  await upstream.close();
});

test('after closing, nothing keeps the process alive', async () => {
  const server = await serve(afterBody((_request, response) => json(response, {})));
  const before = process.getActiveResourcesInfo().length;
  const upstream = upstreamTo(server.url);
  await Promise.all(Array.from({ length: 5 }, () => upstream.send(request())));
  await upstream.close();
  const left = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  expect(left).toBeLessThanOrEqual(server.sockets.size);
  await until(() => server.sockets.size === 0);
  await until(() => process.getActiveResourcesInfo().length <= before);
  await server.close();
});
