import type { JsonValue } from './json.ts';

/** A prompt of the library, as a caller, a route or an evaluation asks for it. */
export interface PromptUse {
  readonly name: string;
  /** A version of it, by its content hash; absent: the one that is pinned to the target, else the present one. */
  readonly version?: string;
  readonly variables: Readonly<Record<string, JsonValue>>;
}
