import type { JsonObject, JsonValue } from '../../model/json.ts';
import { fieldPath } from './fields.ts';

/** Most names that are collected from one request. */
export const maxUnmapped = 100;

/** Collects the fields of a request that have no neutral meaning. */
export class Unmapped {
  readonly #names = new Set<string>();

  add(name: string): void {
    if (this.#names.size < maxUnmapped) this.#names.add(name);
  }

  /** Every key outside `known` that asks for something: null, false and empty values ask for nothing. */
  addRest(object: JsonObject, known: ReadonlySet<string>, path: string): void {
    for (const [key, value] of Object.entries(object)) {
      if (!known.has(key) && !asksNothing(value)) this.add(fieldPath(path, key));
    }
  }

  names(): string[] {
    return [...this.#names];
  }
}

function asksNothing(value: JsonValue): boolean {
  if (value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
