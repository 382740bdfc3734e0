import type { Dispatcher } from 'undici';
import { UpstreamFault } from '../engine/ports.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Connection, SocketUse } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { UpstreamLimits } from './limits.ts';
import type { RawHeaders } from './response-headers.ts';
import { type Progress, transportFault } from './transport-fault.ts';

/** One request, ready to be written. */
export interface Order {
  readonly provider: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly connectMs: number;
  readonly fresh: boolean;
  readonly signal: StopSignal;
}

/** A body as it comes off the wire. One reader, one read at a time. */
export interface ByteSource {
  /**
   * Everything received since the last read, at least one piece; undefined at the end. Not reading pauses the socket.
   * Rejects with `UpstreamFault` when the body breaks, or with the signal's reason.
   */
  read(): Promise<readonly Buffer[] | undefined>;
  /** Stops at once and closes the socket, unless the body had ended. A read in progress then sees the end. */
  cancel(): void;
}

/** Status and headers of an answer, and its body to come. The body must be read to its end, or cancelled. */
export interface Reply {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: ByteSource;
}

/** Makes one HTTP exchange. Throws or rejects with `UpstreamFault`, or with the signal's reason. */
export function exchange(pool: ConnectionPool, order: Order, limits: UpstreamLimits): Promise<Reply> {
  const connectBy = performance.now() + order.connectMs;
  const begin = (connection: Connection) => {
    if (!order.signal.aborted) return new Exchange(pool, connection, order, limits).run(connectBy);
    pool.release(connection);
    throw order.signal.reason;
  };
  const acquired = pool.acquire({ connectBy, fresh: order.fresh, signal: order.signal });
  return acquired instanceof Promise ? acquired.then(begin) : begin(acquired);
}

type Outcome =
  | { readonly state: 'running' }
  | { readonly state: 'ended' }
  | { readonly state: 'failed'; readonly error: unknown };

/** Follows one dispatch from the first byte written to the last one read. */
class Exchange implements Dispatcher.DispatchHandler, ByteSource {
  readonly #pool: ConnectionPool;
  readonly #connection: Connection;
  readonly #order: Order;
  readonly #limits: UpstreamLimits;
  #sent: { readonly use: SocketUse; readonly at: number } | undefined;
  #status: number | undefined;
  #outcome: Outcome = { state: 'running' };
  #controller: Dispatcher.DispatchController | undefined;
  #answer: { resolve(reply: Reply): void; reject(error: unknown): void } | undefined;
  #wakeReader: (() => void) | undefined;
  #unread: Buffer[] = [];
  #unreadBytes = 0;

  constructor(pool: ConnectionPool, connection: Connection, order: Order, limits: UpstreamLimits) {
    this.#pool = pool;
    this.#connection = connection;
    this.#order = order;
    this.#limits = limits;
  }

  run(connectBy: number): Promise<Reply> {
    const { path, headers, body, signal } = this.#order;
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      signal.addEventListener('abort', this.#onAbort, { once: true });
      try {
        this.#connection.dispatch({ method: 'POST', path, headers, body }, connectBy, this);
      } catch (error) {
        this.#break(this.#named(error));
      }
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sent = { use: this.#connection.beginUse(), at: performance.now() };
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#answer?.resolve({ status, headers, body: this });
    this.#answer = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    // Only woken, not fed: by the time the reader runs, all that came in one network read is here, and makes one batch.
    this.#wake();
    if (this.#unreadBytes >= this.#limits.maxUnreadBytes) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#outcome.state !== 'running') return;
    this.#outcome = { state: 'ended' };
    this.#letGo();
    this.#pool.release(this.#connection);
    this.#wake();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#break(this.#named(error));
  }

  async read(): Promise<readonly Buffer[] | undefined> {
    for (;;) {
      this.#order.signal.throwIfAborted();
      if (this.#unread.length > 0) return this.#take();
      const outcome = this.#outcome;
      switch (outcome.state) {
        case 'ended':
          return undefined;
        case 'failed':
          throw outcome.error;
        case 'running':
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
      }
    }
  }

  cancel(): void {
    this.#unread = [];
    this.#unreadBytes = 0;
    if (this.#outcome.state !== 'running') return;
    this.#outcome = { state: 'ended' };
    this.#letGo();
    this.#pool.discard(this.#connection);
    this.#wake();
  }

  readonly #onAbort = () => this.#break(this.#order.signal.reason);

  /** The first of abort, fault and end decides; whatever undici still reports after it is an echo. */
  #break(error: unknown): void {
    if (this.#outcome.state !== 'running') return;
    this.#outcome = { state: 'failed', error };
    this.#letGo();
    this.#pool.discard(this.#connection);
    this.#answer?.reject(error);
    this.#answer = undefined;
    this.#wake();
  }

  #letGo(): void {
    this.#order.signal.removeEventListener('abort', this.#onAbort);
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  #take(): readonly Buffer[] {
    const chunks = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    if (this.#outcome.state === 'running') this.#controller?.resume();
    return chunks;
  }

  #named(error: unknown): UpstreamFault {
    const { provider } = this.#order;
    return new UpstreamFault(transportFault(provider, error, this.#progress(), this.#limits));
  }

  #progress(): Progress {
    if (this.#status !== undefined) return { phase: 'answering', status: this.#status };
    if (!this.#sent) return { phase: 'connecting' };
    return { phase: 'sent', use: this.#sent.use, elapsedMs: performance.now() - this.#sent.at };
  }
}
