import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame } from './frame-fault.ts';

/** Reads a body into events, throwing `FrameFault` for what makes no sense. */
export type BodyReader = (body: JsonObject, out: ChatEvent[]) => void;

/** The answer is told in another form than it came in, so that the original frames are of no use even to a caller of the dialect. */
export function isRewritten({ answerTool, standIns = false }: ReadingContext): boolean {
  return answerTool !== undefined || standIns;
}

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
  if (first !== undefined && isJsonObject(body) && !isRewritten(reading)) {
    out[0] = { ...first, frame: { kind: 'body', value: body } };
  }
  return out;
}
