import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import type { LoadTarget } from './load-orders.ts';
import { monotonicMicros } from './monotonic.ts';

/** What becomes of one request. Exactly one of `whole` and `failed` is called, once. */
export interface Listener {
  /** A read that held pieces; `stamps` are the moments at which they were sent, in microseconds. */
  pieces?(stamps: readonly number[], at: number): void;
  /** The head of the answer has come. */
  begun?(): void;
  whole(status: number, at: number): void;
  failed(why: string): void;
}

/** The bytes of a request, made once. */
export function bytesOf({ url, path, headers, body }: LoadTarget): Buffer {
  const { host } = new URL(url);
  const lines = Object.entries({
    host,
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** One connection; one request at a time. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #onFree: (connection: LoadConnection) => void;
  #listener: Listener | undefined;
  #begun = false;
  usable = true;

  constructor(url: string, onFree: (connection: LoadConnection) => void) {
    const { hostname, port } = new URL(url);
    this.#onFree = onFree;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (bytes) => this.#read(bytes));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#socket.on('close', () => this.#end(this.#reader.closed() === 'whole' ? undefined : 'closed in the middle'));
  }

  send(bytes: Buffer, listener: Listener): void {
    this.#reader.restart();
    this.#begun = false;
    this.#listener = listener;
    this.#socket.write(bytes);
  }

  /** Reads no more. */
  stall(): void {
    this.#socket.pause();
  }

  /** Whatever runs on it fails with this reason. */
  cut(why: string): void {
    this.#end(why);
  }

  #read(bytes: Buffer): void {
    const listener = this.#listener;
    if (!listener) return this.#end('bytes that nobody asked for');
    const at = monotonicMicros();
    const reading = this.#reader.read(bytes);
    if (this.#reader.stamps.length > 0) listener.pieces?.(this.#reader.stamps, at);
    if (!this.#begun && this.#reader.status !== 0) {
      this.#begun = true;
      listener.begun?.();
    }
    if (reading === 'broken') return this.#end('not HTTP');
    if (reading === 'more') return;
    this.#listener = undefined;
    listener.whole(this.#reader.status, at);
    if (this.usable) this.#onFree(this);
  }

  #end(why: string | undefined): void {
    this.usable = false;
    this.#socket.destroy();
    const listener = this.#listener;
    this.#listener = undefined;
    if (why === undefined) listener?.whole(this.#reader.status, monotonicMicros());
    else listener?.failed(why);
  }
}

/** Connections to one place; a request takes one that is free, or a new one. */
export class LoadConnections {
  readonly #url: string;
  readonly #free: LoadConnection[] = [];
  readonly #busy = new Map<LoadConnection, number>();
  readonly #limitMs: number;
  readonly #sweeper: NodeJS.Timeout;

  constructor(url: string, limitMs: number) {
    this.#url = url;
    this.#limitMs = limitMs;
    this.#sweeper = setInterval(() => this.#cutLate(), SWEEP_MS);
  }

  send(bytes: Buffer, listener: Listener): LoadConnection {
    let connection = this.#free.pop();
    while (connection && !connection.usable) connection = this.#free.pop();
    connection ??= new LoadConnection(this.#url, (free) => {
      this.#busy.delete(free);
      this.#free.push(free);
    });
    this.#busy.set(connection, performance.now() + this.#limitMs);
    connection.send(bytes, listener);
    return connection;
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const connection of [...this.#free, ...this.#busy.keys()]) connection.cut('closed by the load client');
  }

  #cutLate(): void {
    const now = performance.now();
    for (const [connection, until] of this.#busy) {
      if (connection.usable && until > now) continue;
      this.#busy.delete(connection);
      connection.cut('longer than the time limit');
    }
  }
}

const SWEEP_MS = 250;
