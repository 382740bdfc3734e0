import { type AnswerDiff, diffAnswers } from './answer-diff.ts';
import { wellFormed } from './escape.ts';

/** Texts of a page, each once however often it was answered, and the differences of pairs of them. */
export class TextPool {
  readonly texts: string[] = [];
  /** Texts that were longer than allowed. */
  clipped = 0;
  readonly #maxChars: number;
  readonly #positions = new Map<string, number>();
  readonly #diffs = new Map<string, AnswerDiff | undefined>();

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Where the text stands, put there if it is new. */
  add(text: string): number {
    const known = this.#positions.get(text);
    if (known !== undefined) return known;
    const position = this.texts.length;
    this.#positions.set(text, position);
    this.texts.push(this.#clip(text));
    return position;
  }

  /** The difference of two texts of the pool, worked out once. */
  diff(first: number, second: number): AnswerDiff | undefined {
    const key = `${first} ${second}`;
    if (!this.#diffs.has(key)) this.#diffs.set(key, diffAnswers(this.texts[first] ?? '', this.texts[second] ?? ''));
    return this.#diffs.get(key);
  }

  #clip(text: string): string {
    if (text.length <= this.#maxChars) return text;
    this.clipped += 1;
    return `${wellFormed(text.slice(0, this.#maxChars))} … (${text.length - this.#maxChars} more characters)`;
  }
}
