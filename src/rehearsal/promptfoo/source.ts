import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** Largest file that is read, and most rows of a table. */
export const MAX_SOURCE_BYTES = 8 * 1_048_576;
const MAX_ROWS = 10_000;

/** Files beside the configuration, by their names relative to it; `undefined` where there is none that may be read. */
export type ReadSource = (path: string) => string | undefined;

/** A configuration that cannot be imported at all. */
export class PromptfooError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PromptfooError';
  }
}

const FILE = 'file://';

export function isFile(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.startsWith(FILE);
}

/** What a `file://` name or a bare one stands for, as text. */
export function sourceText(name: string, read: ReadSource): string {
  const path = name.startsWith(FILE) ? name.slice(FILE.length) : name;
  if (/[*{]/.test(path)) throw new PromptfooError(`${name}: patterns of file names are not read; name each file`);
  const text = read(path);
  if (text === undefined) throw new PromptfooError(`${name}: there is no such file beside the configuration`);
  if (text.length > MAX_SOURCE_BYTES) throw new PromptfooError(`${name}: is larger than ${MAX_SOURCE_BYTES} bytes`);
  return text;
}

/** The value of a data file by its ending: JSON, JSON Lines, YAML, or the rows of a CSV table. */
export function sourceValue(name: string, read: ReadSource): JsonValue {
  const text = sourceText(name, read);
  try {
    if (/\.csv$/i.test(name)) return csvRows(text);
    if (/\.jsonl$/i.test(name))
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parsedJson);
    if (/\.json$/i.test(name)) return parsedJson(text);
    if (/\.ya?ml$/i.test(name)) return yamlValue(text);
  } catch (error) {
    throw new PromptfooError(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  return text;
}

function parsedJson(text: string): JsonValue {
  return JSON.parse(text);
}

/** YAML as JSON can hold it: dates and other kinds of YAML's own stay text. */
export function yamlValue(text: string): JsonValue {
  return parseYaml(text, { schema: 'core', merge: true, maxAliasCount: 100 });
}

function csvRows(text: string): JsonObject[] {
  const rows: JsonObject[] = parseCsv(text, {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    to: MAX_ROWS,
  });
  return rows;
}

const MAX_REFERENCES = 20;

/** Replaces `{$ref: '#/…'}` by what it points to within the document; other members beside it win. */
export function dereferenced(value: JsonValue, root: JsonObject, depth = 0): JsonValue {
  if (Array.isArray(value)) return value.map((one) => dereferenced(one, root, depth));
  if (!isJsonObject(value)) return value;
  const { $ref, ...rest } = value;
  const own = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, dereferenced(member, root, depth)]));
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return $ref === undefined ? own : { ...own, $ref };
  if (depth >= MAX_REFERENCES) throw new PromptfooError(`${$ref}: refers to itself`);
  const steps = $ref.slice(2).split('/');
  const found = steps.reduce<JsonValue | undefined>(
    (at, step) => (isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined),
    root,
  );
  const target = found === undefined ? undefined : dereferenced(found, root, depth + 1);
  if (!isJsonObject(target)) throw new PromptfooError(`${$ref}: points to nothing`);
  return { ...target, ...own };
}
