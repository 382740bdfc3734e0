import type { LookupFunction } from 'node:net';
import { UpstreamFault } from '../engine/ports.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import { Connection } from './connection.ts';
import type { UpstreamLimits } from './limits.ts';
import { Endpoint } from './socket.ts';

/** What an attempt wants of the pool. */
export interface Claim {
  /** Monotonic moment until which the claim is worth waiting for. */
  readonly connectBy: number;
  /** Only a socket that no request has used. */
  readonly fresh: boolean;
  readonly signal: StopSignal;
}

interface Waiter {
  readonly claim: Claim;
  grant(connection: Connection): void;
  refuse(error: unknown): void;
}

/** Requests that may wait for a socket; the admission gates in front let through far fewer. */
const maxWaiting = 10_000;

/**
 * The sockets of one provider. Not undici's own pool, because an attempt has to know whether its socket was used before,
 * has its own time to connect, and must be able to leave the queue or end a half-made connection when it is aborted.
 */
export class ConnectionPool {
  readonly #name: string;
  readonly #origin: URL;
  readonly #endpoint: Endpoint;
  readonly #limits: UpstreamLimits;
  readonly #most: number;
  /** Most recently used last: the one least likely to have gone stale is taken first. */
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #waiting = new Set<Waiter>();
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(options: {
    readonly name: string;
    readonly origin: URL;
    readonly lookup: LookupFunction;
    readonly limits: UpstreamLimits;
    readonly connections: number;
  }) {
    this.#name = options.name;
    this.#origin = options.origin;
    this.#endpoint = new Endpoint(options.origin, options.lookup);
    this.#limits = options.limits;
    this.#most = options.connections;
  }

  /** Gives a connection that nobody else uses, at once where there is one. Throws or rejects with `UpstreamFault`, or the signal's reason. */
  acquire(claim: Claim): Connection | Promise<Connection> {
    claim.signal.throwIfAborted();
    return this.#tryNow(claim) ?? this.#wait(claim);
  }

  /** Gives a connection back for the next request. */
  release(connection: Connection): void {
    if (!this.#open.has(connection)) return;
    const next = this.#next();
    if (!next) {
      this.#idle.push(connection);
    } else if (next.claim.fresh) {
      this.#drop(connection);
      next.grant(this.#make());
    } else {
      next.grant(connection);
    }
  }

  /** Closes a connection that must not be used again. */
  discard(connection: Connection): void {
    if (!this.#open.has(connection)) return;
    this.#drop(connection);
    if (!this.#closed) this.#next()?.grant(this.#make());
  }

  /** Ends everything, running requests included; resolves when no socket is left. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of [...this.#waiting]) waiter.refuse(this.#closedFault());
    for (const connection of [...this.#open]) this.#drop(connection);
    await Promise.all(this.#ending);
  }

  #tryNow(claim: Claim): Connection | undefined {
    if (this.#closed) throw this.#closedFault();
    if (!claim.fresh) {
      const idle = this.#idle.pop();
      if (idle) return idle;
    }
    if (this.#open.size >= this.#most) {
      const oldest = this.#idle[0];
      if (!oldest) return undefined;
      this.#drop(oldest);
    }
    return this.#make();
  }

  #make(): Connection {
    const connection = new Connection(this.#origin, this.#endpoint, this.#limits);
    this.#open.add(connection);
    connection.onDisconnect(() => {
      if (this.#idle.includes(connection)) this.discard(connection);
    });
    return connection;
  }

  #drop(connection: Connection): void {
    this.#open.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    const ending = connection.destroy().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #next(): Waiter | undefined {
    const [first] = this.#waiting;
    return first;
  }

  #wait(claim: Claim): Promise<Connection> {
    if (this.#waiting.size >= maxWaiting) {
      throw this.#fault('other', `${maxWaiting} requests already wait for a connection`);
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => waiter.refuse(claim.signal.reason);
      const timer = setTimeout(() => waiter.refuse(this.#noneFree()), Math.max(0, claim.connectBy - performance.now()));
      const leave = () => {
        clearTimeout(timer);
        claim.signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        claim,
        grant: (connection) => {
          leave();
          resolve(connection);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      claim.signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  #noneFree(): UpstreamFault {
    const message = `provider ${this.#name}: all ${this.#most} connections were busy until the connect limit`;
    return new UpstreamFault({ kind: 'timed-out', clock: 'connect', message });
  }

  #closedFault(): UpstreamFault {
    return this.#fault('other', 'the client is closed');
  }

  #fault(stage: 'other', why: string): UpstreamFault {
    return new UpstreamFault({ kind: 'connection-failed', stage, message: `provider ${this.#name}: ${why}` });
  }
}
