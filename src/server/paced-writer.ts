import type { ServerResponse } from 'node:http';

/** Ends a chunked body; there are no trailers. */
const LAST_CHUNK = '0\r\n\r\n';

/**
 * Writes an answer to a caller at the caller's speed. A reader that takes nothing for `stalledMs` is cut: an
 * answer nobody reads must not hold memory and a provider's connection for ever.
 */
export class PacedWriter {
  readonly #response: ServerResponse;
  readonly #stalledMs: number;
  readonly #onStalled: () => void;
  #chunked = false;

  constructor(response: ServerResponse, stalledMs: number, onStalled: () => void) {
    this.#response = response;
    this.#stalledMs = stalledMs;
    this.#onStalled = onStalled;
  }

  /** A promise means that the reader is behind; it resolves when there is room again or nobody is left. */
  write(text: string): void | Promise<void> {
    if (text === '' || this.#response.destroyed) return;
    if (this.#response.write(this.#framed(text))) return;
    return this.#drained();
  }

  /** The last bytes of a whole answer. Resolves once they are out, or nobody is left. */
  end(text: string): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return Promise.resolve();
    response.end(this.#framed(text, LAST_CHUNK));
    // What the system has taken needs no clock: it is on its way whatever the reader does.
    if (response.socket && response.socket.writableLength > 0) this.#watchReader();
    return answerOver(response);
  }

  /** The last bytes of an answer that is not whole: the connection is closed behind them, without a clean end. */
  cut(text: string): Promise<void> {
    if (this.#response.destroyed) return Promise.resolve();
    this.#watchReader();
    this.#response.write(this.#framed(text), () => this.#response.destroy());
    return answerOver(this.#response);
  }

  /**
   * Text as one chunk of a chunked body (RFC 9112 §7.1). Node would write size, text and line end as three pieces, which at
   * an event a write costs more than the event; so it is told that nothing is to be put around what it is given.
   */
  #framed(text: string, end = ''): string {
    const response = this.#response;
    if (response.chunkedEncoding) {
      response.chunkedEncoding = false;
      this.#chunked = true;
    }
    if (!this.#chunked) return text;
    return text === '' ? end : `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n${end}`;
  }

  #drained(): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        response.off('drain', finish);
        response.off('close', finish);
        resolve();
      };
      const timer = setTimeout(() => this.#stalled(), this.#stalledMs);
      response.on('drain', finish);
      response.on('close', finish);
    });
  }

  /** The socket's own clock starts again whenever the reader took something, and Node resets it for the next request. */
  #watchReader(): void {
    this.#response.setTimeout(this.#stalledMs, () => this.#stalled());
  }

  #stalled(): void {
    this.#onStalled();
    this.#response.destroy();
  }
}

/** Resolves once the last byte of the answer is out, or the connection is gone. */
export function answerOver(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      response.off('finish', done);
      response.off('close', done);
      resolve();
    };
    response.on('finish', done);
    response.on('close', done);
  });
}
