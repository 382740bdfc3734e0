import { type Answer, collectAnswer, mergeUsage } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { Part } from '../../model/conversation.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { annotation } from '../common/annotation.ts';
import { parseJson } from '../common/frame-json.ts';
import { encodeToolCallId } from '../common/tool-call-ids.ts';
import { writeCitation } from './citations.ts';
import { writeStopReason } from './finish-reasons.ts';
import { signatureFor } from './thinking-signature.ts';
import { writeUsage } from './usage.ts';
import { type CoreMessage, objectOf } from './wire.ts';

/** A whole answer for the caller: the provider's own body where the dialect is the same, else one built from the events. */
export function encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  const body = ownBody(events, context) ?? buildBody(collectAnswer(events), context, summary);
  return context.annotate ? { ...body, understudy: annotation(summary) } : body;
}

function ownBody(events: readonly ChatEvent[], context: AnswerContext): JsonObject | undefined {
  if (!context.sameDialect || events.some((event) => event.type === 'switch')) return undefined;
  const frame = events[0]?.frame;
  return frame?.kind === 'body' ? frame.value : undefined;
}

function buildBody(answer: Answer, context: AnswerContext, summary: ServedSummary): JsonObject {
  const thinks = context.request.reasoning !== undefined;
  const content = encodeParts(answer, thinks);
  const { stopSequence, nativeFinish } = answer;
  const body = {
    id: messageId(context),
    type: 'message' as const,
    role: 'assistant' as const,
    model: context.model,
    content,
    stop_reason: writeStopReason(answer.finish ?? 'other', {
      calledTools: answer.parts.some((part) => part.type === 'tool-call'),
      refused: answer.parts.some((part) => part.type === 'refusal'),
      ...(stopSequence !== undefined && { stopSequence }),
      ...(nativeFinish !== undefined && { native: nativeFinish }),
    }),
    stop_sequence: stopSequence ?? null,
    usage: { ...writeUsage(mergeUsage(answer.usage, summary.usage), answer.serviceTier) },
  };
  return body satisfies CoreMessage;
}

/** Clients expect the API's prefix, and log this id. */
export function messageId(context: AnswerContext): string {
  return `msg_${context.requestId}`;
}

/** Citations stand in the block that holds the end of their words; those of no words in particular in the last one. */
function encodeParts({ parts, citations = [] }: Answer, thinks: boolean): JsonObject[] {
  const texts = parts.filter((part) => part.type === 'text');
  let end = 0;
  return parts.flatMap((part) => {
    if (part.type !== 'text') return encodePart(part, thinks);
    const start = end;
    end += part.text.length;
    const isLast = part === texts.at(-1);
    const own = citations.filter(({ end: at }) => (at === undefined ? isLast : at > start && (isLast || at <= end)));
    const written = own.flatMap((citation) => writeCitation(citation) ?? []);
    // Left out rather than null, as the vendor does: clients that check answers by a schema refuse the null.
    return [{ type: 'text', text: part.text, ...(written.length > 0 && { citations: written }) }];
  });
}

function encodePart(part: Part, thinks: boolean): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text }];
    case 'reasoning':
      return encodeReasoning(part, thinks);
    case 'tool-call': {
      const parsed = parseJson(part.arguments);
      const input = parsed.ok ? objectOf(parsed.value) : {};
      return [{ type: 'tool_use', id: encodeToolCallId(part.id, 'anthropic'), name: part.name, input }];
    }
    case 'foreign':
      if (part.dialect !== 'anthropic-messages') return [];
      return isJsonObject(part.value) ? [part.value] : [];
    case 'image':
    case 'file':
    case 'audio':
    case 'tool-result':
      return [];
  }
}

function encodeReasoning(part: Extract<Part, { type: 'reasoning' }>, thinks: boolean): JsonObject[] {
  const { text, opaque } = part;
  const own = opaque?.dialect === 'anthropic-messages' ? objectOf(opaque.value) : {};
  if (typeof own.redacted === 'string') return [{ type: 'redacted_thinking', data: own.redacted }];
  const signature = signatureFor(text !== '', opaque, thinks);
  return text === '' && signature === '' ? [] : [{ type: 'thinking', thinking: text, signature }];
}
