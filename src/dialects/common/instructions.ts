import type { JsonObject } from '../../model/json.ts';

/** Stands where an API demands a turn of the user and the conversation has none that it could be told. */
export const CONTINUE_TEXT = 'Continue.';

/**
 * The text that asks for an answer of a given shape, for targets where structured output has to go through the prompt.
 * Short and neutral on purpose: it stands beside the caller's own instructions and must not argue with them.
 */
export function schemaInstruction(schema: JsonObject): string {
  return [
    'Reply with one JSON value that is valid against this JSON Schema, and with nothing else: no explanation, no code fence.',
    JSON.stringify(schema),
  ].join('\n');
}
