import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { RecordedResponse } from './recordings.ts';
import { framesOf } from './sse-text.ts';

/** What a recording says, read as plainly as can be: the measure that decoders are held to. */
export interface RecordedAnswer {
  readonly text: string;
  /** Words of refusal, where the dialect keeps them apart. */
  readonly refusal: string;
  readonly calls: readonly RecordedCall[];
}

export interface RecordedCall {
  readonly name: string;
  /** JSON text as the model wrote it; empty where it wrote none. */
  readonly arguments: string;
}

interface Draft {
  text: string;
  refusal: string;
  calls: { key: string; name: string; arguments: string }[];
}

export type RecordedDialect = 'openai-chat' | 'anthropic-messages' | 'gemini-generate';

/** Text and tool calls of the first alternative of an answer of status 200. */
export function readRecorded(dialect: RecordedDialect, response: RecordedResponse): RecordedAnswer {
  const draft: Draft = { text: '', refusal: '', calls: [] };
  for (const piece of piecesOf(response)) READERS[dialect](piece, draft);
  // Some servers send a call in which every field is empty beside every text.
  const calls = draft.calls.filter(({ name }) => name !== '');
  return { ...draft, calls: calls.map(({ name, arguments: json }) => ({ name, arguments: json })) };
}

/** The JSON payloads of a response: one, or one a frame. */
export function piecesOf({ sse, body }: RecordedResponse): JsonObject[] {
  if (sse === undefined) return (Array.isArray(body) ? body : [body]) as JsonObject[];
  return framesOf(sse)
    .filter(({ data }) => data.trim().startsWith('{'))
    .map(({ data }): JsonObject => JSON.parse(data));
}

const READERS: Readonly<Record<RecordedDialect, (piece: JsonObject, draft: Draft) => void>> = {
  'openai-chat': readOpenai,
  'anthropic-messages': readAnthropic,
  'gemini-generate': readGemini,
};

function readOpenai(piece: JsonObject, draft: Draft): void {
  for (const choice of list(piece.choices)) {
    if ((choice.index ?? 0) !== 0) continue;
    // Perplexity sends both: what is new in `delta`, all so far in `message`.
    const isPiece = piece.object !== 'chat.completion' && choice.delta !== undefined;
    const message = object(isPiece ? choice.delta : choice.message);
    draft.text += contentText(message.content);
    draft.refusal += word(message.refusal);
    const calls = list(message.tool_calls);
    if (message.function_call) calls.push({ index: 0, id: 'legacy', function: message.function_call });
    for (const [at, call] of calls.entries()) {
      const { name, arguments: json } = object(call.function);
      const key = String(call.index ?? (call.id || (isPiece ? 'last' : at)));
      const known = draft.calls.find((earlier) => earlier.key === key && isPiece);
      const target = known ?? { key, name: word(name), arguments: '' };
      if (!known) draft.calls.push(target);
      target.name ||= word(name);
      target.arguments += word(json);
    }
  }
}

function contentText(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => (part.type === 'text' ? word(part.text) : ''))
    .join('');
}

function readAnthropic(piece: JsonObject, draft: Draft): void {
  for (const [at, block] of list(piece.content).entries()) readBlock(block, String(at), draft);
  if (piece.type === 'content_block_start') readBlock(object(piece.content_block), String(piece.index), draft);
  const delta = object(piece.delta);
  if (delta.type === 'text_delta') draft.text += word(delta.text);
  if (delta.type !== 'input_json_delta') return;
  const call = draft.calls.find(({ key }) => key === String(piece.index));
  if (call) call.arguments = (call.arguments === '{}' ? '' : call.arguments) + word(delta.partial_json);
}

function readBlock(block: JsonObject, key: string, draft: Draft): void {
  if (block.type === 'text') draft.text += word(block.text);
  if (block.type !== 'tool_use') return;
  draft.calls.push({ key, name: word(block.name), arguments: JSON.stringify(block.input ?? {}) });
}

function readGemini(piece: JsonObject, draft: Draft): void {
  const [candidate] = list(piece.candidates);
  for (const part of list(object(candidate?.content).parts)) {
    if (part.thought !== true) draft.text += word(part.text);
    if (!part.functionCall) continue;
    const { name, args, partialArgs } = object(part.functionCall);
    if (name !== undefined) {
      const json = args === undefined ? '' : JSON.stringify(args);
      draft.calls.push({ key: String(draft.calls.length), name: word(name), arguments: json });
    }
    const call = draft.calls.at(-1);
    if (call) for (const argument of list(partialArgs)) addPartial(call, argument);
  }
}

/** A piece of one argument at the top of the object: `{jsonPath: "$.city", stringValue: "Os"}`. */
function addPartial(call: Draft['calls'][number], argument: JsonObject): void {
  const so: JsonObject = JSON.parse(call.arguments || '{}');
  const name = word(argument.jsonPath).replace(/^\$\./, '');
  const value = argument.stringValue ?? argument.numberValue ?? argument.boolValue;
  if (name !== '' && value !== undefined) so[name] = typeof value === 'string' ? word(so[name]) + value : value;
  call.arguments = JSON.stringify(so);
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null).map(object) : [];
}

function object(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function word(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
