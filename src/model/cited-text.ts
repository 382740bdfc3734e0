/** UTF-16 code units between two places whose counts are kept. */
const STRIDE = 1024;

/** Counts before one place of a text. */
interface Mark {
  readonly units: number;
  /** Unicode code points. */
  readonly points: number;
  /** Of UTF-8. */
  readonly bytes: number;
}

/**
 * The text of an answer as it grows, for citations: vendors count in code points or in UTF-8 bytes, the neutral form in
 * UTF-16 code units. Many citations of a long text cost no more than one pass over it.
 */
export class CitedText {
  #text: string;
  readonly #marks: Mark[] = [{ units: 0, points: 0, bytes: 0 }];

  constructor(text = '') {
    this.#text = text;
  }

  add(piece: string): void {
    this.#text += piece;
  }

  get text(): string {
    return this.#text;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Code points before a place. */
  points(units: number): number {
    return this.#walk(({ units: at }) => at >= units).points;
  }

  /** UTF-8 bytes before a place. */
  bytes(units: number): number {
    return this.#walk(({ units: at }) => at >= units).bytes;
  }

  /** The place behind so many code points; the end of the text where it has fewer. */
  atPoints(points: number): number {
    return this.#walk(({ points: at }) => at >= points).units;
  }

  /** The place behind so many bytes; the end of the text where it has fewer. */
  atBytes(bytes: number): number {
    return this.#walk(({ bytes: at }) => at >= bytes).units;
  }

  /** The first place of which `reached` is true, and which only grows; else the end. */
  #walk(reached: (mark: Mark) => boolean): Mark {
    this.#extend();
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (reached(this.#mark(middle))) high = middle;
      else low = middle + 1;
    }
    let at = this.#mark(Math.max(0, low - 1));
    while (!reached(at) && at.units < this.#text.length) at = after(at, this.#text);
    return at;
  }

  /** A pair of surrogates may still be incomplete at the end. */
  #extend(): void {
    let last = this.#mark(this.#marks.length - 1);
    while (last.units + STRIDE < this.#text.length) {
      const from = last.units;
      while (last.units < from + STRIDE) last = after(last, this.#text);
      this.#marks.push(last);
    }
  }

  #mark(index: number): Mark {
    return this.#marks[index] ?? { units: 0, points: 0, bytes: 0 };
  }
}

function after({ units, points, bytes }: Mark, text: string): Mark {
  const code = text.codePointAt(units) ?? 0;
  const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code > 0xffff ? 4 : 3;
  return { units: units + (code > 0xffff ? 2 : 1), points: points + 1, bytes: bytes + size };
}
