import type { FilePart, ImagePart, Message, Part, TextPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { parseJson } from '../common/frame-json.ts';
import { CONTINUE_TEXT } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { type CallIds, ToolCallIds } from '../common/tool-call-ids.ts';
import { encodeFile, encodeImage } from './encode-media.ts';
import type { OriginalBlocks } from './original-blocks.ts';
import {
  objectOf,
  type RedactedThinkingBlockParam,
  stringOf,
  type TextBlockParam,
  type ThinkingBlockParam,
  type ToolResultBlockParam,
  type ToolUseBlockParam,
} from './wire.ts';

export interface ConversationRules {
  /** The caller's name of a tool → the name to send. */
  readonly toolNames: ReadonlyMap<string, string>;
  readonly losses: LossList;
  /** The caller's own blocks, where the caller speaks this dialect. */
  readonly original?: OriginalBlocks;
  /** The caller itself put system messages between the others, so its model takes them. */
  readonly systemAnywhere: boolean;
  /** The target continues a last message of the assistant. */
  readonly prefill: boolean;
}

interface BlockContext extends ConversationRules {
  readonly ids: CallIds;
}

export interface EncodedConversation {
  readonly system?: JsonObject[];
  readonly messages: JsonObject[];
}

interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  /** Results of tools have to come before everything else of a user's turn. */
  readonly results: JsonObject[];
  readonly rest: JsonObject[];
}

/** Builds `system` and alternating `messages`, the results of one assistant turn's calls in one user turn. */
export function encodeConversation(messages: readonly Message[], rules: ConversationRules): EncodedConversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  const context: BlockContext = { ...rules, ids: new ToolCallIds('anthropic') };
  for (const [at, message] of messages.entries()) {
    if (message.role === 'assistant') context.ids.beginTurn();
    const blocks = encodeParts(message, at, context);
    if (message.role !== 'system') append(turns, message.role === 'assistant' ? 'assistant' : 'user', blocks);
    else if (turns.length === 0) system.push(...blocks);
    else if (rules.systemAnywhere) append(turns, 'system', blocks);
    else {
      append(turns, 'user', blocks);
      rules.losses.add(`messages[${at}]`, 'a system message inside the conversation was sent as text of the user');
    }
  }
  completeTurns(turns, rules);
  return {
    ...(system.length > 0 && { system }),
    messages: turns.map(({ role, results, rest }) => ({ role, content: [...results, ...rest] })),
  };
}

function append(turns: Turn[], role: Turn['role'], blocks: readonly JsonObject[]): void {
  if (blocks.length === 0) return;
  const last = turns.at(-1);
  const turn = last?.role === role ? last : { role, results: [], rest: [] };
  if (turn !== last) turns.push(turn);
  for (const block of blocks) (block.type === 'tool_result' ? turn.results : turn.rest).push(block);
}

/** The API wants one turn at the least, and text at the end of a prefill without trailing blanks. */
function completeTurns(turns: Turn[], rules: ConversationRules): void {
  const filler = (): Turn => ({ role: 'user', results: [], rest: [{ type: 'text', text: CONTINUE_TEXT }] });
  if (turns.length === 0) {
    turns.push(filler());
    rules.losses.add('messages', 'a user message was added: this target demands one beside the instructions');
  }
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  if (!rules.prefill) {
    turns.push(filler());
    rules.losses.add('messages', 'a last user message was added: this target does not continue an assistant message');
    return;
  }
  const block = last.rest.at(-1);
  if (block?.type === 'text') last.rest[last.rest.length - 1] = { ...block, text: stringOf(block.text).trimEnd() };
}

function encodeParts(message: Message, at: number, rules: BlockContext): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const [index, part] of message.parts.entries()) {
    const own = rules.original?.take(part);
    if (own) blocks.push(withOwnId(own, rules.ids));
    else blocks.push(...encodePart(part, message.role, `messages[${at}].content[${index}]`, rules));
  }
  return blocks;
}

