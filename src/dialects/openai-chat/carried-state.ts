import type { OpaqueState, Part, ReasoningPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { openSeal, sealState } from '../common/sealed-state.ts';

/** Marks details of the gateway's own among those of providers. */
const FORMAT = 'understudy';

/**
 * Thinking with another dialect's state, as `reasoning_details` has it. Clients that give a message back as they got it
 * bring the state of whoever sealed it.
 */
export function carriedDetails(parts: readonly Part[]): JsonValue[] {
  const thinking = parts.filter((part) => part.type === 'reasoning');
  return thinking.flatMap(carriedThinking);
}

/** The same for the state of a call, beside which Google's compatible endpoint has a place for it. */
export function carriedCallState(opaque: OpaqueState | undefined): { extra_content?: JsonObject } {
  if (opaque === undefined) return {};
  if (opaque.dialect !== 'openai-chat') return { extra_content: { [FORMAT]: sealState(opaque) } };
  return isJsonObject(opaque.value) ? { extra_content: opaque.value } : {};
}

/** What `carriedThinking` wrote; undefined where none of it came back. */
export function broughtThinking(details: readonly JsonValue[]): ReasoningPart[] | undefined {
  const parts = details.flatMap((detail): ReasoningPart[] => {
    if (!isJsonObject(detail) || detail.format !== FORMAT) return [];
    const opaque = openSeal(detail.signature);
    const text = typeof detail.text === 'string' ? detail.text : '';
    return opaque || text !== '' ? [{ type: 'reasoning', text, ...(opaque && { opaque }) }] : [];
  });
  return parts.length > 0 ? parts : undefined;
}

export function broughtCallState(extra: JsonObject | undefined): OpaqueState | undefined {
  if (extra === undefined) return undefined;
  if (extra[FORMAT] === undefined) return { dialect: 'openai-chat', value: extra };
  return openSeal(extra[FORMAT]);
}

function carriedThinking({ text, opaque }: ReasoningPart, index: number): JsonValue[] {
  if (opaque === undefined) return [];
  if (opaque.dialect === 'openai-chat') return Array.isArray(opaque.value) ? opaque.value : [];
  return [{ type: 'reasoning.text', text, signature: sealState(opaque), format: FORMAT, index }];
}
