import type { Message, Part } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { parseJson } from '../common/frame-json.ts';
import type { LossList } from '../common/losses.ts';
import { type CallIds, ToolCallIds } from '../common/tool-call-ids.ts';
import { encodeDocument, encodeImage } from './encode-media.ts';
import { citationKind, objectOf } from './wire.ts';

/** Stands where the API demands words of the user and the conversation has none. */
const continueText = 'Continue.';

export interface ConversationRules {
  /** The caller's name of a tool → the name to send. */
  readonly toolNames: ReadonlyMap<string, string>;
  readonly losses: LossList;
  /** The target continues a last message of the assistant. */
  readonly prefill: boolean;
}

interface Context extends ConversationRules {
  readonly ids: CallIds;
  documents: number;
}

interface Turn {
  readonly role: 'user' | 'assistant';
  /** Results of tools have to come before everything else of a user's turn. */
  readonly results: JsonObject[];
  readonly rest: JsonObject[];
}

/** Builds `system` and alternating `messages` that begin and end with the user. */
export function encodeConversation(
  messages: readonly Message[],
  rules: ConversationRules,
): { readonly system: JsonObject[]; readonly messages: JsonObject[] } {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  const context: Context = { ...rules, ids: new ToolCallIds('anthropic'), documents: 0 };
  for (const [at, message] of messages.entries()) {
    if (message.role === 'assistant') context.ids.beginTurn();
    const blocks = message.parts.flatMap((part, index) =>
      encodePart(part, message.role, `messages[${at}].content[${index}]`, context),
    );
    if (message.role !== 'system') append(turns, message.role === 'assistant' ? 'assistant' : 'user', blocks);
    else if (turns.length === 0) system.push(...blocks);
    else {
      append(turns, 'user', blocks);
      rules.losses.slight(`messages[${at}]`, 'a system message inside the conversation was sent as text of the user');
    }
  }
  completeTurns(turns, rules);
  return { system, messages: turns.map(({ role, results, rest }) => ({ role, content: [...results, ...rest] })) };
}

function append(turns: Turn[], role: Turn['role'], blocks: readonly JsonObject[]): void {
  if (blocks.length === 0) return;
  const last = turns.at(-1);
  const turn = last?.role === role ? last : { role, results: [], rest: [] };
  if (turn !== last) turns.push(turn);
  for (const block of blocks) (block.toolResult === undefined ? turn.rest : turn.results).push(block);
}

function completeTurns(turns: Turn[], { losses, prefill }: ConversationRules): void {
  const filler = (): Turn => ({ role: 'user', results: [], rest: [{ text: continueText }] });
  if (turns[0]?.role !== 'user') {
    turns.unshift(filler());
    losses.slight('messages', 'a first user message was added: this target demands one');
  }
  if (turns.at(-1)?.role === 'assistant' && !prefill) {
    turns.push(filler());
    losses.slight('messages', 'a last user message was added: this target does not continue an assistant message');
  }
  for (const { rest } of turns) {
    // "A text block is required when a document is."
    if (rest.some((block) => block.document !== undefined) && !rest.some((block) => block.text !== undefined)) {
      rest.push({ text: continueText });
      losses.slight('messages', 'words were added beside a document: this target demands some');
    }
  }
}

function encodePart(part: Part, role: Message['role'], field: string, context: Context): JsonObject[] {
  const { losses } = context;
  switch (part.type) {
    case 'text':
    case 'refusal':
      return encodeText(part.text);
    case 'image':
    case 'file':
      if (role === 'user') return encodeMedia(part, field, context);
      losses.grave(field, `${part.type}s are taken in messages of the user only`);
      return [];
    case 'audio':
      losses.grave(field, 'this target takes no sound');
      return [];
    case 'tool-call':
      return [encodeToolCall(part, field, context)];
    case 'tool-result':
      return [encodeToolResult(part, field, context)];
    case 'reasoning':
      return encodeReasoning(part, field, losses);
    case 'foreign':
      if (part.dialect === 'bedrock-converse') {
        // A citation is no block of its own; the text it belongs to stays.
        return part.kind === citationKind || !isJsonObject(part.value) ? [] : [part.value];
      }
      losses.grave(field, `a ${part.kind} block of ${part.dialect} has no counterpart`);
      return [];
  }
}

/** Text without a visible character is answered with a 400. */
function encodeText(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ text }];
}

function encodeMedia(part: Extract<Part, { type: 'image' | 'file' }>, field: string, context: Context): JsonObject[] {
  if (part.type === 'image') {
    const image = encodeImage(part, field, context.losses);
    return image ? [image] : [];
  }
  const document = encodeDocument(part, context.documents, field, context.losses);
  if (document) context.documents += 1;
  return document ? [document] : [];
}

function encodeToolCall(part: Extract<Part, { type: 'tool-call' }>, field: string, context: Context): JsonObject {
  const parsed = parseJson(part.arguments);
  const fits = parsed.ok && isJsonObject(parsed.value);
  const none = part.arguments.trim() === '' || (parsed.ok && parsed.value === null);
  if (!fits && !none) context.losses.grave(field, 'arguments that are not a JSON object were sent as {}');
  return {
    toolUse: {
      toolUseId: context.ids.call(part.id),
      name: context.toolNames.get(part.name) ?? part.name,
      input: parsed.ok ? objectOf(parsed.value) : {},
    },
  };
}

function encodeToolResult(part: Extract<Part, { type: 'tool-result' }>, field: string, context: Context): JsonObject {
  const content = part.content.flatMap((item) =>
    item.type === 'text' ? encodeText(item.text) : encodeMedia(item, field, context),
  );
  return {
    toolResult: {
      toolUseId: context.ids.result(part.callId),
      // A result has to hold something, and a blank text is refused.
      content: content.length > 0 ? content : [{ json: {} }],
      status: part.isError ? 'error' : 'success',
    },
  };
}

/** Only thinking that this target has signed may come back to it. */
function encodeReasoning(part: Extract<Part, { type: 'reasoning' }>, field: string, losses: LossList): JsonObject[] {
  const own = part.opaque?.dialect === 'bedrock-converse' ? objectOf(part.opaque.value) : {};
  if (typeof own.redacted === 'string') return [{ reasoningContent: { redactedContent: own.redacted } }];
  if (typeof own.signature === 'string') {
    return [{ reasoningContent: { reasoningText: { text: part.text, signature: own.signature } } }];
  }
  losses.slight(field, 'thinking that this target did not sign was left out');
  return [];
}
