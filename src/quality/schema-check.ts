import { Ajv } from 'ajv';
import { _, Ajv2020, type CodeKeywordDefinition, type KeywordCxt } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { LinearPattern } from './linear-pattern.ts';
import { UnsupportedPattern } from './pattern-syntax.ts';

/** Longest schema that is compiled, in characters of its JSON text. */
export const MAX_SCHEMA_CHARS = 262_144;
/** Compiled schemas that are kept … */
export const MAX_KEPT_SCHEMAS = 200;
/** … and the characters of schema text they may hold together; compiled code takes several times as much. */
export const MAX_KEPT_CHARS = 4_194_304;
/** References that one check may follow: schemas that refer to each other can demand 2^n of them. */
const MAX_REFERENCES = 100_000;
/** Steps that all patterns of one check may take together, about half a second. */
const MAX_PATTERN_STEPS = 20_000_000;
const MAX_MESSAGE_CHARS = 300;
/**
 * Longest schema text whose code stops at the first error. That code nests one level a property: from a thousand on it
 * takes seconds to compile, and two thousand overflow the stack. Code that collects all errors is flat.
 */
const MAX_NESTED_CHARS = 16_384;

/** A caller's schema, ready for use or not. */
export interface SchemaCheck {
  /** What is wrong with the value, in one line; undefined where nothing is, or where the schema cannot be compiled. */
  violation(value: JsonValue): string | undefined;
  /** Why the schema, or a part of it, cannot be checked. */
  readonly uncompilable?: string;
}

/** Thrown inside a check that takes too long. */
class CheckLimit extends Error {}

const kept = new Map<string, SchemaCheck>();
let keptChars = 0;

/** Compiles a schema, or finds it among the 200 used last. Never throws. Nothing is ever fetched: a remote `$ref` fails. */
export function schemaCheck(schema: JsonObject): SchemaCheck {
  const text = schemaText(schema);
  if (text === undefined) return broken('it is nested too deeply');
  if (text.length > MAX_SCHEMA_CHARS)
    return broken(`it has ${text.length} characters, the limit is ${MAX_SCHEMA_CHARS}`);
  const found = kept.get(text);
  const check = found ?? compile(text);
  if (found) kept.delete(text);
  else keptChars += text.length;
  // A map keeps the order of insertion: what was used last stands last.
  kept.set(text, check);
  forgetOldest();
  return check;
}

/** How many compiled schemas are held at the moment. */
export function keptSchemas(): number {
  return kept.size;
}

function forgetOldest(): void {
  for (const text of kept.keys()) {
    if (kept.size <= MAX_KEPT_SCHEMAS && keptChars <= MAX_KEPT_CHARS) return;
    kept.delete(text);
    keptChars -= text.length;
  }
}

function schemaText(schema: JsonObject): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}

function broken(why: string): SchemaCheck {
  return { violation: () => undefined, uncompilable: `the schema cannot be checked: ${why}` };
}

/** 2020-12 unless the schema says otherwise or only makes sense otherwise (`items` as a list). */
function compile(text: string): SchemaCheck {
  const parsed: unknown = JSON.parse(text);
  if (!isJsonObject(parsed)) return broken('it is not an object');
  const { $schema, ...schema } = parsed;
  const older = typeof $schema === 'string' && /draft-0[4-7]/.test($schema);
  const flat = text.length > MAX_NESTED_CHARS;
  try {
    return compileAs(older ? 'draft-07' : '2020-12', schema, flat);
  } catch (error) {
    try {
      return compileAs(older ? '2020-12' : 'draft-07', schema, flat);
    } catch {
      return broken(error instanceof Error ? error.message.slice(0, MAX_MESSAGE_CHARS) : 'it does not compile');
    }
  }
}

type Draft = 'draft-07' | '2020-12';

/** What one check has used up. */
interface Spent {
  references: number;
  patternSteps: number;
}

