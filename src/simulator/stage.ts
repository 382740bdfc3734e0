import type { ServerResponse } from 'node:http';
import type { Step } from './performance.ts';

/** A reset drops what the peer has not read yet: it comes this much after the last byte, in milliseconds. */
const RESET_AFTER_MS = 10;

/** Plays steps on one response. Leaves no timer behind when the connection goes. */
export class Stage {
  readonly #response: ServerResponse;
  readonly #steps: readonly Step[];
  readonly #onBreak: () => void;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `onBreak` is called before the steps break the connection, and so before the client can know. */
  constructor(response: ServerResponse, steps: readonly Step[], onBreak: () => void) {
    this.#response = response;
    this.#steps = steps;
    this.#onBreak = onBreak;
  }

  /** Call once; returns at the first wait. */
  play(): void {
    this.#response.once('close', () => {
      clearTimeout(this.#timer);
      this.#next = this.#steps.length;
    });
    this.#go();
  }

  #go(): void {
    while (this.#next < this.#steps.length) {
      const step = this.#steps[this.#next++];
      if (!step || !this.#take(step)) return;
    }
  }

  /** False where the next step has to wait or there is none. */
  #take(step: Step): boolean {
    const response = this.#response;
    switch (step.do) {
      case 'head':
        response.writeHead(step.status, step.headers);
        return true;
      case 'write':
        this.#write(step.text);
        return true;
      case 'end':
        if (!response.writableEnded) response.end();
        return false;
      case 'wait':
        if (response.headersSent) response.flushHeaders();
        this.#later(step.ms, () => this.#go());
        return false;
      case 'hold':
        if (response.headersSent) response.flushHeaders();
        return false;
      case 'repeat':
        this.#repeat(step.text, step.everyMs);
        return false;
      case 'cut':
        this.#afterFlush(() => response.socket?.end());
        return false;
      case 'reset':
        if (response.headersSent)
          this.#afterFlush(() => this.#later(RESET_AFTER_MS, () => response.socket?.resetAndDestroy()));
        else {
          this.#onBreak();
          response.socket?.resetAndDestroy();
        }
        return false;
      case 'drop':
        this.#onBreak();
        response.socket?.destroy();
        return false;
    }
  }

  /** The last text and the end go out in one write. */
  #write(text: string): void {
    if (this.#steps[this.#next]?.do === 'end') this.#response.end(text);
    else if (text !== '') this.#response.write(text);
  }

  #afterFlush(then: () => void): void {
    this.#onBreak();
    this.#response.flushHeaders();
    // An empty write would end nothing and is not sent; its callback comes once everything before it is with the kernel.
    this.#response.write('', then);
  }

  #repeat(text: string, everyMs: number): void {
    this.#response.write(text);
    this.#later(everyMs, () => this.#repeat(text, everyMs));
  }

  #later(ms: number, then: () => void): void {
    this.#timer = setTimeout(then, ms);
  }
}
