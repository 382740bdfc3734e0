import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../test/kit/eventually.ts';
import { type ConnectionLimits, Connections } from './connections.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function counted(limits: ConnectionLimits) {
  const taken: Socket[] = [];
  const running = createServer((_, response) => response.end('ok'));
  server = running;
  const connections = new Connections(() => limits);
  connections.watch(running);
  running.on('connection', (socket) => taken.push(socket));
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  const { port } = running.address() as AddressInfo;
  const open = async (from: string) => {
    const before = taken.length;
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => {});
    await eventually(() => taken.length, before + 1);
    return socket;
  };
  return { connections, taken, open };
}

it('an address alone may have them all; beside another it has its part once connections are scarce', async () => {
  const { connections, taken, open } = await counted({ connections: 8, connectionsPerAddress: 8 });
  for (let at = 0; at < 6; at += 1) await open('127.0.0.1');
  await open('127.0.0.2');
  await open('127.0.0.1');
  await open('127.0.0.2');
  expect(taken.map((socket) => connections.isSurplus(socket))).toEqual([...Array(7).fill(false), true, false]);
});

it('a limit for each address holds from the first, and what was closed counts no more', async () => {
  const { connections, taken, open } = await counted({ connections: 100, connectionsPerAddress: 2 });
  const first = await open('127.0.0.1');
  await open('127.0.0.1');
  await open('127.0.0.1');
  await open('127.0.0.2');
  expect(taken.map((socket) => connections.isSurplus(socket))).toEqual([false, false, true, false]);
  first.destroy();
  taken[2]?.destroy();
  await eventually(() => connections.open, 2);
  await open('127.0.0.1');
  expect(connections.isSurplus(taken[4] as Socket)).toBe(false);
});

it('connections that nobody uses are closed when there are hardly any left', async () => {
  const { connections, open } = await counted({ connections: 10, connectionsPerAddress: 10 });
  const used = await open('127.0.0.1');
  const heard: string[] = [];
  used.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
  used.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(
    () => heard.join(''),
    (text) => text.includes('ok'),
  );
  for (let at = 0; at < 8; at += 1) await open('127.0.0.1');
  // The one that had its answer is idle; the others may still be about to ask.
  await eventually(() => [connections.open, used.destroyed], [8, true]);
});
