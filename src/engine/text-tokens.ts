import type { JsonValue } from '../model/json.ts';

/**
 * Tokens of a text, estimated from its characters alone: one pass, nothing allocated. The numbers follow what byte pair
 * encodings of about 200,000 entries do; how a model's own tokenizer departs from them is learned (see token-factor.ts).
 *
 * Words of a Latin alphabet are one token up to `WORD_CHARS` letters, runs of digits and punctuation are cut into short
 * pieces, and every other script has a number of characters a token.
 */
export function textTokens(text: string): number {
  let tokens = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (ASCII_KINDS[code] ?? OTHER) : OTHER;
    if (kind === OTHER) {
      tokens += 1 / charsPerToken(code);
      at += 1;
      continue;
    }
    const end = runEnd(text, at, kind);
    tokens += runTokens(kind, text, at, end);
    at = end;
  }
  return tokens;
}

/** Tokens of a JSON value as it would be written, without writing it. */
export function jsonTokens(value: JsonValue): number {
  if (typeof value === 'string') return textTokens(value) + QUOTES;
  if (typeof value !== 'object' || value === null) return textTokens(String(value));
  let tokens = BRACKETS;
  if (Array.isArray(value)) {
    for (const item of value) tokens += jsonTokens(item) + COMMA;
    return tokens;
  }
  for (const [key, item] of Object.entries(value)) tokens += textTokens(key) + QUOTES + jsonTokens(item) + COMMA;
  return tokens;
}

/** Characters of a JSON value as it would be written, roughly: for a bound that costs less than the estimate. */
export function jsonLength(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let length = 2;
  if (Array.isArray(value)) for (const item of value) length += jsonLength(item) + 1;
  else for (const key in value) length += key.length + 4 + jsonLength(value[key] ?? null);
  return length;
}

/** Quotes, brackets and commas melt into their neighbours: `":"` and `","` are one token each. */
const QUOTES = 0.6;
const BRACKETS = 0.8;
const COMMA = 0.2;

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;
const BREAK = 4;
const MARK = 5;

const ASCII_KINDS: Uint8Array = asciiKinds();

function asciiKinds(): Uint8Array {
  const kinds = new Uint8Array(128).fill(MARK);
  for (let code = 0; code < 128; code += 1) {
    if ((code >= 65 && code <= 90) || (code >= 97 && code <= 122)) kinds[code] = LETTER;
    else if (code >= 48 && code <= 57) kinds[code] = DIGIT;
    else if (code === 32 || code === 9) kinds[code] = SPACE;
    else if (code === 10 || code === 13) kinds[code] = BREAK;
  }
  return kinds;
}

function runEnd(text: string, from: number, kind: number): number {
  let at = from + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const next = code < 128 ? (ASCII_KINDS[code] ?? OTHER) : isLatinLetter(code) ? LETTER : OTHER;
    if (next !== kind) break;
  }
  return at;
}

/** Letters of a word that is one token; longer ones are cut into pieces of `PIECE_CHARS`. */
const WORD_CHARS = 8;
const PIECE_CHARS = 5;
const DIGITS_A_TOKEN = 3;
const MARKS_A_TOKEN = 3;
/** Of abbreviations and of base64, which no vocabulary knows as words. */
const CAPITALS_A_TOKEN = 2.5;

function runTokens(kind: number, text: string, from: number, to: number): number {
  const length = to - from;
  switch (kind) {
    case LETTER:
      return letterTokens(text, from, to);
    case DIGIT:
      return Math.ceil(length / DIGITS_A_TOKEN);
    case SPACE:
      // One blank belongs to the word after it; an indentation is a token of its own.
      return length > 1 ? 1 : 0;
    case BREAK:
      return 1;
    default:
      return Math.ceil(length / MARKS_A_TOKEN);
  }
}

/** A change from small to capital letters begins a new word, as in `camelCase`. */
function letterTokens(text: string, from: number, to: number): number {
  let tokens = 0;
  let small = 0;
  let capitals = 0;
  let marked = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 65 && code <= 90) {
      if (small > 0) {
        tokens += wordTokens(capitals, small);
        small = 0;
        capitals = 0;
      }
      capitals += 1;
    } else {
      if (code >= 128) marked += 1;
      small += 1;
    }
  }
  return tokens + wordTokens(capitals, small) + marked * MARKED_LETTER;
}

/** What a letter with a mark costs beyond a plain one. */
const MARKED_LETTER = 0.35;

/** One capital belongs to its word. */
function wordTokens(capitals: number, small: number): number {
  if (capitals > 1) return Math.ceil(capitals / CAPITALS_A_TOKEN) + (small > 1 ? wordTokens(0, small) : 0);
  const letters = capitals + small;
  return letters <= WORD_CHARS ? 1 : Math.ceil(letters / PIECE_CHARS);
}

/** Latin-1 Supplement and Latin Extended-A and -B, without × and ÷. */
function isLatinLetter(code: number): boolean {
  return code >= 0xc0 && code <= 0x24f && code !== 0xd7 && code !== 0xf7;
}

/** Characters a token, by script; everything that is named nowhere costs one token a character. */
function charsPerToken(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return 1; // Half of a surrogate pair: an emoji is about two tokens.
  for (const [from, to, chars] of SCRIPTS) if (code >= from && code <= to) return chars;
  return 1;
}

const SCRIPTS: readonly (readonly [from: number, to: number, charsPerToken: number])[] = [
  [0x80, 0xbf, 1],
  [0xc0, 0x24f, 2.5], // Latin with marks, at the beginning of a word.
  [0x370, 0x3ff, 2.2], // Greek
  [0x400, 0x52f, 3.2], // Cyrillic
  [0x530, 0x58f, 1.6], // Armenian
  [0x590, 0x5ff, 2.2], // Hebrew
  [0x600, 0x77f, 2.6], // Arabic
  [0x900, 0x97f, 2.6], // Devanagari
  [0x980, 0xdff, 2], // Bengali to Sinhala
  [0xe00, 0xe7f, 2.2], // Thai
  [0x10a0, 0x10ff, 1.8], // Georgian
  [0x1100, 0x11ff, 1],
  [0x2000, 0x206f, 1.5], // Dashes, quotes, ellipses
  [0x3040, 0x30ff, 1.4], // Kana
  [0x3400, 0x9fff, 1.35], // Han
  [0xac00, 0xd7af, 1.5], // Hangul
];
