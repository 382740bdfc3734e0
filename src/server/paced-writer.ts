import type { ServerResponse } from 'node:http';
import type { ReaderCut } from '../engine/record.ts';
import { READER_WINDOW_MS, ReaderPace } from '../resilience/reader-pace.ts';

/** Ends a chunked body; there are no trailers. */
const LAST_CHUNK = '0\r\n\r\n';

/** What a reader has to take. */
export interface ReaderRule {
  /** Something, within this time. */
  readonly stalledMs: number;
  /** So many bytes a second, over a minute in which something waits for it. */
  readonly bytesPerSecond: number;
}

/**
 * Writes an answer to a caller at the caller's speed. A reader that takes nothing for too long, or next to nothing for
 * longer, is cut: an answer nobody reads must not hold memory and a provider's connection for ever.
 */
export class PacedWriter {
  readonly #response: ServerResponse;
  readonly #rule: ReaderRule;
  readonly #onCut: (why: ReaderCut) => void;
  #chunked = false;
  /** Of a reader that was behind once. */
  #pace: ReaderPace | undefined;
  #watched = false;

  constructor(response: ServerResponse, rule: ReaderRule, onCut: (why: ReaderCut) => void) {
    this.#response = response;
    this.#rule = rule;
    this.#onCut = onCut;
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
    if (!response.socket || response.socket.writableLength === 0) return answerOver(response);
    const stop = this.#watchReader();
    return answerOver(response).then(stop);
  }

  /** The last bytes of an answer that is not whole: the connection is closed behind them, without a clean end. */
  cut(text: string): Promise<void> {
    if (this.#response.destroyed) return Promise.resolve();
    const stop = this.#watchReader();
    this.#response.write(this.#framed(text), () => this.#response.destroy());
    return answerOver(this.#response).then(stop);
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
      const stop = this.#watchReader();
      const finish = () => {
        stop();
        response.off('drain', finish);
        response.off('close', finish);
        resolve();
      };
      response.on('drain', finish);
      response.on('close', finish);
    });
  }

  /**
   * Holds the reader to its rule while something waits for it; returns what ends that. The socket's own clock, which starts
   * again whenever something was taken, finds out who takes nothing.
   */
  #watchReader(): () => void {
    const response = this.#response;
    if (this.#watched) response.setTimeout(this.#rule.stalledMs);
    else response.setTimeout(this.#rule.stalledMs, () => this.#cutOff('stalled-reader'));
    this.#watched = true;
    this.#pace ??= new ReaderPace({ bytesPerSecond: this.#rule.bytesPerSecond, windowMs: READER_WINDOW_MS });
    const pace = this.#pace;
    const pending = response.writableLength;
    const from = performance.now();
    const timer = setTimeout(() => this.#cutOff('slow-reader'), pace.allowedMs(pending));
    return () => {
      clearTimeout(timer);
      if (!response.destroyed && !pace.took(pending, performance.now() - from)) this.#cutOff('slow-reader');
      if (response.socket && !response.writableEnded) response.setTimeout(0);
    };
  }

  #cutOff(why: ReaderCut): void {
    this.#onCut(why);
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
