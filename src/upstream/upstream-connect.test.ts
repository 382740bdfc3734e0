import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { afterBody, faultOf, json, listen, onRequests, request, serve, tcp, upstreamTo } from './test-kit.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function kept<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

test('a refused connection, an unknown name and a timeout are told apart', async () => {
  const gone = await serve(() => undefined);
  await gone.close();
  const refused = kept(upstreamTo(gone.url));
  expect(await faultOf(refused.send(request()))).toEqual({
    kind: 'connection-failed',
    stage: 'refused',
    message: 'provider p: connection refused (ECONNREFUSED)',
  });
  const dns: LookupFunction = (_host, _options, callback) =>
    callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
  const nameless = kept(upstreamTo('http://nowhere.test', {}, { dns }));
  expect(await faultOf(nameless.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'dns' });
  const never: LookupFunction = () => undefined;
  const hanging = kept(upstreamTo('http://nowhere.test', {}, { dns: never }));
  const start = performance.now();
  expect(await faultOf(hanging.send(request({ connectMs: 80 })))).toMatchObject({
    kind: 'timed-out',
    clock: 'connect',
  });
  expect(performance.now() - start).toBeGreaterThanOrEqual(75);
  // Without its own limit it would have waited for the two seconds of the upstream.
  expect(performance.now() - start).toBeLessThan(1_500);
});

test('each request has its own time to connect', async () => {
  const silent = kept(await tcp(() => undefined));
  const upstream = kept(upstreamTo(silent.url.replace('http', 'https')));
  const took = async (connectMs: number) => {
    const start = performance.now();
    expect(await faultOf(upstream.send(request({ connectMs })))).toMatchObject({ clock: 'connect' });
    return performance.now() - start;
  };
  const [short, long] = await Promise.all([took(50), took(1_000)]);
  expect(short).toBeLessThan(900);
  expect(long).toBeGreaterThanOrEqual(995);
});

test('a name that resolves to a metadata address is refused at connect', async () => {
  const dns: LookupFunction = (_host, _options, callback) =>
    callback(null, [{ address: '169.254.169.254', family: 4 }]);
  const upstream = kept(upstreamTo('http://models.test', {}, { dns }));
  const fault = await faultOf(upstream.send(request()));
  expect(fault).toMatchObject({ kind: 'connection-failed', stage: 'other' });
  expect(fault.message).toContain('metadata');
});

test('a peer that speaks no TLS is a TLS fault', async () => {
  const server = kept(await tcp((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))));
  const upstream = kept(upstreamTo(server.url.replace('http', 'https')));
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'tls' });
});

function selfSigned(): { key: Buffer; cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'cert-'));
  const file = (name: string) => join(folder, name);
  const flags = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  try {
    execFileSync('openssl', [...flags, '-keyout', file('key'), '-out', file('cert')], { stdio: 'ignore' });
    return { key: readFileSync(file('key')), cert: readFileSync(file('cert')) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const certificate = selfSigned();
if (!certificate) process.stdout.write('certificate test skipped: openssl is not installed\n');

test.skipIf(!certificate)('a certificate that nobody vouches for is a TLS fault, and no key is sent', async () => {
  let requests = 0;
  const server = createTlsServer({ ...certificate }, () => {
    requests += 1;
  });
  const fixture = kept(await listen(server));
  const upstream = kept(upstreamTo(fixture.url.replace('http', 'https')));
  expect(await faultOf(upstream.send(request()))).toMatchObject({ kind: 'connection-failed', stage: 'tls' });
  expect(requests).toBe(0);
});

test.skipIf(!certificate)('over TLS, too, connections are kept, and a dead one is known as stale', async () => {
  const server = createTlsServer(
    { ...certificate, keepAliveTimeout: 60_000 },
    afterBody((incoming, response) => {
      if (incoming.url === '/die') response.destroy();
      else json(response, {});
    }),
  );
  const fixture = kept(await listen(server));
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const upstream = kept(upstreamTo(fixture.url.replace('http', 'https')));
    for (let n = 0; n < 3; n += 1) expect(await upstream.send(request())).toMatchObject({ kind: 'body' });
    expect(fixture.accepted()).toBe(1);
    expect(await faultOf(upstream.send(request({ path: '/die' })))).toMatchObject({ kind: 'stale-connection' });
    const fresh = upstream.send(request({ path: '/die', freshConnection: true }));
    expect(await faultOf(fresh)).toMatchObject({ kind: 'connection-failed', stage: 'reset' });
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  }
});

test('no fault quotes the key, the host or the query', async () => {
  const server = kept(await tcp((socket) => onRequests(socket, () => socket.destroy())));
  const upstream = kept(upstreamTo(`${server.url}/v1?tenant=hidden`));
  const fault = await faultOf(upstream.send(request()));
  expect(JSON.stringify(fault)).not.toMatch(/planted|127\.0\.0\.1|hidden/);
});
