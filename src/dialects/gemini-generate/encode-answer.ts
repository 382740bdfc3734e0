import { answerText, collectAnswer, mergeUsage } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { annotation } from '../common/annotation.ts';
import { ResponseWriter } from './response-writer.ts';

/** A whole answer for the caller: the provider's own body where the dialect is the same, else one built from the events. */
export function encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  const body = ownBody(events, context) ?? builtBody(events, context, summary);
  return context.annotate ? { ...body, understudy: annotation(summary) } : body;
}

function ownBody(events: readonly ChatEvent[], context: AnswerContext): JsonObject | undefined {
  if (!context.sameDialect || events.some((event) => event.type === 'switch')) return undefined;
  const frame = events[0]?.frame;
  return frame?.kind === 'body' ? frame.value : undefined;
}

function builtBody(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  const writer = new ResponseWriter(context);
  const choices = new Set([0, ...events.map((event) => event.choice ?? 0)]);
  const candidates = [...choices]
    .sort((a, b) => a - b)
    .map((choice) => {
      const answer = collectAnswer(events, choice);
      const { parts, finish, nativeFinish, citations = [], logprobs = [] } = answer;
      return {
        citations,
        logprobs,
        text: new CitedText(answerText(answer)),
        choice,
        reason: finish ?? 'stop',
        ...(nativeFinish !== undefined && { native: nativeFinish }),
        parts: parts.flatMap((part) => writer.part(part, choice)),
      };
    });
  const { usage, serviceTier } = collectAnswer(events);
  writer.serve(serviceTier);
  return writer.whole(candidates, mergeUsage(usage, summary.usage));
}
