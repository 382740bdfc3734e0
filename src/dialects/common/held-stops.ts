import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonValue } from '../../model/json.ts';
import type { LossList } from './losses.ts';

/** Most sequences that the gateway itself looks for in one answer. */
export const maxHeldStops = 64;

/**
 * The caller's stop sequences that did not find a place in a finished request: the gateway ends the answer at them.
 * `sent` is the list that the request holds.
 */
export function heldStops({ stop }: ChatRequest, sent: JsonValue | undefined, losses: LossList): string[] {
  const list = Array.isArray(sent) ? sent : [];
  const unsent = [...new Set(stop)].filter((sequence) => sequence !== '' && !list.includes(sequence));
  if (unsent.length === 0) return [];
  const held = unsent.slice(0, maxHeldStops);
  losses.slight('stop', `the gateway ends the answer itself at ${held.length} that this target does not take`);
  if (held.length < unsent.length) losses.grave('stop', `${unsent.length - held.length} are beyond any measure`);
  return held;
}
