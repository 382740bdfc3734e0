import type { ChatEvent } from '../../model/chat-event.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { annotation } from '../common/annotation.ts';

/** The provider's own body: vectors mean something only as they came. */
export function encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  for (const { frame } of events) {
    if (frame?.kind !== 'body') continue;
    return context.annotate ? { ...frame.value, understudy: annotation(summary) } : frame.value;
  }
  throw new Error('an answer of embeddings without its body');
}
