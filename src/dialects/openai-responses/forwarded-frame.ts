import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { parseJson } from '../common/frame-json.ts';
import { TERMINAL_EVENTS } from './wire.ts';

/** Inside a JSON string the quotes would be escaped, and nothing nested is of a type that begins so. */
const TYPE = /"type"\s*:\s*"(response\.[a-z_.]+)"/;

/** The type of an event, without reading all of it; empty where it is none of this dialect's. */
export function frameType(frame: SseFrame): string {
  if (frame.event !== undefined && frame.event !== '') return frame.event;
  return TYPE.exec(frame.data)?.[1] ?? '';
}

export function isTerminal(frame: SseFrame): boolean {
  return TERMINAL_EVENTS.has(frameType(frame));
}

export function eventOf(frame: SseFrame): JsonObject {
  const parsed = parseJson(frame.data);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

/** The terminal frame with one more key in its response object. Its own text stays as it came where that can be done. */
export function withAnnotation(frame: SseFrame, understudy: JsonObject): SseFrame {
  const inserted = frame.data.replace(
    /"response"\s*:\s*\{/,
    (opening) => `${opening}"understudy":${JSON.stringify(understudy)},`,
  );
  const spliced = { ...frame, data: inserted };
  const told = responseOf(spliced).understudy;
  // A gateway behind this one has left its own, which would win.
  if (isJsonObject(told) && told.request_id === understudy.request_id) return spliced;
  const original = eventOf(frame);
  const response = responseOf(frame);
  return { ...frame, data: JSON.stringify({ ...original, response: { ...response, understudy } }) };
}

function responseOf(frame: SseFrame): JsonObject {
  const { response } = eventOf(frame);
  return isJsonObject(response) ? response : {};
}
