import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { parseJson } from '../common/frame-json.ts';

/** Inside a JSON string the quotes would be escaped, so this never misses; what it finds is looked at closely. */
const MAY_CARRY_FINISH = /"finish_reason"\s*:\s*"[^"]/;

/** A choice of this chunk names its end. */
export function carriesFinish(frame: SseFrame): boolean {
  return finishedIn(frame).length > 0;
}

/** Indexes of the choices that end in this chunk. Cheap for all other frames: these are not parsed a second time. */
export function finishedIn(frame: SseFrame): number[] {
  if (!MAY_CARRY_FINISH.test(frame.data)) return [];
  const ended = choicesOf(frame)
    .filter(isJsonObject)
    .filter((choice) => isWord(choice.finish_reason));
  return ended.map(({ index }) => (typeof index === 'number' ? index : 0));
}

/** `choices: []` and a usage: the chunk that `stream_options.include_usage` asks for. */
export function isUsageOnly(frame: SseFrame): boolean {
  if (!frame.data.includes('"usage"')) return false;
  const chunk = parseJson(frame.data);
  if (!chunk.ok || !isJsonObject(chunk.value)) return false;
  const { choices, usage } = chunk.value;
  return Array.isArray(choices) && choices.length === 0 && isJsonObject(usage);
}

/** The frame with one more key. Its own text stays as it came: numbers and spacing are the provider's. */
export function withField(frame: SseFrame, key: string, value: JsonObject): SseFrame {
  const data = frame.data.trimEnd();
  return { ...frame, data: `${data.slice(0, data.lastIndexOf('}'))},${JSON.stringify(key)}:${JSON.stringify(value)}}` };
}

function choicesOf(frame: SseFrame): JsonValue[] {
  const chunk = parseJson(frame.data);
  return chunk.ok && isJsonObject(chunk.value) && Array.isArray(chunk.value.choices) ? chunk.value.choices : [];
}

function isWord(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}