function compileAs(draft: Draft, schema: JsonObject, flat: boolean): SchemaCheck {
  const meta = metaSchema(draft);
  if (!meta.validateSchema(schema)) throw new Error(meta.errorsText(meta.errors, { dataVar: 'schema' }));
  const spent: Spent = { references: 0, patternSteps: 0 };
  const unchecked: string[] = [];
  const validate = checker(draft, spent, unchecked, flat).compile(schema);
  // An asynchronous validator gives a promise, which is truthy whatever the value.
  if ('$async' in validate) throw new Error('$async is not JSON Schema');
  const violation = (value: JsonValue): string | undefined => {
    spent.references = 0;
    spent.patternSteps = 0;
    try {
      return validate(value) ? undefined : describe(validate.errors?.[0]);
    } catch (error) {
      if (error instanceof CheckLimit) return error.message;
      if (error instanceof RangeError) return 'it is nested too deeply to be checked';
      throw error;
    }
  };
  return { violation, ...(unchecked.length > 0 && { uncompilable: unchecked.join('; ') }) };
}

function describe(error: { instancePath: string; message?: string } | undefined): string {
  const text = `${error?.instancePath || 'the answer'} ${error?.message ?? 'does not match'}`;
  return text.slice(0, MAX_MESSAGE_CHARS);
}

/** A pattern that is valid only without flag `u` is accepted, as everybody else accepts it. */
function isPattern(text: string): boolean {
  for (const flags of ['u', '']) {
    try {
      new RegExp(text, flags);
      return true;
    } catch {}
  }
  return false;
}

const FORMATS = { ...fullFormats, regex: isPattern };
const metaSchemas = new Map<Draft, Ajv>();

/** Judges the schemas themselves. Shared, because compiling the meta-schema takes 50 ms and keeps nothing of a caller. */
function metaSchema(draft: Draft): Ajv {
  const known = metaSchemas.get(draft);
  if (known) return known;
  const options = { strict: false, logger: false, formats: FORMATS } as const;
  const made = draft === '2020-12' ? new Ajv2020(options) : new Ajv(options);
  metaSchemas.set(draft, made);
  return made;
}

/** A compiler for one schema only: a shared one would let the `$id` of one caller answer the `$ref` of another. */
function checker(draft: Draft, spent: Spent, unchecked: string[], flat: boolean): Ajv {
  const engine = Object.assign((source: string) => patternTest(source, spent, unchecked), { code: 'linearPattern' });
  const options = {
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    allErrors: flat,
    formats: FORMATS,
    // The optimiser recurses once a property: two thousand of them overflow its stack.
    code: { regExp: engine, optimize: false },
  } as const;
  const ajv = draft === '2020-12' ? new Ajv2020(options) : new Ajv(options);
  for (const keyword of ['$ref', '$dynamicRef']) countReferences(ajv, keyword, spent);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly JsonValue[]) => !wanted || allDifferent(items),
    error: { message: 'must NOT have duplicate items' },
  });
  return ajv;
}

function patternTest(source: string, spent: Spent, unchecked: string[]): { test(text: string): boolean } {
  try {
    return new LinearPattern(source, (steps) => {
      spent.patternSteps += steps;
      if (spent.patternSteps > MAX_PATTERN_STEPS) throw new CheckLimit('takes too long to match its patterns');
    });
  } catch (error) {
    if (!(error instanceof UnsupportedPattern)) throw error;
    unchecked.push(`the pattern ${source.slice(0, MAX_MESSAGE_CHARS)} is not checked: ${error.message}`);
    const unmatched = { test: () => true, toString: () => `unchecked ${source}` };
    return unmatched;
  }
}

function countReferences(ajv: Ajv, keyword: string, spent: Spent): void {
  const original = ajv.getKeyword(keyword);
  if (typeof original === 'boolean' || !('code' in original)) return;
  const count = (): void => {
    spent.references += 1;
    if (spent.references > MAX_REFERENCES)
      throw new CheckLimit(`needs more than ${MAX_REFERENCES} references followed`);
  };
  const counted: CodeKeywordDefinition = {
    keyword,
    schemaType: 'string',
    code(context: KeywordCxt, ruleType?: string) {
      const name = context.gen.scopeValue('func', { ref: count });
      context.gen.code(_`${name}()`);
      original.code(context, ruleType);
    },
  };
  ajv.removeKeyword(keyword);
  ajv.addKeyword(counted);
}

/** In linear time; comparing each with each takes minutes for a long list of objects. */
function allDifferent(items: readonly JsonValue[]): boolean {
  return new Set(items.map(canonical)).size === items.length;
}

/** The same text for equal values, whatever the order of their keys. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.sort().join()}}`;
}
