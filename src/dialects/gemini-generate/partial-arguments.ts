import type { JsonObject, JsonValue } from '../../model/json.ts';
import { maxArgumentChars, type RawPartialArg, textOf } from './wire.ts';

/** Deepest place that a streamed argument may name, in steps. */
export const maxPathSteps = 32;
/** Most entries of a streamed list. */
export const maxListEntries = 10_000;

type Step = string | number;

/**
 * Arguments that Vertex streams as values at JSON paths (`$.place.names[0]`), put together again.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9535 for the paths, of which only plain names and indexes occur
 */
export class PartialArguments {
  readonly #root: JsonObject = emptyObject();
  /** The path whose string goes on in the next piece. */
  #open: string | undefined;
  #chars = 0;

  /** Anything but `ok` ends the answer. */
  add(arg: RawPartialArg): 'ok' | 'malformed' | 'too-large' {
    const path = textOf(arg.jsonPath);
    const value = pieceOf(arg);
    if (path === undefined) return 'malformed';
    this.#chars += path.length + (typeof value === 'string' ? value.length : 8);
    if (this.#chars > maxArgumentChars) return 'too-large';
    if (value === undefined) return 'ok';
    const steps = stepsOf(path);
    const placed = steps !== undefined && place(this.#root, steps, value, this.#open === path);
    this.#open = arg.willContinue === true ? path : undefined;
    return placed ? 'ok' : 'malformed';
  }

  json(): string {
    return JSON.stringify(this.#root);
  }
}

function pieceOf(arg: RawPartialArg): JsonValue | undefined {
  if (arg.stringValue !== undefined) return arg.stringValue;
  if (arg.numberValue !== undefined) return arg.numberValue;
  if (arg.boolValue !== undefined) return arg.boolValue;
  return arg.nullValue === undefined ? undefined : null;
}

/** `$.a['b'][0]` → `['a', 'b', 0]`; undefined for any other kind of path. */
function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  const step = /\.([^.[\]'"]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const [whole, name, index, single, double] = step.exec(path) ?? [];
    if (whole === undefined || steps.length === maxPathSteps) return undefined;
    steps.push(index === undefined ? (name ?? unescaped(single ?? double ?? '')) : Number(index));
  }
  return path.startsWith('$') && steps.length > 0 ? steps : undefined;
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, '$1');
}

function place(root: JsonObject, steps: readonly Step[], value: JsonValue, append: boolean): boolean {
  let holder: JsonValue = root;
  for (const [at, step] of steps.entries()) {
    const next = steps[at + 1];
    const earlier = childOf(holder, step);
    const child: JsonValue | undefined =
      next === undefined ? joined(earlier, value, append) : (earlier ?? holderFor(next));
    if (child === undefined || !setChild(holder, step, child)) return false;
    holder = child;
  }
  return true;
}

function joined(earlier: JsonValue | undefined, value: JsonValue, append: boolean): JsonValue {
  return append && typeof earlier === 'string' && typeof value === 'string' ? earlier + value : value;
}

function childOf(holder: JsonValue, step: Step): JsonValue | undefined {
  if (Array.isArray(holder)) return typeof step === 'number' ? holder[step] : undefined;
  return typeof holder === 'object' && holder !== null ? holder[step] : undefined;
}

/** Lists grow by one entry at a time: an index far out would ask for that much memory. */
function setChild(holder: JsonValue, step: Step, child: JsonValue): boolean {
  if (Array.isArray(holder)) {
    if (typeof step !== 'number' || step > holder.length || step >= maxListEntries) return false;
    holder[step] = child;
    return true;
  }
  if (typeof holder !== 'object' || holder === null || typeof step === 'number') return false;
  holder[step] = child;
  return true;
}

function holderFor(step: Step): JsonValue {
  return typeof step === 'number' ? [] : emptyObject();
}

/** Without a prototype, so that an argument called `__proto__` is an argument. */
function emptyObject(): JsonObject {
  return Object.create(null);
}
