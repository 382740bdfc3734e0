import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { checkMessages, type Turn } from '../../../src/simulator/anthropic-messages/messages.ts';
import { signatureOf } from '../../../src/simulator/anthropic-messages/signature.ts';
import { refuse } from '../../../src/simulator/dialect-kit.ts';
import { type Complaint, complaintOf, type Origin } from './verdict.ts';

const MAX_ID_CHARS = 64;
const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/**
 * The rules of the Messages API for a history: turns, texts and pairs of tools as the simulated vendor has them, and those
 * of the length of ids, pictures and thinking besides (platform.claude.com/docs, "Tool use", "Extended thinking", "Errors").
 */
export function anthropicComplaint(body: JsonObject, origin: Origin): Complaint {
  return complaintOf(() => {
    const messages = JSON.parse(JSON.stringify(body.messages), (_, value) => withSimulatedSeal(value, origin));
    const turns = checkMessages(messages);
    checkIds(turns);
    for (const turn of turns) for (const block of turn.blocks) checkBlock(block);
    checkPrefill(turns);
    if (isJsonObject(body.thinking) && body.thinking.type !== 'disabled') checkThinkingTurn(turns);
  });
}

/** The simulated vendor knows its own signatures alone; here each origin has its own. */
function withSimulatedSeal(value: unknown, origin: Origin): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value)) return value;
  if (value.type === 'redacted_thinking') {
    if (!('data' in value) || !origin.reads(String(value.data), ''))
      refuse('Invalid `data` in `redacted_thinking` block');
    return value;
  }
  if (value.type !== 'thinking' || !('signature' in value) || !('thinking' in value)) return value;
  const text = String(value.thinking);
  if (!origin.reads(String(value.signature), text)) refuse('Invalid `signature` in `thinking` block');
  return { ...value, signature: signatureOf(text) };
}

function checkIds(turns: readonly Turn[]): void {
  const ids = turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.type === 'tool_use' ? [String(block.id)] : [])),
  );
  for (const id of ids) if (id.length > MAX_ID_CHARS) refuse(`String should have at most ${MAX_ID_CHARS} characters`);
}

function checkBlock(block: JsonObject): void {
  if (block.type === 'image') checkImage(block);
  if (block.type === 'tool_result' && Array.isArray(block.content)) {
    for (const part of block.content) if (isJsonObject(part)) checkBlock(part);
  }
}

function checkImage({ source }: JsonObject): void {
  if (!isJsonObject(source)) refuse('source: Field required');
  if (source.type === 'base64' && !IMAGE_TYPES.includes(String(source.media_type)))
    refuse(`source.base64.media_type: Input should be ${IMAGE_TYPES.join(', ')}`);
}

/** Words to be gone on from end in no blank, and are words. */
function checkPrefill(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  const block = last.blocks.at(-1);
  if (block?.type === 'text' && /\s$/.test(String(block.text)))
    refuse('messages: final assistant content cannot end with trailing whitespace');
  if (block?.type === 'thinking') refuse('The final block in an assistant message cannot be `thinking`.');
}

/** With thinking on, the turn whose calls are being answered begins with thinking. */
function checkThinkingTurn(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  if (last?.role === 'assistant') refuse('prefill is not supported beside thinking');
  if (!last?.blocks.some((block) => block.type === 'tool_result')) return;
  const first = turns.at(-2)?.blocks[0]?.type;
  if (first !== 'thinking' && first !== 'redacted_thinking')
    refuse(`Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`.`);
}
