import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame, tooLargeAnswer } from '../common/frame-fault.ts';
import { readTier } from '../common/served-tier.ts';
import { readWholeAnswer } from '../common/whole-answer.ts';
import { readSources } from './annotations.ts';
import { ChoiceReader } from './choice-reader.ts';
import { answerFault } from './decode-fault.ts';
import { readUsage } from './usage.ts';

/** Most alternative answers to one request; OpenAI's own limit of `n`. */
export const maxChoices = 128;

/** A whole `chat.completion` as events. Errors told under status 200 (Azure, OpenRouter) give a `fault`. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  return readWholeAnswer(body, reading, (whole, out) => readBody(whole, reading, out));
}

function readBody(body: JsonObject, reading: ReadingContext, out: ChatEvent[]): void {
  const choices = readChoices(body);
  if (choices === undefined) throw new FrameFault(answerFault(body));
  if (choices.length === 0) {
    throw new FrameFault({ kind: 'bad-response', what: 'empty', message: 'the answer has no choices' });
  }
  out.push(startOf(body));
  const ends: ChatEvent[] = [];
  const told = new Set<number>();
  for (const choice of choices) {
    const index = indexOf(choice);
    if (told.has(index)) throw malformedFrame(`two choices of the answer have the index ${index}`);
    told.add(index);
    readChoice(choice, reading, { out, ends });
  }
  const sources = new Map<string, ChatEvent>();
  readSources(body, sources);
  out.push(...sources.values());
  const usage = readUsage(body);
  if (usage !== undefined) out.push({ type: 'usage', usage });
  out.push(...ends);
}

/** The choices of an answer or chunk; undefined where it has none or tells an error instead. */
export function readChoices(body: JsonObject): JsonObject[] | undefined {
  const { choices, error } = body;
  const failed = error !== undefined && error !== null && error !== '';
  if (failed || choices === undefined || choices === null) return undefined;
  if (!Array.isArray(choices)) throw malformedFrame('choices is not an array');
  if (choices.length > maxChoices) throw tooLargeAnswer(`more than ${maxChoices} choices`);
  return choices.map((choice) => {
    if (!isJsonObject(choice)) throw malformedFrame('a choice is not an object');
    if (choice.error !== undefined && choice.error !== null) throw new FrameFault(answerFault(choice));
    return choice;
  });
}

export function startOf(body: JsonObject): ChatEvent {
  const { id, model, system_fingerprint: fingerprint } = body;
  const serviceTier = readTier(body.service_tier);
  return {
    type: 'start',
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(typeof model === 'string' && model !== '' && { model }),
    ...(serviceTier && { serviceTier }),
    ...(typeof fingerprint === 'string' && fingerprint !== '' && { fingerprint }),
  };
}

/** `choices[0].index` is not 0 where a choice is told alone. */
export function indexOf(choice: JsonObject): number {
  const { index } = choice;
  if (index === undefined || index === null) return 0;
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < maxChoices) return index;
  throw malformedFrame('the index of a choice is not a small number');
}

/** vLLM and SGLang tell which stop sequence was met. */
export function stopSequenceOf(choice: JsonObject): string | undefined {
  const met = choice.stop_reason ?? choice.matched_stop;
  return typeof met === 'string' && met !== '' ? met : undefined;
}

function readChoice(
  choice: JsonObject,
  reading: ReadingContext,
  to: { readonly out: ChatEvent[]; readonly ends: ChatEvent[] },
): void {
  const reader = new ChoiceReader(indexOf(choice), reading);
  const { message, finish_reason: native } = choice;
  if (!isJsonObject(message)) throw malformedFrame('a choice has no message');
  reader.read(wholeCalls(message), to.out);
  reader.readLogprobs(choice.logprobs, to.out);
  const ends: ChatEvent[] = [];
  if (typeof native === 'string' && native !== '') reader.finish(native, stopSequenceOf(choice), ends);
  else if (reading.finishOptional) reader.finishUnnamed(ends);
  else throw new FrameFault({ kind: 'bad-response', what: 'cut', message: 'the answer has no finish_reason' });
  for (const event of ends) (event.type === 'finish' ? to.ends : to.out).push(event);
}

/** In a whole answer each entry is a call of its own, even where two share an id. */
function wholeCalls(message: JsonObject): JsonObject {
  const calls = message.tool_calls;
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call, index) => (isJsonObject(call) ? { ...call, index } : call)) };
}
