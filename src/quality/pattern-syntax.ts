/** The tree of a regular expression: only what a matcher has to know of it. */
export type PatternNode =
  /** One character, tested by this piece of the pattern's own source: a literal, an escape, a class or a dot. */
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'position'; readonly at: 'start' | 'end' | 'word-edge' | 'no-word-edge' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  /** `most` is Infinity for `*`, `+` and `{n,}`. */
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number };

/** A pattern that is valid but cannot be matched in linear time: it looks around or refers back. */
export class UnsupportedPattern extends Error {}

/** Deepest nesting of groups that is read; deeper ones are unsupported rather than a stack that overflows. */
const MAX_GROUP_DEPTH = 100;

/**
 * Reads an ECMA-262 pattern that `new RegExp` has accepted already, with flag `u` or without. Throws
 * `UnsupportedPattern` for lookarounds, back references, and nesting beyond 100 groups.
 */
export function parsePattern(pattern: string, unicode: boolean): PatternNode {
  return new Parser(pattern, unicode ? UNICODE_PIECES : UNIT_PIECES).choice(0);
}

interface Pieces {
  readonly escape: RegExp;
  readonly character: RegExp;
}

/** With flag `u` a character is a code point, without it a UTF-16 unit, and `\u{…}` and `\p{…}` mean nothing special. */
const UNICODE_PIECES: Pieces = {
  escape:
    /\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|p\{[^}]*\}|c[a-z]|[\s\S])/iuy,
  character: /[\s\S]/uy,
};
const UNIT_PIECES: Pieces = {
  escape: /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[\s\S])/iy,
  character: /[\s\S]/y,
};
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const GROUP_NAME = /\?<[^>=!]*>/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;

class Parser {
  readonly #pattern: string;
  readonly #pieces: Pieces;
  #at = 0;

  constructor(pattern: string, pieces: Pieces) {
    this.#pattern = pattern;
    this.#pieces = pieces;
  }

  choice(depth: number): PatternNode {
    if (depth > MAX_GROUP_DEPTH) throw new UnsupportedPattern(`it nests more than ${MAX_GROUP_DEPTH} groups`);
    const options = [this.#sequence(depth)];
    while (this.#skip('|')) options.push(this.#sequence(depth));
    return options.length === 1 && options[0] ? options[0] : { kind: 'choice', options };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#quantified(this.#term(next, depth)));
    }
    return { kind: 'sequence', parts };
  }

  #term(next: string, depth: number): PatternNode {
    switch (next) {
      case '^':
        return this.#position('start', 1);
      case '$':
        return this.#position('end', 1);
      case '(':
        return this.#group(depth);
      case '[':
        return { kind: 'character', source: this.#take(CLASS) };
      case '\\':
        return this.#escape();
      default:
        return { kind: 'character', source: this.#take(this.#pieces.character) };
    }
  }

  #group(depth: number): PatternNode {
    this.#at += 1;
    if (!this.#skip('?:') && this.#peek() === '?' && this.#take(GROUP_NAME) === '') {
      throw new UnsupportedPattern('it looks around');
    }
    const inside = this.choice(depth + 1);
    this.#at += 1;
    return inside;
  }

  #escape(): PatternNode {
    const kind = this.#pattern.slice(this.#at + 1, this.#at + 3);
    if (kind.startsWith('b')) return this.#position('word-edge', 2);
    if (kind.startsWith('B')) return this.#position('no-word-edge', 2);
    if (/^(?:[1-9k]|0\d)/.test(kind)) throw new UnsupportedPattern('it refers back');
    return { kind: 'character', source: this.#take(this.#pieces.escape) };
  }

  #position(at: Extract<PatternNode, { kind: 'position' }>['at'], length: number): PatternNode {
    this.#at += length;
    return { kind: 'position', at };
  }

  #quantified(part: PatternNode): PatternNode {
    QUANTIFIER.lastIndex = this.#at;
    const found = QUANTIFIER.exec(this.#pattern);
    if (!found) return part;
    this.#at = QUANTIFIER.lastIndex;
    const [, sign, least, comma, most] = found;
    if (sign !== undefined) {
      return { kind: 'repeat', part, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    const from = Number(least);
    if (comma === undefined) return { kind: 'repeat', part, least: from, most: from };
    return { kind: 'repeat', part, least: from, most: most ? Number(most) : Number.POSITIVE_INFINITY };
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #skip(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** The piece that this sticky expression finds here; empty where it finds none. */
  #take(piece: RegExp): string {
    piece.lastIndex = this.#at;
    const found = piece.exec(this.#pattern)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}
