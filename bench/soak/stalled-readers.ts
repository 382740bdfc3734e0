import { connect, type Socket } from 'node:net';
import { drawsFor } from '../../experiments/random.ts';
import { type ChildOrders, runChild } from './child.ts';

export interface StalledSetting {
  readonly url: string;
  readonly key: string;
  readonly route: string;
  readonly readers: number;
  /** They come over this time, as people do, and not in one packet. */
  readonly comeWithinMs: number;
  /** How long each stays: longer than the gateway allows, so that it is the gateway that ends it. */
  readonly stayMs: number;
  readonly tag: string;
}

/** Readers of endless streams that read nothing at all, in a process of their own. */
async function start(setting: StalledSetting): Promise<ChildOrders> {
  const draw = drawsFor(1, 'stalled');
  const sockets = new Set<Socket>();
  let opened = 0;
  const come = () => {
    const socket = stalledReader(setting, `${setting.tag}${opened}`);
    opened += 1;
    sockets.add(socket);
    // Whoever reads nothing does not hear that it was cut either.
    const leaving = setTimeout(() => socket.destroy(), setting.stayMs);
    socket.on('close', () => {
      clearTimeout(leaving);
      sockets.delete(socket);
    });
  };
  return {
    ready: {},
    orders: {
      come: () => {
        for (let reader = 0; reader < setting.readers; reader += 1) setTimeout(come, draw() * setting.comeWithinMs);
      },
      go: () => {
        for (const socket of sockets) socket.destroy();
      },
    },
  };
}

/** Asks, and never reads a byte of the answer. */
function stalledReader({ url, key, route }: StalledSetting, tag: string): Socket {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ model: route, stream: true, messages: [{ role: 'user', content: 'Go on for ever.' }] });
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  socket.on('error', () => {});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n` +
      `x-understudy-tags: ${tag}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return socket;
}

runChild(start);
