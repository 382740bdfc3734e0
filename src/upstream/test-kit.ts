import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { isUpstreamFault, type UpstreamAnswer, type UpstreamRequest } from '../engine/ports.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { Fault } from '../model/fault.ts';
import { DEFAULT_QUIRKS } from '../model/quirks.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { UpstreamProvider } from './provider.ts';
import { Secret } from './secret.ts';
import { createUpstream, type HttpUpstream, type UpstreamOptions } from './upstream.ts';

/** A real HTTP server on a free port, for the tests of this folder. */
export interface Fixture {
  readonly port: number;
  readonly url: string;
  readonly sockets: Set<Socket>;
  /** Sockets accepted so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

export async function serve(handler: RequestListener): Promise<Fixture> {
  return listen(createServer({ keepAliveTimeout: 60_000 }, handler));
}

export async function listen(server: Pick<Server, 'on' | 'listen' | 'address' | 'close'>): Promise<Fixture> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    sockets,
    accepted: () => accepted,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A TCP server that treats each connection as told. */
export async function tcp(onConnection: (socket: Socket) => void): Promise<Fixture> {
  // node:net and node:http servers share what the fixture uses of them.
  return listen(createTcpServer(onConnection) as unknown as Server);
}

/** A whole answer, as bytes. */
export const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

/** Reads requests off a raw socket (their bodies end with `}`) and calls back for each, counted from 1. */
export function onRequests(socket: Socket, answer: (nth: number) => void): void {
  let nth = 0;
  socket.on('data', (bytes) => {
    if (!bytes.toString().endsWith('}')) return;
    nth += 1;
    answer(nth);
  });
}

/** An upstream with one provider, `p`. */
export function upstreamTo(
  baseUrl: string,
  changes: Partial<UpstreamProvider> = {},
  options: Partial<UpstreamOptions> = {},
): HttpUpstream {
  const secret = new Secret('a-planted-key-0123456789');
  const authorisation = { kind: 'key', scheme: 'bearer', key: secret } as const;
  const envelope = { kind: 'plain' } as const;
  const provider: UpstreamProvider = {
    name: 'p',
    baseUrl,
    authorisation,
    envelope,
    headers: {},
    connections: 8,
    ...changes,
  };
  return createUpstream({
    providers: new Map([['p', provider]]),
    resolveSecret: async () => secret,
    ...options,
  });
}

export function request(changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    target: {
      id: 'p/m',
      provider: 'p',
      model: 'm',
      dialect: 'openai-chat',
      lane: 'p/m',
      capabilities: UNKNOWN_CAPABILITIES,
      quirks: DEFAULT_QUIRKS,
    },
    path: '/chat/completions',
    headers: {},
    body: { model: 'm' },
    stream: false,
    connectMs: 2_000,
    freshConnection: false,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Answers after the request has been read, as providers do. */
export function afterBody(answer: (request: IncomingMessage, response: ServerResponse) => void): RequestListener {
  return (incoming, response) => {
    incoming.resume();
    incoming.on('end', () => answer(incoming, response));
  };
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** The fault that a promise rejects with; anything else fails the test. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (isUpstreamFault(error)) return error.fault;
  throw error;
}

export function framesOf(answer: UpstreamAnswer): AsyncIterable<readonly SseFrame[]> {
  if (answer.kind !== 'stream') throw new Error(`answered with ${answer.kind}`);
  return answer.frames;
}

export async function dataOf(answer: UpstreamAnswer): Promise<string[]> {
  const data: string[] = [];
  for await (const batch of framesOf(answer)) for (const frame of batch) data.push(frame.data);
  return data;
}

/** Waits until the condition holds; gives the milliseconds it took. */
export async function until(condition: () => boolean, limitMs = 2_000): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limitMs) throw new Error(`still not so after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - start;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
