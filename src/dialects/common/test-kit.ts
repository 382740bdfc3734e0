import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, EncodeContext, ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import type { TargetDialectName } from '../../model/dialect-name.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';

/** What the tests of several dialects share. */
let ids = 0;
export function newId(): string {
  ids += 1;
  return `id${String(ids).padStart(16, '0')}`;
}

export function reading(change: Partial<ReadingContext> = {}): ReadingContext {
  return { toolNames: new Map(), finishOptional: false, newId, ...change };
}

export function encodeContextFor(
  dialect: TargetDialectName,
  quirks: Partial<Quirks> = {},
  model = 'model-x',
): EncodeContext {
  return {
    target: {
      id: `provider-x/${model}`,
      provider: 'provider-x',
      model,
      dialect,
      lane: `provider-x/${model}`,
      capabilities: UNKNOWN_CAPABILITIES,
      quirks: { ...DEFAULT_QUIRKS, ...quirks },
    },
    newId,
  };
}

/** A request of a caller of another dialect. */
export function foreignRequest(change: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'anthropic-messages',
    model: 'route-x',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: true,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    requires: [],
    conversationEdited: false,
    ...change,
  };
}

export function answerContextFor(request: ChatRequest, change: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request,
    requestId: 'req1',
    createdAt: 1_700_000_000,
    sameDialect: true,
    model: 'model-x',
    annotate: true,
    ...change,
  };
}

export const summary: ServedSummary = {
  requestId: 'req1',
  route: 'route-x',
  servedBy: 'provider-x/model-x',
  attempts: 1,
  adapted: [],
  usage: {},
};

/** A whole stream through a decoder. */
export function decodeAll(decoder: StreamDecoder, frames: readonly SseFrame[]): ChatEvent[] {
  const events = frames.flatMap((frame) => decoder.push(frame));
  events.push(...decoder.end());
  return events;
}

/** Events without their frames and without those that mean nothing. */
export function meanings(events: readonly ChatEvent[]): ChatEvent[] {
  return events.filter((event) => event.type !== 'note').map(({ frame: _, ...event }) => event as ChatEvent);
}
