import type { JsonObject, JsonValue } from '../../model/json.ts';

/**
 * What an expression over `output` looks at: the text, a value within the JSON that the text is, the name of the tool that
 * is called, or a value within the call's arguments.
 */
export type OutputView =
  | { readonly kind: 'text' }
  | { readonly kind: 'json'; readonly path: readonly string[] }
  | { readonly kind: 'call-name' }
  | { readonly kind: 'call-arguments'; readonly path: readonly string[] };

export const TEXT: OutputView = { kind: 'text' };
export const JSON_WHOLE: OutputView = { kind: 'json', path: [] };

const STEP = /^(?:\.([A-Za-z_$][\w$]*)|\[(\d+)\]|\[(["'])([^"'\\]+)\3\])/;

/** The steps of `.a[0]['b']`, or nothing where it is more than that. */
function stepsOf(text: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let rest = text.replaceAll('?.', '.').replaceAll('.[', '[');
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (!found) return undefined;
    const [whole, name, index, , quoted] = found;
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
    rest = rest.slice(whole.length);
  }
  return steps;
}

/**
 * Reads an expression of JavaScript as a place in the output; `undefined` where it is code. `base` is what `output` stands
 * for, `calls` whether the answer is one of tools, whose calls promptfoo puts into `output`.
 */
export function viewOf(expression: string, base: OutputView, calls: boolean): OutputView | undefined {
  const text = expression.trim().replace(/;$/, '');
  const parsed = /^JSON\.parse\(([^()]+)\)(.*)$/s.exec(text);
  if (parsed) {
    const inner = viewOf(parsed[1] ?? '', base, calls);
    const steps = stepsOf(parsed[2] ?? '');
    if (!inner || !steps) return undefined;
    if (inner.kind === 'text') return within({ kind: 'json', path: [] }, steps);
    return inner.kind === 'call-arguments' ? within(inner, steps) : undefined;
  }
  if (!text.startsWith('output')) return undefined;
  const steps = stepsOf(text.slice('output'.length));
  if (!steps) return undefined;
  if (steps.length === 0) return base;
  if (base.kind === 'text') return calls ? callView(steps) : undefined;
  return within(base, steps);
}

function within(base: OutputView, steps: readonly (string | number)[]): OutputView | undefined {
  if (base.kind !== 'json' && base.kind !== 'call-arguments') return undefined;
  const names = steps.filter((step) => typeof step === 'string');
  if (names.length < steps.length || names.some((name) => METHODS.has(name))) return undefined;
  return { kind: base.kind, path: [...base.path, ...names] };
}

const METHODS = new Set(['length', 'includes', 'map', 'filter', 'every', 'some', 'toLowerCase', 'trim', 'split']);

/** `[0].function.name`, `[0].function.arguments`, and the older `.name` and `.arguments`. */
function callView(steps: readonly (string | number)[]): OutputView | undefined {
  const names = steps.filter((step, at) => !(at === 0 && typeof step === 'number') && step !== 'function');
  if (names.length !== 1) return undefined;
  if (names[0] === 'name') return { kind: 'call-name' };
  return names[0] === 'arguments' ? { kind: 'call-arguments', path: [] } : undefined;
}

/** An object that holds a value at a path and nothing else. */
export function nested(path: readonly string[], value: JsonValue): JsonObject | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  return { [first]: rest.length === 0 ? value : (nested(rest, value) ?? {}) };
}
