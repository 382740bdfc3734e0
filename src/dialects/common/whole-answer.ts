import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame } from './frame-fault.ts';

/** Reads a body into events, throwing `FrameFault` for what makes no sense. */
export type BodyReader = (body: JsonObject, out: ChatEvent[]) => void;

/** A whole answer as events, the first of which carries the body. Never throws `FrameFault`: it becomes the last event. */
export function readWholeAnswer(body: JsonValue, reading: ReadingContext, read: BodyReader): ChatEvent[] {
  const out: ChatEvent[] = [];
  try {
    if (!isJsonObject(body)) throw malformedFrame('the answer is not a JSON object');
    read(body, out);
  } catch (error) {
    if (!(error instanceof FrameFault)) throw error;
    out.push({ type: 'fault', fault: error.fault });
  }
  const [first] = out;
  // An answer given by a tool call is rewritten into text, so the original body is of no use to the caller.
  if (first !== undefined && isJsonObject(body) && reading.answerTool === undefined) {
    out[0] = { ...first, frame: { kind: 'body', value: body } };
  }
  return out;
}
