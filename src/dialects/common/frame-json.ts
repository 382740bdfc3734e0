import type { ChatEvent } from '../../model/chat-event.ts';
import type { JsonValue } from '../../model/json.ts';

/** `JSON.parse` that tells failure by value: a decoder may not throw. */
export function parseJson(text: string): { readonly ok: true; readonly value: JsonValue } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue };
  } catch {
    return { ok: false };
  }
}

/** The fault of a frame that makes no sense. */
export function malformed(message: string): ChatEvent {
  return { type: 'fault', fault: { kind: 'bad-response', what: 'malformed', message } };
}
