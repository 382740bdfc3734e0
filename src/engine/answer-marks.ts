import type { ChatEvent } from '../model/chat-event.ts';
import { stateOrigin } from '../model/state-origin.ts';
import type { Target } from '../model/target.ts';
import type { RunState } from './run-state.ts';
import { callKey } from './turn-keys.ts';

/**
 * What dialects cannot know of the answer that they read: whose its opaque state is, and which ids the conversation holds
 * already. Some providers number their calls from zero in every answer, and clients pair results with calls by the id
 * alone. An answer in the caller's own dialect reaches it as it came.
 */
export function answerMarker(target: Target, { order, deps }: RunState): (event: ChatEvent) => ChatEvent {
  const origin = stateOrigin(target);
  const forwarded = target.dialect === order.request.dialect;
  let used: Set<string> | undefined;
  return (event) => {
    if (event.type === 'reasoning') return event.opaque ? { ...event, opaque: { ...event.opaque, origin } } : event;
    if (event.type !== 'tool-call-start') return event;
    const marked = event.opaque ? { ...event, opaque: { ...event.opaque, origin } } : event;
    if (forwarded) return marked;
    used ??= idsIn(order.request.messages);
    const id = used.has(callKey(event.id)) ? `call_${deps.chance.newId()}` : event.id;
    used.add(callKey(id));
    return { ...marked, id };
  };
}

function idsIn(messages: RunState['order']['request']['messages']): Set<string> {
  const ids = new Set<string>();
  for (const { parts } of messages) for (const part of parts) if (part.type === 'tool-call') ids.add(callKey(part.id));
  return ids;
}
