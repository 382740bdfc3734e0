import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';
import { openSeal } from '../common/sealed-state.ts';
import { takesTextTools } from '../common/text-tools.ts';
import { ToolCallIds, UNCHANGED_IDS } from '../common/tool-call-ids.ts';
import { adaptTextTools } from './adapt-text-tools.ts';
import { callIdRule } from './call-id-rule.ts';
import { sourcedMessages } from './decode-input.ts';
import { encodeItems, splitInstructions, textCallsOf, textOf } from './encode-items.ts';
import { LOGPROBS } from './encode-parameters.ts';
import { isOwnItem } from './own-items.ts';

/**
 * The caller's own body for another provider of the same dialect: what the two are known to differ in is put right,
 * everything else goes as it came.
 */
export function adaptOriginal(request: ChatRequest, context: EncodeContext, losses: LossList): JsonObject {
  const { target } = context;
  const { prompt: _, ...original } = request.original;
  const body: JsonObject = { ...original, model: target.model };
  if (request.conversationEdited) editConversation(body, request, target.quirks, losses);
  if (Array.isArray(body.input)) body.input = adaptItems(body.input, target.quirks);
  if (!takesTextTools(target)) adaptTextTools(body, request, losses);
  if (!target.quirks.sampling) dropSampling(body, losses);
  if (request.logprobs && !isGiven(body.top_logprobs)) includeLogprobs(body);
  if (target.capabilities.abilities.reasoning === 'no' && isGiven(body.reasoning)) {
    delete body.reasoning;
    losses.slight('reasoning', 'the model does not reason');
  }
  if (body.store !== false) losses.slight('store', 'nothing is stored: it would be lost with the provider');
  return body;
}

/** Asked for by the route: a caller's own request stands in the body already. */
function includeLogprobs(body: JsonObject): void {
  const included = Array.isArray(body.include) ? body.include : [];
  if (!included.includes(LOGPROBS)) body.include = [...included, LOGPROBS];
}

/** Messages that were not touched go as the caller's own items, with all their fields; the rest is written anew. */
function editConversation(body: JsonObject, request: ChatRequest, quirks: Quirks, losses: LossList): void {
  const { head, rest } = splitInstructions(request.messages);
  const instructions = textOf(head);
  if (instructions === '') delete body.instructions;
  else body.instructions = instructions;
  const textCalls = textCallsOf(request);
  const originals = new Map<string, (readonly JsonValue[])[]>();
  for (const { message, items } of sourcedMessages(request.original.input)) {
    const key = JSON.stringify(message);
    originals.set(key, [...(originals.get(key) ?? []), items]);
  }
  body.input = rest.flatMap((message, at) => {
    const items = originals.get(JSON.stringify(message))?.shift();
    const how = { quirks, names: new Map(), textCalls, losses, ids: UNCHANGED_IDS, firstIndex: head.length + at };
    return items ?? encodeItems([message], how);
  });
}

function adaptItems(items: readonly JsonValue[], quirks: Quirks): JsonValue[] {
  const ids = new ToolCallIds(callIdRule(quirks));
  return items.flatMap((item) => (isJsonObject(item) ? adaptItem(item, ids) : [item]));
}

/** None, where an item means nothing to the provider; the item itself where nothing has to change. */
function adaptItem(item: JsonObject, ids: ToolCallIds): JsonValue[] {
  if (item.type === 'reasoning') return adaptReasoning(item);
  const callId = item.call_id;
  const renamed = typeof callId === 'string' ? acceptedCallId(callId, item.type, ids) : callId;
  const own = isOwnItem(item);
  if (!own && renamed === callId) return [item];
  const { id, ...rest } = item;
  return [{ ...(own || id === undefined ? {} : { id }), ...rest, ...(renamed !== undefined && { call_id: renamed }) }];
}

/** Of the gateway's own, only what holds the state of a target of this dialect; the summary itself means nothing. */
function adaptReasoning(item: JsonObject): JsonValue[] {
  const sealed = openSeal(item.encrypted_content);
  if (sealed === undefined) return isOwnItem(item) ? [] : [item];
  return sealed.dialect === 'openai-responses' ? [sealed.value] : [];
}

/** Every kind of call has its own kind of output, named after it. */
function acceptedCallId(id: string, type: JsonValue | undefined, ids: ToolCallIds): string {
  return typeof type === 'string' && type.endsWith('_output') ? ids.result(id) : ids.call(id);
}

function dropSampling(body: JsonObject, losses: LossList): void {
  for (const name of ['temperature', 'top_p']) {
    const value = body[name];
    if (!isGiven(value)) continue;
    delete body[name];
    // 1 means "as usual", so that dropping it loses nothing.
    if (value !== 1) losses.slight(name, 'the model takes no sampling parameters');
  }
}

function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
