import { isJsonObject, type JsonValue } from './json.ts';

/** A prompt of the library, as a caller, a route or an evaluation asks for it. */
export interface PromptUse {
  readonly name: string;
  /** A version of it, by its content hash; absent: the one that is pinned to the target, else the present one. */
  readonly version?: string;
  readonly variables: Readonly<Record<string, JsonValue>>;
}

/** Longest name and version, in characters. */
const MAX_NAME_CHARS = 128;
const FIELDS = ['id', 'version', 'variables'];

/**
 * Reads `{id, version, variables}`, the form of the Responses API, or the short form `name` and `name@version`. Undefined
 * for `null` and for nothing. `refuse` is told the place below the prompt and what is wrong there, and throws.
 */
export function readPromptUse(
  value: JsonValue | undefined,
  refuse: (at: string, message: string) => never,
): PromptUse | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return shortForm(value, refuse);
  if (!isJsonObject(value)) return refuse('', 'must be an object with id, version and variables');
  const { id, version, variables } = value;
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return refuse(unknown.slice(0, 40), `is not known here; known are ${FIELDS.join(', ')}`);
  if (typeof id !== 'string' || id === '' || id.length > MAX_NAME_CHARS) {
    return refuse('id', `must be the name of a prompt, of at most ${MAX_NAME_CHARS} characters`);
  }
  const hasVersion = version !== undefined && version !== null;
  if (hasVersion && (typeof version !== 'string' || version === '' || version.length > 2 * MAX_NAME_CHARS)) {
    return refuse('version', 'must be a version of the prompt, as answers name it');
  }
  const hasVariables = variables !== undefined && variables !== null;
  if (hasVariables && !isJsonObject(variables)) return refuse('variables', 'must be an object of values by name');
  return {
    name: id,
    ...(typeof version === 'string' && { version }),
    variables: isJsonObject(variables) ? variables : {},
  };
}

function shortForm(text: string, refuse: (at: string, message: string) => never): PromptUse {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '' || text.length > 2 * MAX_NAME_CHARS || at === text.length - 1) {
    return refuse('', 'must be the name of a prompt, or name@version');
  }
  return { name, ...(at > 0 && { version: text.slice(at + 1) }), variables: {} };
}
