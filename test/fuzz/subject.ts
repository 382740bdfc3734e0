import type { JsonValue } from '../../src/model/json.ts';

/** Something that is given arbitrary input. An input is text, so that a corpus can be read and kept in a file. */
export interface Subject {
  readonly name: string;
  /** Inputs that the search begins with. */
  readonly seeds: readonly string[];
  /** `json`: inputs are JSON and may be changed as such. `stream`: an event stream whose data is JSON. */
  readonly form: 'json' | 'stream';
  /** Throws when the input breaks a rule that must always hold. */
  run(input: string): void;
}

/** The JSON of an input, or undefined where it is none. */
export function parsed(input: string): JsonValue | undefined {
  try {
    return JSON.parse(input) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A rule was broken. */
export class RuleBroken extends Error {}

export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new RuleBroken(rule);
}
