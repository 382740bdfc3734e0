import type { OpaqueState, ReasoningPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { openSeal } from '../common/sealed-state.ts';
import { isOwnItem } from './own-items.ts';

/** Between the parts of a summary. */
export const PARAGRAPH = '\n\n';

/** A reasoning item as a part: of the caller's input, or of an answer. */
export function reasoningPart(item: JsonObject): ReasoningPart {
  const opaque = opaqueOf(item);
  return { type: 'reasoning', text: reasoningText(item), ...(opaque && { opaque }) };
}

/** The thinking itself where it is shown (open models), else its summary. */
export function reasoningText(item: JsonObject): string {
  return textsOf(item.content) || textsOf(item.summary);
}

/** Holds something that its maker can go on from. The id alone is of no use where nothing is stored. */
export function hasState(item: JsonObject): boolean {
  return typeof item.encrypted_content === 'string' && item.encrypted_content !== '';
}

function textsOf(list: JsonValue | undefined): string {
  if (!Array.isArray(list)) return '';
  return list.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join(PARAGRAPH);
}

/** The whole item: its encrypted content is bound to its id. One of the gateway's own may hold another maker's state. */
function opaqueOf(item: JsonObject): OpaqueState | undefined {
  const sealed = openSeal(item.encrypted_content);
  if (sealed !== undefined) return sealed;
  return isOwnItem(item) ? undefined : { dialect: 'openai-responses', value: item };
}
