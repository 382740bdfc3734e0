import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame } from '../common/frame-fault.ts';
import { openaiAnswerFault } from '../common/openai-fault.ts';
import { readWholeAnswer } from '../common/whole-answer.ts';

/**
 * A list of embeddings as events: a foreign part stands for the vectors, which stay in the frame. A list that does not
 * have one vector for each input, all of one length, is a fault: an index filled with it would be wrong without a sign.
 */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  return readWholeAnswer(body, reading, (whole, out) => {
    if (!Array.isArray(whole.data)) throw new FrameFault(openaiAnswerFault(whole));
    checkVectors(whole.data, reading.vectors);
    out.push(startOf(whole));
    out.push({
      type: 'foreign',
      part: { type: 'foreign', dialect: 'openai-embeddings', kind: 'vectors', value: null },
    });
    out.push({ type: 'usage', usage: usageOf(whole.usage) });
    out.push({ type: 'finish', reason: 'stop' });
  });
}

function startOf({ model }: JsonObject): ChatEvent {
  return { type: 'start', ...(typeof model === 'string' && model !== '' && { model }) };
}

function checkVectors(data: readonly JsonValue[], wanted: number | undefined): void {
  if (wanted !== undefined && data.length !== wanted) {
    throw malformedFrame(`the answer holds ${data.length} embeddings for ${wanted} inputs`);
  }
  const lengths = new Set<number>();
  const indexes = new Set<JsonValue>();
  for (const [at, item] of data.entries()) {
    const length = isJsonObject(item) ? lengthOf(item.embedding) : undefined;
    if (length === undefined || !isJsonObject(item)) throw malformedFrame(`item ${at} of the answer is no embedding`);
    lengths.add(length);
    indexes.add(item.index ?? at);
  }
  if (lengths.size > 1) throw malformedFrame('the embeddings of the answer differ in length');
  if (indexes.size < data.length) throw malformedFrame('two embeddings of the answer have one index');
}

/** Numbers, or characters of base64; undefined for what is neither. */
function lengthOf(vector: JsonValue | undefined): number | undefined {
  if (typeof vector === 'string') return vector === '' ? undefined : vector.length;
  if (!Array.isArray(vector) || vector.length === 0) return undefined;
  return vector.every((value) => typeof value === 'number') ? vector.length : undefined;
}

function usageOf(usage: JsonValue | undefined) {
  const counts: JsonObject = isJsonObject(usage) ? usage : {};
  const input = counts.prompt_tokens ?? counts.total_tokens;
  return typeof input === 'number' ? { inputTokens: input, outputTokens: 0 } : {};
}
