import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { parseJson } from '../common/frame-json.ts';
import { finishWord } from './finish-reasons.ts';
import { listOf, objectOf } from './wire.ts';

/** Inside a JSON string the quotes would be escaped, so this never misses; what it finds is looked at closely. */
const MAY_CARRY_FINISH = /"finishReason"\s*:\s*["\d]/;

/** A candidate of this response names its end. Cheap for all other frames: these are not parsed a second time. */
export function carriesFinish(frame: SseFrame): boolean {
  if (!MAY_CARRY_FINISH.test(frame.data)) return false;
  return candidatesOf(frame).some((candidate) => finishWord(candidate.finishReason) !== undefined);
}

/** A candidate of this response goes on: whatever came before was not the end of the answer. */
export function carriesParts(frame: SseFrame): boolean {
  return candidatesOf(frame).some((candidate) => listOf(objectOf(candidate.content).parts).length > 0);
}

/** The frame with one more key. Its own text stays as it came: numbers and spacing are the provider's. */
export function withField(frame: SseFrame, key: string, value: JsonObject): SseFrame {
  const data = frame.data.trimEnd();
  const at = data.lastIndexOf('}');
  return { ...frame, data: `${data.slice(0, at)},${JSON.stringify(key)}:${JSON.stringify(value)}${data.slice(at)}` };
}

/** The frame's content without the end and the counts that stood beside it; undefined where there is none. */
export function withoutEnd(frame: SseFrame): SseFrame | undefined {
  if (!carriesParts(frame)) return undefined;
  const { usageMetadata: _, ...response } = responseOf(frame);
  const candidates = candidatesOf(frame).map(({ finishReason: _word, finishMessage: _said, ...rest }) => rest);
  return { ...frame, data: JSON.stringify({ ...response, candidates }) };
}

function candidatesOf(frame: SseFrame): JsonObject[] {
  return listOf(responseOf(frame).candidates).filter(isJsonObject);
}

/** Some hosts wrap each response into an array of one. */
function responseOf(frame: SseFrame): JsonObject {
  const parsed = parseJson(frame.data);
  const value: JsonValue | undefined = parsed.ok ? parsed.value : undefined;
  return objectOf(Array.isArray(value) ? value[0] : value);
}
