import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';
import { signatureOf } from './signature.ts';

/** Blocks that each role may hold. */
const BLOCK_TYPES = {
  user: ['text', 'image', 'document', 'tool_result', 'search_result', 'container_upload'],
  assistant: ['text', 'document', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'mcp_tool_use'],
} as const;

/** Results of tools that the vendor runs itself: their number grows. */
const SERVER_RESULT = /^[a-z_]+_tool_result$/;
const RESULT_PARTS = ['text', 'image', 'document', 'search_result', 'tool_reference'];

const ID = /^[a-zA-Z0-9_-]+$/;

/** A turn with its content as blocks. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly JsonObject[];
}

/** Checks the conversation by the Messages API's rules and gives its turns, neighbours of one role joined. */
export function checkMessages(value: JsonValue | undefined): Turn[] {
  if (value === undefined) refuse('messages: Field required');
  if (!Array.isArray(value)) refuse('messages: Input should be a valid list');
  if (value.length === 0) refuse('messages: at least one message is required');
  const last = value.length - 1;
  const turns = value.map((message, index) => checkMessage(message, index, index === last));
  const joined = joinTurns(turns);
  checkToolTurns(joined);
  return joined;
}

/** All text of a list of blocks. */
export function blocksText(blocks: readonly JsonObject[]): string {
  return blocks.map((block) => (block.type === 'text' && typeof block.text === 'string' ? block.text : '')).join('');
}

function checkMessage(message: JsonValue, index: number, isLast: boolean): Turn {
  const at = `messages.${index}`;
  if (!isJsonObject(message)) refuse(`${at}: Input should be a valid dictionary`);
  for (const field of Object.keys(message)) {
    if (field !== 'role' && field !== 'content') refuse(`${at}.${field}: Extra inputs are not permitted`);
  }
  const role = message.role;
  if (role === 'system') {
    refuse(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  }
  if (role !== 'user' && role !== 'assistant') {
    refuse(`messages: Unexpected role ${JSON.stringify(role ?? null)}. Allowed roles are "user" or "assistant"`);
  }
  if (message.content === undefined) refuse(`${at}.content: Field required`);
  const blocks = checkContent(message.content, role, at);
  if (blocks.length === 0 && !(isLast && role === 'assistant')) {
    refuse(`${at}: all messages must have non-empty content except for the optional final assistant message`);
  }
  return { role, blocks };
}

function checkContent(content: JsonValue, role: Turn['role'], at: string): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) refuse(`${at}.content: Input should be a valid list`);
  return content.map((block, index) => checkBlock(block, role, `${at}.content.${index}`));
}

function checkBlock(block: JsonValue, role: Turn['role'], at: string): JsonObject {
  if (!isJsonObject(block)) refuse(`${at}: Input should be a valid dictionary`);
  const types: readonly string[] = BLOCK_TYPES[role];
  const { type } = block;
  const serverResult = role === 'assistant' && typeof type === 'string' && SERVER_RESULT.test(type);
  if (typeof type !== 'string' || !(types.includes(type) || serverResult)) {
    refuse(
      `${at}: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: ${types.map((one) => `'${one}'`).join(', ')}`,
    );
  }
  switch (type) {
    case 'text':
      if (typeof block.text !== 'string') refuse(`${at}.text.text: Field required`);
      if (block.text === '') refuse('messages: text content blocks must be non-empty');
      if (block.text.trim() === '') refuse('messages: text content blocks must contain non-whitespace text');
      break;
    case 'tool_use':
      checkToolUse(block, `${at}.tool_use`);
      break;
    case 'tool_result':
      checkId(block.tool_use_id, `${at}.tool_result.tool_use_id`);
      checkResultContent(block, `${at}.tool_result`);
      break;
    case 'thinking':
      checkThinking(block, at);
      break;
    default:
      break;
  }
  return block;
}

function checkToolUse(block: JsonObject, at: string): void {
  checkId(block.id, `${at}.id`);
  if (typeof block.name !== 'string') refuse(`${at}.name: Field required`);
  if (block.input === undefined) refuse(`${at}.input: Field required`);
  if (!isJsonObject(block.input)) refuse(`${at}.input: Input should be a valid dictionary`);
}

function checkResultContent(block: JsonObject, at: string): void {
  const content = block.content;
  if (content === undefined || typeof content === 'string') return;
  if (!Array.isArray(content)) refuse(`${at}.content: Input should be a valid list`);
  content.forEach((part, index) => {
    const type = isJsonObject(part) ? part.type : undefined;
    if (typeof type !== 'string' || !RESULT_PARTS.includes(type)) {
      refuse(
        `${at}.content.${index}: Input tag '${String(type)}' found using 'type' does not match any of the expected tags`,
      );
    }
  });
}

function checkId(id: JsonValue | undefined, at: string): void {
  if (typeof id !== 'string') refuse(`${at}: Field required`);
  if (!ID.test(id)) refuse(`${at}: String should match pattern '^[a-zA-Z0-9_-]+$'`);
}

function checkThinking(block: JsonObject, at: string): void {
  if (typeof block.thinking !== 'string') refuse(`${at}.thinking.thinking: Field required`);
  if (typeof block.signature !== 'string') refuse(`${at}.thinking.signature: Field required`);
  if (block.signature !== signatureOf(block.thinking)) refuse(`${at}: Invalid \`signature\` in \`thinking\` block`);
}

/** Consecutive turns of one role count as one turn. */
function joinTurns(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role === turn.role)
      joined[joined.length - 1] = { role: turn.role, blocks: [...last.blocks, ...turn.blocks] };
    else joined.push(turn);
  }
  return joined;
}

/** Results stand at the head of the turn right after the calls, one for each. */
function checkToolTurns(turns: readonly Turn[]): void {
  const ids = turns.flatMap((turn) => idsOf(turn, 'tool_use', 'id'));
  if (new Set(ids).size < ids.length) refuse('messages: `tool_use` ids must be unique');
  turns.forEach((turn, index) => {
    const asked = index === 0 ? [] : idsOf(turns[index - 1], 'tool_use', 'id');
    const given = idsOf(turn, 'tool_result', 'tool_use_id');
    const strange = given.find((id) => !asked.includes(id));
    if (strange !== undefined) {
      refuse(
        `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${strange}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (new Set(given).size < given.length)
      refuse(`messages.${index}.content: each tool_use must have a single result.`);
    const missing = asked.filter((id) => !given.includes(id));
    if (missing.length > 0) refuseUnanswered(missing, index - 1);
    if (given.length > 0 && turn.blocks.slice(0, given.length).some((block) => block.type !== 'tool_result')) {
      refuseUnanswered(asked, index - 1);
    }
  });
  const open = idsOf(turns.at(-1), 'tool_use', 'id');
  if (open.length > 0) refuseUnanswered(open, turns.length - 1);
}

function refuseUnanswered(ids: readonly string[], index: number): never {
  return refuse(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function idsOf(turn: Turn | undefined, type: string, field: string): string[] {
  return (turn?.blocks ?? []).filter((block) => block.type === type).map((block) => String(block[field]));
}
