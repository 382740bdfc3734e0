import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { FrameFault } from '../common/frame-fault.ts';
import { readTier } from '../common/served-tier.ts';
import { readWholeAnswer } from '../common/whole-answer.ts';
import { AnswerReader } from './answer-reader.ts';
import { answerFault } from './decode-fault.ts';

/** A whole response object as events. A failed one, told under status 200, gives a `fault`. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  return readWholeAnswer(body, reading, (whole, out) => readBody(whole, reading, out));
}

function readBody(body: JsonObject, reading: ReadingContext, out: ChatEvent[]): void {
  if (!Array.isArray(body.output)) throw new FrameFault(answerFault(body));
  out.push(startOf(body));
  new AnswerReader(reading).finish(body, out);
}

export function startOf(response: JsonObject): ChatEvent {
  const { id, model } = response;
  const serviceTier = readTier(response.service_tier);
  return {
    type: 'start',
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(typeof model === 'string' && model !== '' && { model }),
    ...(serviceTier && { serviceTier }),
  };
}
