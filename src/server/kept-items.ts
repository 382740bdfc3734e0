import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { KeptItem } from '../storage/kept-conversation.ts';

/** The mark tells the dialect that no provider knows such an id. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fc',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctc',
};

/** An item as it is kept. One that came without an id is told with one, but goes on to providers as it came. */
export function keptItem(item: JsonObject): KeptItem {
  const { id, type } = item;
  if (typeof id === 'string' && id !== '') return { id, json: JSON.stringify(item) };
  const prefix = (typeof type === 'string' && PREFIXES[type]) || 'item';
  return { id: `${prefix}_understudy_${randomUUID().replaceAll('-', '')}`, json: JSON.stringify(item) };
}

/**
 * What a caller sent as `input`, as items in the form in which the API lists them: messages say that they are, and hold
 * parts. What is none of this stays as it is, for the dialect to refuse.
 */
export function inputItems(input: JsonValue | undefined): JsonValue[] {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') return [spelledOut({ role: 'user', content: input })];
  if (!Array.isArray(input)) return [input];
  return input.map((item) => (isJsonObject(item) ? spelledOut(item) : item));
}

function spelledOut(item: JsonObject): JsonObject {
  const { content } = item;
  if ((item.type !== undefined && item.type !== 'message') || typeof item.role !== 'string') return item;
  if (typeof content !== 'string') return { type: 'message', ...item };
  const part: JsonObject =
    item.role === 'assistant'
      ? { type: 'output_text', text: content, annotations: [] }
      : { type: 'input_text', text: content };
  return { type: 'message', ...item, content: [part] };
}

/** The id that an item refers to; undefined where it refers to none. */
export function referenceOf(item: JsonValue): string | undefined {
  if (!isJsonObject(item) || typeof item.id !== 'string') return undefined;
  const bare = item.type === undefined || item.type === null;
  return item.type === 'item_reference' || (bare && !('role' in item)) ? item.id : undefined;
}

/**
 * True for thinking that only the provider's own storage could make something of: nothing is stored there, and a
 * provider that is asked to look for it refuses the request.
 */
export function refersToStorage(item: JsonObject): boolean {
  if (item.type !== 'reasoning' || String(item.id ?? '').startsWith('rs_understudy_')) return false;
  const shown = Array.isArray(item.content) && item.content.length > 0;
  return !shown && (typeof item.encrypted_content !== 'string' || item.encrypted_content === '');
}
