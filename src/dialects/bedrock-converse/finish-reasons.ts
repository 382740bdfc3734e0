import type { FinishReason } from '../../model/chat-event.ts';

const READ: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filtered', 'content-filter'],
  // The text was replaced by what the operator of the guardrail wrote.
  ['guardrail_intervened', 'content-filter'],
]);

/** What a stop reason says went wrong in the model itself; the answer is of no use. */
const BROKEN = new Set(['malformed_model_output', 'malformed_tool_use']);

/** The neutral word for a `stopReason`; `other` for one this list does not know yet. */
export function readStopReason(native: string): FinishReason {
  return READ.get(native) ?? 'other';
}

export function isBrokenStop(native: string): boolean {
  return BROKEN.has(native);
}
