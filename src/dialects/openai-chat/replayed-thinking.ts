import type { ReasoningPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';

/** Fields in which the providers of this dialect tell their thinking. */
const FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details'] as const;

/** Stands where a target demands thinking beside a call, and whoever made the call told none. */
const NO_THINKING = ' ';

interface Replaying {
  readonly quirks: Quirks;
  readonly losses: LossList;
}

/** The fields of an assistant message that hold its thinking: what the target sealed itself, and what it demands. */
export function replayedThinking(
  thinking: readonly (readonly [ReasoningPart, path: string])[],
  callsTools: boolean,
  { quirks, losses }: Replaying,
): { reasoning_details?: JsonValue[]; reasoning_content?: string } {
  const details: JsonValue[] = [];
  let text = '';
  const demanded = callsTools && quirks.reasoningReplay === 'with-tool-calls';
  for (const [part, path] of thinking) {
    text += part.text;
    const own = part.opaque?.dialect === 'openai-chat' ? part.opaque.value : undefined;
    if (Array.isArray(own) && quirks.reasoningReplay === 'as-sent') details.push(...wholeDetails(own, part.text));
    else if (!demanded) losses.slight(path, 'thinking of earlier turns has no place in openai-chat');
  }
  return {
    ...(details.length > 0 && { reasoning_details: details }),
    ...(demanded && { reasoning_content: text || NO_THINKING }),
  };
}

/** A streamed detail holds the last piece of its text; its signature stands for all of it. */
function wholeDetails(details: readonly JsonValue[], text: string): JsonValue[] {
  const isText = (detail: JsonValue) => isJsonObject(detail) && detail.type === 'reasoning.text';
  if (text === '' || details.filter(isText).length !== 1) return [...details];
  return details.map((detail) => (isText(detail) && isJsonObject(detail) ? { ...detail, text } : detail));
}

/** The same for an assistant message in the caller's own words. The message itself where nothing has to change. */
export function adaptThinking(message: JsonObject, { quirks, losses }: Replaying): JsonObject {
  switch (quirks.reasoningReplay) {
    case 'as-sent':
      return message;
    case 'refused':
      return without(FIELDS, message, losses);
    case 'with-tool-calls': {
      const { tool_calls: calls, reasoning_content: told, reasoning } = message;
      const rest = without(['reasoning', 'reasoning_details'], message, losses);
      if (!Array.isArray(calls) || calls.length === 0 || (typeof told === 'string' && told !== '')) return rest;
      return { ...rest, reasoning_content: typeof reasoning === 'string' && reasoning ? reasoning : NO_THINKING };
    }
  }
}

function without(fields: readonly string[], message: JsonObject, losses: LossList): JsonObject {
  const told = fields.filter((name) => message[name] !== undefined);
  if (told.length === 0) return message;
  losses.slight('messages', `${told.join(', ')} of earlier turns was left out: the target does not take it`);
  return Object.fromEntries(Object.entries(message).filter(([name]) => !told.includes(name)));
}

/** The state that Google's compatible endpoint keeps beside a call means nothing to those who refuse unknown fields. */
export function adaptCallState(call: JsonValue, { reasoningReplay }: Quirks): JsonValue {
  if (reasoningReplay !== 'refused' || !isJsonObject(call) || call.extra_content === undefined) return call;
  const { extra_content: _, ...rest } = call;
  return rest;
}