/** The caller's own block, known by the id that its result will name: those of blocks written anew may be others. */
function withOwnId(block: JsonObject, ids: CallIds): JsonObject {
  if (block.type === 'tool_use') return { ...block, id: ids.call(stringOf(block.id)) };
  if (block.type === 'tool_result') return { ...block, tool_use_id: ids.result(stringOf(block.tool_use_id)) };
  return block;
}

function encodePart(part: Part, role: Message['role'], field: string, rules: BlockContext): JsonObject[] {
  const { losses } = rules;
  switch (part.type) {
    case 'refusal':
      losses.add(field, 'a refusal is told as text: this target has no other form for it');
      return encodeText(part.text);
    case 'text':
      return encodeText(part.text);
    case 'image':
    case 'file':
      if (role === 'user') return encodeMedia(part, field, losses);
      losses.add(field, `${part.type}s are taken in messages of the user only`, true);
      return [];
    case 'audio':
      losses.add(field, 'this target takes no sound', true);
      return [];
    case 'tool-call':
      return [encodeToolCall(part, field, rules)];
    case 'tool-result':
      return [encodeToolResult(part, field, rules)];
    case 'reasoning':
      return encodeReasoning(part, field, losses);
    case 'foreign':
      if (part.dialect === 'anthropic-messages' && isJsonObject(part.value)) {
        // A citation is no block of its own; the text it belongs to stays.
        return [part.value];
      }
      losses.add(field, `a ${part.kind} block of ${part.dialect} has no counterpart`, true);
      return [];
  }
}

/** Text without a visible character is answered with a 400. */
function encodeText(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text } satisfies TextBlockParam];
}

function encodeMedia(part: ImagePart | FilePart, field: string, losses: LossList): JsonObject[] {
  const block = part.type === 'image' ? encodeImage(part, field, losses) : encodeFile(part, field, losses);
  return block ? [block] : [];
}

function encodeToolCall(part: Extract<Part, { type: 'tool-call' }>, field: string, rules: BlockContext): JsonObject {
  const parsed = parseJson(part.arguments);
  const fits = parsed.ok && isJsonObject(parsed.value);
  const none = part.arguments.trim() === '' || (parsed.ok && parsed.value === null);
  if (!fits && !none) rules.losses.add(field, 'arguments that are not a JSON object were sent as {}', true);
  const input: JsonObject = parsed.ok ? objectOf(parsed.value) : {};
  const block = {
    type: 'tool_use' as const,
    id: rules.ids.call(part.id),
    name: rules.toolNames.get(part.name) ?? part.name,
    input,
  };
  return block satisfies ToolUseBlockParam;
}

function encodeToolResult(
  part: Extract<Part, { type: 'tool-result' }>,
  field: string,
  { ids, losses }: BlockContext,
): JsonObject {
  const content = part.content.flatMap((item: TextPart | ImagePart | FilePart) =>
    item.type === 'text' ? encodeText(item.text) : encodeMedia(item, field, losses),
  );
  const block = {
    type: 'tool_result' as const,
    tool_use_id: ids.result(part.callId),
    ...(part.isError && { is_error: true }),
  };
  block satisfies ToolResultBlockParam;
  return content.length > 0 ? { ...block, content } : block;
}

/** Only thinking that this vendor has signed may come back to it. */
function encodeReasoning(part: Extract<Part, { type: 'reasoning' }>, field: string, losses: LossList): JsonObject[] {
  const own = part.opaque?.dialect === 'anthropic-messages' ? objectOf(part.opaque.value) : {};
  if (typeof own.redacted === 'string') {
    return [{ type: 'redacted_thinking', data: own.redacted } satisfies RedactedThinkingBlockParam];
  }
  if (typeof own.signature === 'string') {
    return [{ type: 'thinking', thinking: part.text, signature: own.signature } satisfies ThinkingBlockParam];
  }
  losses.add(field, 'thinking without a signature of this vendor cannot be sent back');
  return [];
}
