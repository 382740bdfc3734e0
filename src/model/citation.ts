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
