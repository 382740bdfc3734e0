import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { annotation } from '../common/annotation.ts';
import { ResponseWriter } from './response-writer.ts';

/** A whole response object: the provider's own body where it spoke this dialect, else what a stream would end with. */
export function encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  const understudy = context.annotate ? annotation(summary) : undefined;
  const body = context.sameDialect ? originalBody(events) : undefined;
  if (body !== undefined) return understudy === undefined ? body : { ...body, understudy };
  const writer = new ResponseWriter(context);
  // The dialect knows one answer only.
  for (const event of events) if ((event.choice ?? 0) === 0) writer.write(event);
  const { finish = 'stop', usage } = collectAnswer(events);
  writer.finish({ reason: finish, usage, understudy });
  return writer.response;
}

function originalBody(events: readonly ChatEvent[]): JsonObject | undefined {
  for (const { frame } of events) if (frame?.kind === 'body') return frame.value;
  return undefined;
}
