import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { UpstreamLimits } from './limits.ts';
import type { Endpoint } from './socket.ts';

/** What a request found when it was written. */
export interface SocketUse {
  /** The socket had carried an earlier request. */
  readonly reused: boolean;
  /** True once a byte came back for this request. */
  answered(): boolean;
}

/**
 * One HTTP/1.1 connection: an undici client that holds at most one socket, and the knowledge how often that socket was
 * used. A socket that the provider closed while idle is replaced without anybody noticing, where that is seen in time.
 */
export class Connection {
  readonly #client: Client;
  readonly #endpoint: Endpoint;
  #socket: Socket | undefined;
  #opening: Socket | undefined;
  #requests = 0;
  #connectBy = 0;

  constructor(origin: URL, endpoint: Endpoint, limits: UpstreamLimits) {
    this.#endpoint = endpoint;
    this.#client = new Client(origin.origin, {
      connect: (_options, callback) => this.#connect(callback),
      pipelining: 1,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveMaxMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // The engine's clocks measure content, which these cannot.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Calls back when the socket is gone, for whatever reason. */
  onDisconnect(task: () => void): void {
    this.#client.on('disconnect', task);
  }

  /** Writes one request. `connectBy` is the monotonic moment until which a new socket may take to stand. */
  dispatch(options: Dispatcher.DispatchOptions, connectBy: number, handler: Dispatcher.DispatchHandler): void {
    this.#connectBy = connectBy;
    this.#client.dispatch(options, handler);
  }

  /** To be called when a request is being written: what the socket is like, and one use more. */
  beginUse(): SocketUse {
    const socket = this.#socket;
    const before = socket?.bytesRead ?? 0;
    const reused = this.#requests > 0;
    this.#requests += 1;
    return { reused, answered: () => (socket?.bytesRead ?? 0) > before };
  }

  /** Ends the connection in whatever phase it is, DNS included; resolves when its socket is closed. */
  async destroy(): Promise<void> {
    this.#opening?.destroy();
    await this.#client.destroy();
  }

  #connect(callback: (...args: [null, Socket] | [Error, null]) => void): void {
    this.#requests = 0;
    this.#opening = this.#endpoint.open(this.#connectBy - performance.now(), (error, socket) => {
      this.#opening = undefined;
      this.#socket = socket ?? undefined;
      if (socket) callback(null, socket);
      else callback(error ?? new Error('no socket'), null);
    });
  }
}
