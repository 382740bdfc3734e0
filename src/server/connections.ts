import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { SCARCE_SHARE } from './open-streams.ts';

export interface ConnectionLimits {
  /** All together; beyond it the system takes no more. */
  readonly connections: number;
  /** From one address. */
  readonly connectionsPerAddress: number;
}

/** Taken share of the connections from which on those that nobody uses are closed; once in so long. */
const IDLE_SHARE = 0.9;
const IDLE_EVERY_MS = 1_000;

/**
 * Counts connections by the address that they come from. One that an address has beyond its part is surplus: what is asked
 * on it is refused, honestly, and it is closed. An address is everything behind one proxy, so that there is no part as long
 * as there is enough for all, unless the operator names one.
 */
export class Connections {
  readonly #limits: () => ConnectionLimits;
  readonly #byAddress = new Map<string, number>();
  readonly #surplus = new Set<Socket>();
  #open = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(limits: () => ConnectionLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const address = socket.remoteAddress ?? '';
      this.#opened(socket, address);
      socket.once('close', () => this.#closed(socket, address));
      if (this.#open >= this.#limits().connections * IDLE_SHARE) this.#closeIdle(server);
    });
  }

  isSurplus(socket: Socket): boolean {
    return this.#surplus.size > 0 && this.#surplus.has(socket);
  }

  #opened(socket: Socket, address: string): void {
    const held = (this.#byAddress.get(address) ?? 0) + 1;
    this.#byAddress.set(address, held);
    this.#open += 1;
    const { connections, connectionsPerAddress } = this.#limits();
    const scarce = this.#open > connections * SCARCE_SHARE;
    const overPart = scarce && held > 1 && held * this.#byAddress.size > connections;
    if (overPart || held > connectionsPerAddress) this.#surplus.add(socket);
  }

  #closed(socket: Socket, address: string): void {
    this.#open -= 1;
    this.#surplus.delete(socket);
    const held = (this.#byAddress.get(address) ?? 1) - 1;
    if (held === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, held);
  }

  /** A client whose idle connection is closed opens another; one that keeps them without need does not. */
  #closeIdle(server: Server): void {
    const now = performance.now();
    if (now - this.#sweptAt < IDLE_EVERY_MS) return;
    this.#sweptAt = now;
    server.closeIdleConnections();
  }
}
