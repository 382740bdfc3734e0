import type { OpaqueState, Part, ReasoningPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { openSeal, sealState } from '../common/sealed-state.ts';

/** Marks details of the gateway's own among those of providers. */
const FORMAT = 'understudy';

/**
 * Thinking with another dialect's state, as `reasoning_details` has what nobody can read: words and state under one seal,
 * because those who show details would show the words twice. Clients that give a message back as they got it bring the
 * state of whoever made it.
 */
export function carriedDetails(parts: readonly Part[]): JsonValue[] {
  const thinking = parts.filter((part) => part.type === 'reasoning');
  return thinking.flatMap(({ text, opaque }, index) => {
    if (opaque === undefined || opaque.dialect === 'openai-chat') return [];
    const data = sealState({ ...opaque, value: { text, state: opaque.value } });
    return [{ type: 'reasoning.encrypted', data, format: FORMAT, index }];
  });
}

/** What a provider of this dialect sealed, in its own form. */
export function ownDetails(opaque: OpaqueState | undefined): { reasoning_details?: JsonValue } {
  return opaque?.dialect === 'openai-chat' ? { reasoning_details: opaque.value } : {};
}

/** The same for the state of a call, beside which Google's compatible endpoint has a place for it. */
export function carriedCallState(opaque: OpaqueState | undefined): { extra_content?: JsonObject } {
  if (opaque === undefined) return {};
  if (opaque.dialect !== 'openai-chat') return { extra_content: { [FORMAT]: sealState(opaque) } };
  return isJsonObject(opaque.value) ? { extra_content: opaque.value } : {};
}

/** What `carriedDetails` wrote; undefined where none of it came back. */
export function broughtThinking(details: readonly JsonValue[]): ReasoningPart[] | undefined {
  const parts = details.flatMap((detail): ReasoningPart[] => {
    if (!isJsonObject(detail) || detail.format !== FORMAT) return [];
    const opened = openSeal(detail.data);
    if (opened === undefined || !isJsonObject(opened.value)) return [];
    const { text, state } = opened.value;
    if (typeof text !== 'string' || state === undefined) return [];
    return [{ type: 'reasoning', text, opaque: { ...opened, value: state } }];
  });
  return parts.length > 0 ? parts : undefined;
}

export function broughtCallState(extra: JsonObject | undefined): OpaqueState | undefined {
  if (extra === undefined) return undefined;
  if (extra[FORMAT] === undefined) return { dialect: 'openai-chat', value: extra };
  return openSeal(extra[FORMAT]);
}
