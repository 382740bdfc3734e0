import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createPageFetcher } from './fetch-page.ts';

const servers: Server[] = [];
const fetcher = createPageFetcher();
const signal = new AbortController().signal;

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a page comes with its marks, and the marks go back as conditions', async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    seen.push([request.headers['if-none-match'], request.headers['if-modified-since'], request.headers.authorization]);
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
    else
      response.writeHead(200, { etag: '"v1"', 'last-modified': 'Fri, 20 Nov 2026 11:00:00 GMT' }).end('\ufeff{"a":1}');
  });
  const first = await fetcher.fetch(url, {}, signal);
  const validators = { etag: '"v1"', lastModified: 'Fri, 20 Nov 2026 11:00:00 GMT' };
  expect(first).toEqual({ kind: 'page', text: '{"a":1}', validators });
  expect(await fetcher.fetch(url, validators, signal)).toEqual({ kind: 'unchanged' });
  expect(seen).toEqual([
    [undefined, undefined, undefined],
    ['"v1"', 'Fri, 20 Nov 2026 11:00:00 GMT', undefined],
  ]);
});

test('redirects are followed, three at most', async () => {
  let hops = 0;
  const url = await serve((request, response) => {
    hops += 1;
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end('here');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  expect(await fetcher.fetch(`${url}/3`, {}, signal)).toMatchObject({ kind: 'page', text: 'here' });
  hops = 0;
  expect(await fetcher.fetch(`${url}/9`, {}, signal)).toEqual({ kind: 'failed', why: 'more than 3 redirects' });
  expect(hops).toBe(4);
});

test('a redirect to a metadata service, an address with a password, and a file are refused', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
  for (const bad of [url, 'http://user:word@127.0.0.1:9', 'file:///etc/passwd', 'http://[fd00:ec2::254]/']) {
    expect(await fetcher.fetch(bad, {}, signal)).toMatchObject({ kind: 'failed' });
  }
});

test('an error, a closed port and a body without end are failures, in words without the address', async () => {
  const broken = await serve((_, response) => response.writeHead(503).end('no'));
  expect(await fetcher.fetch(broken, {}, signal)).toEqual({ kind: 'failed', why: 'status 503' });
  expect(await fetcher.fetch('http://127.0.0.1:1', {}, signal)).toEqual({ kind: 'failed', why: 'ECONNREFUSED' });
  let sent = 0;
  const endless = await serve((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 32))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  });
  expect(await fetcher.fetch(endless, {}, signal)).toMatchObject({ why: expect.stringContaining('larger than') });
  expect(sent).toBeLessThan(64 * 1_048_576);
});

test('who gives up is not kept waiting', async () => {
  const silent = await serve(() => undefined);
  const leaving = new AbortController();
  const answer = fetcher.fetch(silent, {}, leaving.signal);
  setTimeout(() => leaving.abort(), 30);
  expect(await answer).toEqual({ kind: 'failed', why: 'given up' });
});
