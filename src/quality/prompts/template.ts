import { Liquid, type Template } from 'liquidjs';
import type { JsonValue } from '../../model/json.ts';
import { PromptError } from './prompt-error.ts';

/** Values of variables by name; `null` for an optional one that nobody gave. */
export type Scope = Readonly<Record<string, JsonValue>>;

/** Most values that are written into one text: loops over long lists within long lists end here. */
const MAX_VALUES = 20_000;
/** Loops within loops: a third would run a milliard times over lists that are allowed. */
const MAX_LOOP_DEPTH = 2;
/** Most characters and list items that one text may make while it is written. */
const MAX_MEMORY = 10_000_000;
/** Longest text that comes of a template, in characters. */
export const MAX_WRITTEN_CHARS = 2_000_000;

/** Nothing that reads a file, the clock or chance: the same values give the same text for ever. */
const TAGS = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'capture', 'comment', 'raw', '#'];
const FILTERS = [
  'append',
  'capitalize',
  'compact',
  'default',
  'divided_by',
  'downcase',
  'first',
  'join',
  'json',
  'last',
  'lstrip',
  'map',
  'minus',
  'modulo',
  'newline_to_br',
  'plus',
  'prepend',
  'remove',
  'replace',
  'reverse',
  'round',
  'rstrip',
  'size',
  'slice',
  'sort',
  'split',
  'strip',
  'strip_newlines',
  'times',
  'truncate',
  'truncatewords',
  'uniq',
  'upcase',
  'where',
];

/** How values are written into a text: as they are, or so that they cannot close a section in tags. */
export type ValueWriter = (text: string) => string;

/**
 * The templates of prompts: Liquid without files, dates and chance. Values are written as text and never read as
 * template again. Lists and objects become JSON.
 */
export class TemplateEngine {
  readonly #liquid: Liquid;
  /** Of the text that is being written. */
  #values = 0;

  constructor(writeValue: ValueWriter = (text) => text) {
    this.#liquid = new Liquid({
      strictVariables: true,
      strictFilters: true,
      ownPropertyOnly: true,
      lenientIf: true,
      // No look-up of other files: there are none.
      templates: {},
      parseLimit: MAX_WRITTEN_CHARS,
      memoryLimit: MAX_MEMORY,
      outputEscape: (value: unknown) => {
        this.#values += 1;
        if (this.#values > MAX_VALUES) throw new RangeError(`more than ${MAX_VALUES} values stand in one text`);
        return writeValue(textOf(value));
      },
    });
    keepOnly(this.#liquid.tags, TAGS);
    keepOnly(this.#liquid.filters, FILTERS);
  }

  /** Throws with the parser's own words, which name the place within the text. */
  parse(text: string): ParsedText {
    if (loopDepth(text) > MAX_LOOP_DEPTH) throw new RangeError(`loops stand ${MAX_LOOP_DEPTH} deep at most`);
    const parts = this.#liquid.parse(text);
    return { parts, uses: [...new Set(this.#liquid.globalVariablesSync(parts))] };
  }

  /** Throws `PromptError` where the values make more of the text than there may be. */
  write({ parts }: ParsedText, scope: Scope): string {
    let text: unknown;
    this.#values = 0;
    try {
      text = this.#liquid.renderSync([...parts], scope);
    } catch (error) {
      throw new PromptError('variables', `cannot be written into the prompt: ${firstLine(error)}`);
    }
    const written = String(text);
    if (written.length <= MAX_WRITTEN_CHARS) return written;
    throw new PromptError('variables', `make a prompt of more than ${MAX_WRITTEN_CHARS} characters`);
  }
}

export interface ParsedText {
  readonly parts: readonly Template[];
  /** Names of the variables that it uses. */
  readonly uses: readonly string[];
}

function loopDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, tag] of text.matchAll(/\{%-?\s*(for|endfor)\b/g)) {
    depth += tag === 'for' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Of an error of the template engine; the lines after it quote the text. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function keepOnly(registry: Record<string, unknown>, names: readonly string[]): void {
  for (const name of Object.keys(registry)) if (!names.includes(name)) delete registry[name];
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
