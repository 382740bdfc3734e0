import { TEXT_ARGUMENT } from '../../model/chat-request.ts';

/** What stands before and after a free text in the arguments that carry it. */
export const TEXT_OPENING = `{${JSON.stringify(TEXT_ARGUMENT)}:"`;
export const TEXT_CLOSING = '"}';

/** A piece of free text as a piece of the JSON between `TEXT_OPENING` and `TEXT_CLOSING`. */
export function jsonOfText(piece: string): string {
  return JSON.stringify(piece).slice(1, -1);
}

/** The arguments that carry a free text. */
export function textArguments(text: string): string {
  return TEXT_OPENING + jsonOfText(text) + TEXT_CLOSING;
}

/** The free text in arguments; of JSON that breaks off, as far as it goes, and empty where there is none. */
export function textOfArguments(json: string): string {
  const reader = new ArgumentText();
  return reader.push(json) + reader.end();
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** `\u` and four digits. */
const UNICODE_ESCAPE_CHARS = 6;

/**
 * Takes the free text out of arguments that come in pieces, cut anywhere. A character whose two halves come apart is told
 * whole: readers in UTF-8 refuse one half.
 */
export class ArgumentText {
  #depth = 0;
  #within: 'nothing' | 'key' | 'text' | 'another' = 'nothing';
  #key = '';
  #isValueNext = false;
  /** An escape that is not complete. */
  #escape = '';
  /** The first half of a character. */
  #half = '';
  #done = false;

  /** What more is known of the text. */
  push(json: string): string {
    let text = this.#half;
    for (const char of json) {
      if (this.#done) break;
      text += this.#within === 'nothing' ? this.#structure(char) : this.#inString(char);
    }
    const last = text.charCodeAt(text.length - 1);
    this.#half = last >= 0xd800 && last < 0xdc00 ? text.slice(-1) : '';
    return this.#half === '' ? text : text.slice(0, -1);
  }

  /** What was kept back; the arguments are over. */
  end(): string {
    const half = this.#half;
    this.#half = '';
    return half;
  }

  #structure(char: string): '' {
    if (char === '{' || char === '[') this.#depth += 1;
    else if (char === '}' || char === ']') this.#depth -= 1;
    else if (char === '"') this.#open();
    else if (this.#depth === 1 && char === ':') this.#isValueNext = true;
    else if (this.#depth === 1 && char === ',') this.#isValueNext = false;
    return '';
  }

  #open(): void {
    if (this.#depth !== 1) this.#within = 'another';
    else if (this.#isValueNext) this.#within = this.#key === TEXT_ARGUMENT ? 'text' : 'another';
    else {
      this.#within = 'key';
      this.#key = '';
    }
  }

  /** The text that the character makes known. */
  #inString(char: string): string {
    if (this.#escape === '' && char === '"') {
      this.#done = this.#within === 'text';
      this.#within = 'nothing';
      return '';
    }
    const read = this.#escape !== '' || char === '\\' ? this.#unescape(char) : char;
    if (this.#within === 'key') this.#key += read;
    return this.#within === 'text' ? read : '';
  }

  #unescape(char: string): string {
    this.#escape += char;
    if (this.#escape.length === 1) return '';
    const kind = this.#escape.charAt(1);
    if (kind === 'u' && this.#escape.length < UNICODE_ESCAPE_CHARS) return '';
    const digits = this.#escape.slice(2);
    this.#escape = '';
    return kind === 'u' ? String.fromCharCode(Number.parseInt(digits, 16)) : (ESCAPES[kind] ?? kind);
  }
}
