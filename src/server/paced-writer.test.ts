import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { answerOver, PacedWriter } from './paced-writer.ts';

/** More than the kernel's buffers on both ends take in. */
const LARGE = 'z'.repeat(24 * 1024 * 1024);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A response on its way to a client that has not read anything yet. */
async function exchange(): Promise<{ response: ServerResponse; client: IncomingMessage }> {
  let arrived: (response: ServerResponse) => void = () => {};
  const response = new Promise<ServerResponse>((resolve) => {
    arrived = resolve;
  });
  const running = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/plain' });
    answer.flushHeaders();
    arrived(answer);
  });
  server = running;
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  const { port } = running.address() as AddressInfo;
  const client = new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', agent: false }, resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
  return { response: await response, client: await client };
}

/** Reads to the end; `cut` where there was none. */
function readAll(client: IncomingMessage): Promise<{ bytes: number; ending: 'end' | 'cut' }> {
  return new Promise((resolve) => {
    let bytes = 0;
    client.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    client.on('end', () => resolve({ bytes, ending: 'end' }));
    client.on('error', () => resolve({ bytes, ending: 'cut' }));
  });
}

describe('a caller that reads', () => {
  it('is written to without waiting', async () => {
    const { response, client } = await exchange();
    const writer = new PacedWriter(response, { stalledMs: 1_000, bytesPerSecond: 1 }, () => {});
    const read = readAll(client);
    expect(writer.write('hello')).toBeUndefined();
    expect(writer.write('')).toBeUndefined();
    await writer.end(' you');
    expect(response.writableFinished).toBe(true);
    expect(await read).toEqual({ bytes: 9, ending: 'end' });
  });

  it('and falls behind is waited for', async () => {
    const { response, client } = await exchange();
    const writer = new PacedWriter(response, { stalledMs: 30_000, bytesPerSecond: 1 }, () => {});
    const behind = writer.write(LARGE);
    expect(behind).toBeInstanceOf(Promise);
    const read = readAll(client);
    await behind;
    await writer.end('');
    expect(await read).toEqual({ bytes: LARGE.length, ending: 'end' });
    expect(response.listenerCount('drain') + response.listenerCount('close')).toBeLessThanOrEqual(1);
  });

  it('slowly, but reads, gets a whole large answer: the limit starts again whenever something was taken', async () => {
    const { response, client } = await exchange();
    let stalled = 0;
    const writer = new PacedWriter(response, { stalledMs: 400, bytesPerSecond: 1 }, () => {
      stalled += 1;
    });
    const ended = writer.end(LARGE);
    let bytes = 0;
    client.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (
        bytes < 20 * 1024 * 1024 &&
        Math.floor(bytes / 4_194_304) !== Math.floor((bytes - piece.length) / 4_194_304)
      ) {
        client.pause();
        setTimeout(() => client.resume(), 150);
      }
    });
    await ended;
    expect(stalled).toBe(0);
  });
});

describe('a caller that takes nothing', () => {
  it.each(['write', 'end', 'cut'] as const)('is cut off after the limit: %s', async (how) => {
    const { response } = await exchange();
    let stalled = 0;
    const writer = new PacedWriter(response, { stalledMs: 50, bytesPerSecond: 1 }, () => {
      stalled += 1;
    });
    await writer[how](LARGE);
    expect([stalled, response.destroyed]).toEqual([1, true]);
  });
});

describe('an answer that is not whole', () => {
  it('has its last words out before the connection goes, and no clean end', async () => {
    const { response, client } = await exchange();
    const writer = new PacedWriter(response, { stalledMs: 1_000, bytesPerSecond: 1 }, () => {});
    const read = readAll(client);
    await writer.cut('sorry');
    expect(response.destroyed).toBe(true);
    expect(await read).toEqual({ bytes: 5, ending: 'cut' });
  });
});

describe('a caller that is gone', () => {
  it('is not written to, and nobody waits for it', async () => {
    const { response } = await exchange();
    const writer = new PacedWriter(response, { stalledMs: 1_000, bytesPerSecond: 1 }, () => {});
    const behind = writer.write(LARGE);
    response.destroy();
    await behind;
    expect(writer.write('more')).toBeUndefined();
    await writer.end('more');
    await writer.cut('more');
    await answerOver(response);
  });
});
