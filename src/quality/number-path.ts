import { isJsonObject, type JsonValue } from '../model/json.ts';

/** One step of a path: into a member, a position, or all of both. */
type Step = { readonly name: string } | { readonly position: number } | 'every';

/** Values that one path may lead to; a wildcard in a wildcard multiplies them. */
const MAX_FOUND = 10_000;

const STEP =
  /\.(?<name>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff-]*)|\.\*|\[\*\]|\[(?<position>-?\d{1,9})\]|\[(?<quoted>"(?:[^"\\]|\\.)*"|'[^'\\]*')\]/y;

/**
 * The part of JSONPath that leads to values by their place: `$`, `.name`, `['any name']`, `[3]`, `[-1]`, `[*]`, `.*`.
 * Undefined for anything else.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9535
 */
export function parsePath(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  for (let at = 1; at < text.length; ) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (!found) return undefined;
    at += found[0].length;
    const step = stepOf(found.groups ?? {});
    if (!step) return undefined;
    steps.push(step);
  }
  return steps;
}

function stepOf({ name, position, quoted }: Record<string, string | undefined>): Step | undefined {
  if (name !== undefined) return { name };
  if (position !== undefined) return { position: Number(position) };
  if (quoted === undefined) return 'every';
  if (quoted.startsWith("'")) return { name: quoted.slice(1, -1) };
  try {
    return { name: String(JSON.parse(quoted)) };
  } catch {
    return undefined;
  }
}

/** Every value that the path leads to, the first 10,000 of them. */
export function valuesAt(value: JsonValue, path: readonly Step[]): readonly JsonValue[] {
  let found: JsonValue[] = [value];
  for (const step of path) {
    const next: JsonValue[] = [];
    for (const one of found) {
      for (const inner of into(one, step)) {
        if (next.length < MAX_FOUND) next.push(inner);
      }
    }
    found = next;
  }
  return found;
}

function into(value: JsonValue, step: Step): readonly JsonValue[] {
  if (step === 'every') {
    if (Array.isArray(value)) return value;
    return isJsonObject(value) ? Object.values(value) : [];
  }
  if ('position' in step) {
    const inner: JsonValue | undefined = Array.isArray(value) ? value.at(step.position) : undefined;
    return inner === undefined ? [] : [inner];
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, step.name)) return [];
  const inner = value[step.name];
  return inner === undefined ? [] : [inner];
}
