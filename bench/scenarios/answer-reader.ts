/** Where an answer stands. `broken`: not HTTP, or longer than it said. */
export type Reading = 'more' | 'whole' | 'broken';

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 64 * 1024;
/** A stamp opens with it; nothing else in a body of the bench holds it. */
const STAMP_SIGN = 0x40;
const STAMP = /@(\d+)@/g;
/** A stamp that two reads share is shorter than this. */
const MAX_STAMP_CHARS = 40;

type Framing =
  | { readonly kind: 'length'; left: number }
  /** `left`: bytes of the chunk and the line end behind it; 0 while its size is read. */
  | { readonly kind: 'chunked'; left: number; size: string; last: boolean }
  | { readonly kind: 'until-close' };

/**
 * Reads one answer after another from one connection, and as little of each as it can: where its head and its body end,
 * and the stamps in it (`@microseconds@`, by which a provider says when it sent a piece). A load client that parses more
 * would measure itself.
 */
export class AnswerReader {
  status = 0;
  /** The provider's clock in every stamp of the last read. */
  readonly stamps: number[] = [];
  #head: Buffer = Buffer.alloc(0);
  #framing: Framing | undefined;
  #carry = '';

  /** Call before each request. */
  restart(): void {
    this.status = 0;
    this.#head = Buffer.alloc(0);
    this.#framing = undefined;
    this.#carry = '';
    this.stamps.length = 0;
  }

  read(bytes: Buffer): Reading {
    this.stamps.length = 0;
    if (this.#framing) return this.#body(bytes, this.#framing);
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return this.#head.length > MAX_HEAD_BYTES ? 'broken' : 'more';
    const head = this.#head.toString('latin1', 0, end);
    this.status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(this.status)) return 'broken';
    this.#framing = framingOf(head);
    return this.#body(this.#head.subarray(end + HEAD_END.length), this.#framing);
  }

  /** The other side closed: whole only where that is how the answer ends. */
  closed(): Reading {
    return this.#framing?.kind === 'until-close' ? 'whole' : 'broken';
  }

  #body(bytes: Buffer, framing: Framing): Reading {
    this.#findStamps(bytes);
    switch (framing.kind) {
      case 'until-close':
        return 'more';
      case 'length':
        framing.left -= bytes.length;
        if (framing.left === 0) return 'whole';
        return framing.left < 0 ? 'broken' : 'more';
      case 'chunked':
        return readChunks(bytes, framing);
    }
  }

  #findStamps(bytes: Buffer): void {
    if (this.#carry === '' && bytes.indexOf(STAMP_SIGN) === -1) return;
    const text = this.#carry + bytes.toString('latin1');
    let end = 0;
    for (const match of text.matchAll(STAMP)) {
      this.stamps.push(Number(match[1]));
      end = match.index + match[0].length;
    }
    const open = text.indexOf('@', end);
    this.#carry = open === -1 || text.length - open > MAX_STAMP_CHARS ? '' : text.slice(open);
  }
}

function framingOf(head: string): Framing {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return { kind: 'length', left: Number(length) };
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return { kind: 'chunked', left: 0, size: '', last: false };
  return { kind: 'until-close' };
}

function readChunks(bytes: Buffer, framing: Extract<Framing, { kind: 'chunked' }>): Reading {
  let at = 0;
  while (at < bytes.length) {
    if (framing.left > 0) {
      const step = Math.min(framing.left, bytes.length - at);
      framing.left -= step;
      at += step;
      if (framing.left === 0 && framing.last) return at === bytes.length ? 'whole' : 'broken';
      continue;
    }
    const end = bytes.indexOf(0x0a, at);
    framing.size += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (end === -1) return 'more';
    const size = Number.parseInt(framing.size, 16);
    if (Number.isNaN(size)) return 'broken';
    framing.last = size === 0;
    framing.left = size + 2;
    framing.size = '';
    at = end + 1;
  }
  return 'more';
}
