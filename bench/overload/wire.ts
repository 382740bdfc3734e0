import { connect, type Socket } from 'node:net';

/** What came back for one request. */
export interface Reply {
  /** 0 where the connection broke before an answer was whole. */
  readonly status: number;
  /** Seconds that the answer asks to wait; undefined where it does not say. */
  readonly retryAfter: number | undefined;
  /** Monotonic moments of the first byte and of the last. */
  readonly firstAt: number;
  readonly endAt: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/**
 * One HTTP/1.1 connection that reads no more of an answer than it must: its status, `Retry-After` and where it ends. A
 * client that costs as much as the gateway would measure itself.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #onClose: () => void;
  #done: ((reply: Reply) => void) | undefined;
  #head: Buffer = Buffer.alloc(0);
  /** Of the body: its length, or -1 where it comes in chunks; undefined while the head is read. */
  #length: number | undefined;
  #read = 0;
  #tail: Buffer = Buffer.alloc(0);
  #status = 0;
  #retryAfter: number | undefined;
  #firstAt = 0;
  #closes = false;

  constructor(port: number, onClose: () => void) {
    this.#onClose = onClose;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#broke());
  }

  /** Sends one request; `done` is called once. Nothing else may be under way. */
  send(request: Buffer, done: (reply: Reply) => void): void {
    this.#done = done;
    this.#head = Buffer.alloc(0);
    this.#length = undefined;
    this.#read = 0;
    this.#status = 0;
    this.#retryAfter = undefined;
    this.#firstAt = 0;
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    if (!this.#done) return;
    if (this.#firstAt === 0) this.#firstAt = performance.now();
    if (this.#length !== undefined) return this.#takeBody(bytes);
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return;
    const head = this.#head.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    const wait = /\r\nretry-after: (\d+)/.exec(head)?.[1];
    this.#retryAfter = wait === undefined ? undefined : Number(wait);
    this.#closes = head.includes('\r\nconnection: close');
    this.#length = length === undefined ? -1 : Number(length);
    this.#tail = Buffer.alloc(0);
    this.#takeBody(this.#head.subarray(end + HEAD_END.length));
  }

  #takeBody(bytes: Buffer): void {
    this.#read += bytes.length;
    if (this.#length !== -1) {
      if (this.#read >= (this.#length ?? 0)) this.#finish();
      return;
    }
    const tail = bytes.length >= LAST_CHUNK.length ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = tail.subarray(-LAST_CHUNK.length);
    if (this.#tail.equals(LAST_CHUNK)) this.#finish();
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    if (this.#closes) this.#socket.destroy();
    done?.({
      status: this.#status,
      retryAfter: this.#retryAfter,
      firstAt: this.#firstAt,
      endAt: performance.now(),
    });
  }

  #broke(): void {
    this.#onClose();
    const done = this.#done;
    this.#done = undefined;
    const now = performance.now();
    done?.({ status: 0, retryAfter: undefined, firstAt: now, endAt: now });
  }
}
