import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { PromptError } from './prompt-error.ts';
import type { VariableSpec } from './prompt-spec.ts';
import type { Scope } from './template.ts';

/** What holds where a variable names no `maxLength`: characters of a text or of an object's JSON, items of a list. */
const DEFAULT_MAX_CHARS = 100_000;
const DEFAULT_MAX_ITEMS = 1_000;

type Specs = Readonly<Record<string, VariableSpec>>;

/**
 * The values that a template is written with. Texts that read as a number, a truth value, a list or an object stand for
 * one: the Responses API gives all variables as texts. Throws `PromptError`, which names the first variable that is
 * missing, unknown or ill-typed.
 */
export function readVariables(specs: Specs | undefined, given: Readonly<Record<string, JsonValue>>): Scope {
  const known = specs ?? {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known).join(', ') || 'none';
    throw new PromptError(`variables.${shown(name)}`, `is no variable of this prompt; its variables are: ${names}`);
  }
  const values: Record<string, JsonValue> = {};
  for (const [name, spec] of Object.entries(known)) {
    values[name] = givenValue(name, spec, Object.hasOwn(given, name) ? given[name] : undefined);
  }
  return values;
}

/** What stands for the variables where nobody gives any: who may serve does not hang on what is said. */
export function placeholders(specs: Specs | undefined): Scope {
  return Object.fromEntries(Object.entries(specs ?? {}).map(([name, spec]) => [name, spec.default ?? `{{ ${name} }}`]));
}

function givenValue(name: string, spec: VariableSpec, given: JsonValue | undefined): JsonValue {
  if (given === undefined || given === null) {
    if (spec.default !== undefined) return spec.default;
    if (spec.required === false) return null;
    throw new PromptError(`variables.${name}`, `is missing: the prompt needs it (${describe(spec)})`);
  }
  const value = converted(spec, plain(given));
  const wrong = value === undefined ? `must be ${describe(spec)}` : outOfBounds(spec, value);
  if (value === undefined || wrong !== undefined) throw new PromptError(`variables.${name}`, wrong ?? 'is not usable');
  return value;
}

/** The Responses API may wrap a text. */
function plain(given: JsonValue): JsonValue {
  return isJsonObject(given) && given.type === 'input_text' && typeof given.text === 'string' ? given.text : given;
}

function converted(spec: VariableSpec, value: JsonValue): JsonValue | undefined {
  switch (spec.type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'enum':
      return typeof value === 'string' && (spec.values ?? []).includes(value) ? value : undefined;
    case 'number':
      return numberOf(value);
    case 'integer': {
      const number = numberOf(value);
      return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
    }
    case 'boolean':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    case 'list': {
      const list = parsed(value);
      return Array.isArray(list) ? list : undefined;
    }
    case 'object': {
      const object = parsed(value);
      return isJsonObject(object) ? object : undefined;
    }
  }
}

function numberOf(value: JsonValue): number | undefined {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function parsed(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || value.length > DEFAULT_MAX_CHARS) return value;
  try {
    const read: JsonValue = JSON.parse(value);
    return read;
  } catch {
    return value;
  }
}

function outOfBounds(spec: VariableSpec, value: JsonValue): string | undefined {
  if (typeof value === 'number') {
    if (spec.min !== undefined && value < spec.min) return `must be at least ${spec.min}`;
    if (spec.max !== undefined && value > spec.max) return `must be at most ${spec.max}`;
    return undefined;
  }
  const isList = Array.isArray(value);
  const most = spec.maxLength ?? (isList ? DEFAULT_MAX_ITEMS : DEFAULT_MAX_CHARS);
  const unit = isList ? 'items' : 'characters';
  const length = isList ? value.length : typeof value === 'string' ? value.length : jsonLength(value);
  if (length > most) return `has ${length} ${unit}, and may have ${most}`;
  if (isList && JSON.stringify(value).length > DEFAULT_MAX_CHARS) {
    return `has more than ${DEFAULT_MAX_CHARS} characters`;
  }
  return undefined;
}

function jsonLength(value: JsonObject | boolean | null): number {
  return isJsonObject(value) ? JSON.stringify(value).length : 0;
}

function describe(spec: VariableSpec): string {
  const about = spec.description === undefined ? '' : `: ${spec.description}`;
  return `${TYPE_WORDS[spec.type]}${spec.values ? ` ${spec.values.join(', ')}` : ''}${about}`;
}

const TYPE_WORDS: Readonly<Record<VariableSpec['type'], string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  enum: 'one of',
  list: 'a list',
  object: 'an object',
};

function shown(name: string): string {
  return name.slice(0, 64);
}
