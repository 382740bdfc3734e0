import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame } from '../common/frame-fault.ts';
import { AnswerReader } from './answer-reader.ts';
import { answerFault } from './decode-fault.ts';

/** A whole response object as events. A failed one, told under status 200, gives a `fault`. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  const out: ChatEvent[] = [];
  try {
    if (!isJsonObject(body)) throw malformedFrame('the answer is not a JSON object');
    readBody(body, reading, out);
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

function readBody(body: JsonObject, reading: ReadingContext, out: ChatEvent[]): void {
  if (!Array.isArray(body.output)) throw new FrameFault(answerFault(body));
  out.push(startOf(body));
  new AnswerReader(reading).finish(body, out);
}

export function startOf(response: JsonObject): ChatEvent {
  const { id, model } = response;
  return {
    type: 'start',
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(typeof model === 'string' && model !== '' && { model }),
  };
}
