import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { EncodeContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';
import { takesTextTools, textToolNames } from '../common/text-tools.ts';
import { ToolCallIds, UNCHANGED_IDS } from '../common/tool-call-ids.ts';
import { Unmapped } from '../common/unmapped.ts';
import { adaptTextTools } from './adapt-text-tools.ts';
import { decodeMessages } from './decode-messages.ts';
import { encodeMessages } from './encode-messages.ts';
import { adaptCallState, adaptThinking } from './replayed-thinking.ts';

/**
 * The caller's own body for another provider of the same dialect: what the two are known to differ in is put right,
 * everything else goes as it came.
 */
export function adaptOriginal(request: ChatRequest, context: EncodeContext, losses: LossList): JsonObject {
  const { target } = context;
  const body: JsonObject = { ...request.original, model: target.model };
  const messages = request.conversationEdited ? editedMessages(request, target.quirks, losses) : body.messages;
  if (Array.isArray(messages)) body.messages = adaptMessages(messages, target.quirks, losses);
  if (!takesTextTools(target)) adaptTextTools(body, request, losses);
  renameMaxTokens(body, target.quirks);
  // Asked for by the route: a caller's own request stands in the body already.
  if (request.logprobs && !isGiven(body.logprobs) && !isGiven(body.top_logprobs)) body.logprobs = true;
  if (!target.quirks.sampling) dropSampling(body, losses);
  if (target.capabilities.abilities.reasoning === 'no' && isGiven(body.reasoning_effort)) {
    delete body.reasoning_effort;
    losses.slight('reasoning_effort', 'the model does not reason');
  }
  return body;
}

/** Messages that were not touched go in the caller's own form, with all its fields; the rest is written anew. */
function editedMessages(request: ChatRequest, quirks: Quirks, losses: LossList): JsonValue[] {
  const originals = originalsByMessage(request.original.messages);
  const texts = textToolNames(request);
  const out: JsonValue[] = [];
  for (const [at, message] of request.messages.entries()) {
    const original = originals.get(JSON.stringify(message))?.shift();
    if (original !== undefined) out.push(original);
    else {
      const how = { quirks, names: new Map(), texts, losses, ids: UNCHANGED_IDS, firstIndex: at };
      out.push(...encodeMessages([message], how));
    }
  }
  return out;
}

function originalsByMessage(list: JsonValue | undefined): Map<string, JsonValue[]> {
  const originals = new Map<string, JsonValue[]>();
  if (!Array.isArray(list) || list.length === 0) return originals;
  const messages: readonly Message[] = decodeMessages(list, new Unmapped('openai-chat'));
  for (const [at, message] of messages.entries()) {
    const key = JSON.stringify(message);
    const same = originals.get(key) ?? [];
    same.push(list[at] ?? null);
    originals.set(key, same);
  }
  return originals;
}

/** Roles, thinking and tool call ids as the target wants them; each message itself where nothing has to change. */
function adaptMessages(messages: readonly JsonValue[], quirks: Quirks, losses: LossList): JsonValue[] {
  const ids = new ToolCallIds(quirks.toolCallIds);
  return messages.map((message) => {
    if (!isJsonObject(message)) return message;
    const { role, tool_call_id: id } = message;
    if (role === 'developer' && quirks.systemRole === 'system') return { ...message, role: 'system' };
    if (role === 'tool' && typeof id === 'string') {
      const accepted = ids.result(id);
      return accepted === id ? message : { ...message, tool_call_id: accepted };
    }
    if (role !== 'assistant') return message;
    ids.beginTurn();
    const adapted = adaptThinking(message, { quirks, losses });
    const calls = adapted.tool_calls;
    if (!Array.isArray(calls)) return adapted;
    const accepted = calls.map((call) => adaptCall(adaptCallState(call, quirks), ids));
    return accepted.every((call, at) => call === calls[at]) ? adapted : { ...adapted, tool_calls: accepted };
  });
}

function adaptCall(call: JsonValue, ids: ToolCallIds): JsonValue {
  if (!isJsonObject(call) || typeof call.id !== 'string') return call;
  const accepted = ids.call(call.id);
  return accepted === call.id ? call : { ...call, id: accepted };
}

/** Newer OpenAI models refuse the one name, most other providers know nothing of the other. */
function renameMaxTokens(body: JsonObject, quirks: Quirks): void {
  const wanted = quirks.maxTokensField;
  const other = wanted === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  const value = body[other];
  if (!isGiven(value)) return;
  delete body[other];
  if (!isGiven(body[wanted])) body[wanted] = value;
}

/** With the values that mean "as usual"; dropping those loses nothing. */
const SAMPLING_FIELDS = { temperature: 1, top_p: 1, frequency_penalty: 0, presence_penalty: 0 } as const;

function dropSampling(body: JsonObject, losses: LossList): void {
  for (const [name, usual] of Object.entries(SAMPLING_FIELDS)) {
    const value = body[name];
    if (!isGiven(value)) continue;
    delete body[name];
    if (value !== usual) losses.slight(name, 'the model takes no sampling parameters');
  }
}

function isGiven(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}
