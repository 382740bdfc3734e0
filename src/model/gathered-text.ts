/** Pieces that are made one string at a time. */
const PIECES = 64;

/**
 * A text that comes in many small pieces. Put together with `+` alone it would be held as a tree of all its pieces, at
 * some hundred bytes for each, until somebody reads it; a stream that lasts has thousands.
 */
export class GatheredText {
  #text = '';
  #pieces: string[] = [];

  add(piece: string): void {
    if (this.#pieces.push(piece) >= PIECES) this.#join();
  }

  get text(): string {
    if (this.#pieces.length > 0) this.#join();
    return this.#text;
  }

  #join(): void {
    this.#text += this.#pieces.join('');
    this.#pieces = [];
  }
}
