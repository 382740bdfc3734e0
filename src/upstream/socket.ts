import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { EgressRefused, isForbiddenAddress } from './egress-guard.ts';

/** The connection did not stand in time. */
export class ConnectTimeout extends Error {
  readonly code = 'UNDERSTUDY_CONNECT_TIMEOUT';

  constructor() {
    super('the connection did not stand in time');
    this.name = 'ConnectTimeout';
  }
}

/** The one origin that a provider's sockets go to. */
export class Endpoint {
  readonly #secure: boolean;
  readonly #host: string;
  readonly #port: number;
  readonly #lookup: LookupFunction;
  #session: Buffer | undefined;

  constructor(origin: URL, lookup: LookupFunction) {
    this.#secure = origin.protocol === 'https:';
    this.#host = origin.hostname.replace(/^\[|\]$/g, '');
    this.#port = Number(origin.port || (this.#secure ? 443 : 80));
    this.#lookup = lookup;
  }

  /**
   * Opens a socket and calls `done` once: with the socket when TCP, and TLS where used, stand; with the error otherwise.
   * Destroying the returned socket before that ends the attempt in whatever phase it is, without a call.
   */
  open(limitMs: number, done: (error: Error | null, socket: Socket | null) => void): Socket {
    const socket = this.#secure ? this.#tls() : this.#tcp();
    const stopClock = startClock(socket, limitMs);
    let stands = false;
    // Stays for good: an error that nobody listens to would end the process.
    socket.on('error', (error) => {
      if (!stands) done(error, null);
    });
    socket.once('close', stopClock);
    socket.once(this.#secure ? 'secureConnect' : 'connect', () => {
      stands = true;
      stopClock();
      if (socket.remoteAddress === undefined || !isForbiddenAddress(socket.remoteAddress)) return done(null, socket);
      socket.destroy();
      done(new EgressRefused(), null);
    });
    // Server-sent events are small writes on an otherwise quiet line.
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    return socket;
  }

  #tcp(): Socket {
    return netConnect({ host: this.#host, port: this.#port, lookup: this.#lookup });
  }

  #tls(): Socket {
    const socket = tlsConnect({
      host: this.#host,
      port: this.#port,
      lookup: this.#lookup,
      ALPNProtocols: ['http/1.1'],
      // RFC 6066 §3: no literal addresses in SNI.
      ...(isIP(this.#host) === 0 && { servername: this.#host }),
      ...(this.#session && { session: this.#session }),
    });
    socket.on('session', (session) => {
      this.#session = session;
    });
    return socket;
  }
}

/** Fires one turn late on purpose: after a frozen event loop, a connection that stands already must win over its clock. */
function startClock(socket: Socket, limitMs: number): () => void {
  let late: NodeJS.Immediate | undefined;
  const timer = setTimeout(
    () => {
      late = setImmediate(() => socket.destroy(new ConnectTimeout()));
    },
    Math.max(0, limitMs),
  );
  return () => {
    clearTimeout(timer);
    if (late) clearImmediate(late);
  };
}
