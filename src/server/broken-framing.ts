import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dialects } from '../engine/ports.ts';
import { sendFailure } from './answer-writer.ts';
import { newRequestId } from './chat-surface.ts';
import { HttpFailure } from './http-failure.ts';
import { dialectOf } from './surface-dialect.ts';

/** What a client has to read an error and to close its side of the connection. */
const LAST_WORDS_MS = 2_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Answers what cannot be parsed as HTTP: exactly once, after what was asked properly before it on the same connection,
 * in the caller's dialect where a path is known; then the connection ends.
 */
export class BrokenFraming {
  readonly #dialects: Dialects;
  readonly #open = new WeakMap<Duplex, Set<Exchange>>();
  readonly #answered = new WeakSet<Duplex>();

  constructor(dialects: Dialects) {
    this.#dialects = dialects;
  }

  /** Follows the requests of a server, and takes the two kinds of them that would never become one. */
  watch(server: Server): void {
    server.prependListener('request', (request, response) => this.#begin(request, response));
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      this.#refuse({ request, response }, invalid(417, 'the only expectation met is `100-continue`', 'expect'));
    });
    server.on('connect', (_: IncomingMessage, socket: Duplex) => {
      this.#write(socket, invalid(400, 'this gateway is no tunnel: CONNECT is not understood'));
    });
  }

  /** What Node's `clientError` tells. */
  readonly answer = (error: Error & { readonly code?: string }, socket: Duplex): void => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    // The parser repeats itself with every packet that still comes.
    if (this.#answered.has(socket)) return;
    this.#answered.add(socket);
    const failure = failureBy(error.code ?? '');
    const open = [...(this.#open.get(socket) ?? [])];
    const broken = open.find(({ request }) => !request.complete);
    if (broken && !broken.response.headersSent) return this.#refuse(broken, failure);
    // Each of these answers ends by its request's own deadline.
    const answers = open.filter(({ response }) => !response.closed);
    const ends = answers.map(({ response }) => new Promise((resolve) => response.once('close', resolve)));
    // What broke may have been refused already, before it was read: it gets no second answer.
    const close = () => (broken ? socket.destroy() : this.#write(socket, failure));
    if (ends.length === 0) close();
    else void Promise.all(ends).then(close);
  };

  /** Remembers an exchange until it is both read and answered. */
  #begin(request: IncomingMessage, response: ServerResponse): void {
    const open = this.#open.get(request.socket) ?? new Set();
    this.#open.set(request.socket, open);
    const exchange = { request, response };
    open.add(exchange);
    const forget = () => {
      if (response.closed && (request.complete || request.destroyed)) open.delete(exchange);
    };
    response.once('close', forget);
    request.once('close', forget);
  }

  /** The response waits for its turn behind those before it, and says that the connection ends with it. */
  #refuse({ request, response }: Exchange, { failure }: HttpFailure): void {
    const told = { ...failure, requestId: newRequestId() };
    sendFailure(response, this.#dialects.caller(dialectOf(request)), told, { connection: 'close' });
  }

  /** No path is known: the dialect that most clients speak. */
  #write(socket: Duplex, { failure }: HttpFailure): void {
    const told = { ...failure, requestId: newRequestId() };
    const body = JSON.stringify(this.#dialects.caller('openai-chat').encodeFailure(told));
    const head = [
      `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    // Whoever never closes its own side would keep the connection, and with it one of the files that the process may open.
    const late = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
    socket.once('close', () => clearTimeout(late));
  }
}

function failureBy(code: string): HttpFailure {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return invalid(431, 'the request headers are larger than the limit of this gateway', 'headers');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HttpFailure(
        413,
        'payload_too_large',
        'the chunk extensions are larger than the limit of this gateway',
        { field: 'body' },
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      // Nothing was asked of anybody yet, so asking again costs nothing.
      return new HttpFailure(408, 'request_timeout', 'the request did not arrive in time', { shouldRetry: true });
    default:
      return invalid(400, 'the request is not valid HTTP');
  }
}

function invalid(status: number, message: string, field?: string): HttpFailure {
  return new HttpFailure(status, 'invalid_request', message, field === undefined ? {} : { field });
}
