import type { DialectName } from './dialect-name.ts';
import type { JsonValue } from './json.ts';

/** Says where words of an answer come from. */
export interface Citation {
  /**
   * The words that are backed, as a range of all text of the alternative in one string, in UTF-16 code units, the end
   * exclusive. Absent: nobody told which words.
   */
  readonly start?: number;
  readonly end?: number;
  /** Absent for documents that are found under no address. */
  readonly url?: string;
  readonly title?: string;
  /** Words of the source. */
  readonly quote?: string;
  /** The form in which its maker told it; nobody else can read that. */
  readonly native: { readonly dialect: DialectName; readonly value: JsonValue };
}

/**
 * The range in Unicode code points, as OpenAI counts; undefined where none was told.
 *
 * @see https://platform.openai.com/docs/guides/tools-web-search#output-and-citations
 */
export function rangeInCodePoints(text: string, citation: Citation): { start: number; end: number } | undefined {
  const { start, end } = citation;
  if (start === undefined || end === undefined) return undefined;
  return { start: codePoints(text.slice(0, start)), end: codePoints(text.slice(0, end)) };
}

/** A count of code points as one of UTF-16 code units; what lies behind the text is its end. */
export function fromCodePoints(text: string, index: number): number {
  let units = 0;
  for (let seen = 0; seen < index && units < text.length; seen += 1) units += unitsAt(text, units);
  return units;
}

/** A count of UTF-8 bytes as one of UTF-16 code units; what lies behind the text is its end. */
export function fromUtf8Bytes(text: string, bytes: number): number {
  let units = 0;
  for (let seen = 0; seen < bytes && units < text.length; units += unitsAt(text, units)) seen += bytesAt(text, units);
  return units;
}

export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let units = 0; units < text.length; units += unitsAt(text, units)) bytes += bytesAt(text, units);
  return bytes;
}

function codePoints(text: string): number {
  let count = 0;
  for (let units = 0; units < text.length; units += unitsAt(text, units)) count += 1;
  return count;
}

function unitsAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function bytesAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code > 0xffff ? 4 : 3;
}
