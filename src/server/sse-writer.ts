import type { ServerResponse } from 'node:http';
import type { SseFrame } from '../model/wire-frame.ts';

/** The bytes of some frames, as one text: one write a turn, however many events a provider's packet held. */
export function framesToText(frames: readonly SseFrame[]): string {
  let text = '';
  for (const frame of frames) {
    if (frame.event !== undefined) text += `event: ${frame.event}\n`;
    // A line break inside the data would end the field; the format's own way is a `data:` line a line.
    text += frame.data.includes('\n')
      ? `data: ${frame.data.split('\n').join('\ndata: ')}\n\n`
      : `data: ${frame.data}\n\n`;
  }
  return text;
}

/**
 * Writes a stream to a caller at the caller's speed. A reader that takes nothing for `stalledMs` is cut: an
 * answer nobody reads must not hold memory and a provider's connection for ever.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #stalledMs: number;
  readonly #onStalled: () => void;

  constructor(response: ServerResponse, stalledMs: number, onStalled: () => void) {
    this.#response = response;
    this.#stalledMs = stalledMs;
    this.#onStalled = onStalled;
  }

  /** A promise means that the reader is behind; it resolves when there is room again or nobody is left. */
  write(text: string): void | Promise<void> {
    if (text === '' || this.#response.destroyed) return;
    if (this.#response.write(text)) return;
    return this.#drained();
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
      const timer = setTimeout(() => {
        this.#onStalled();
        response.destroy();
      }, this.#stalledMs);
      response.on('drain', finish);
      response.on('close', finish);
    });
  }
}
