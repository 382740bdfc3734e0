import type { ChatEvent, ServedTier } from '../../model/chat-event.ts';
import type { AnswerContext, StreamEncoder } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { annotation } from '../common/annotation.ts';
import { parseJson } from '../common/frame-json.ts';
import { BlockWriter } from './block-writer.ts';
import { messageId } from './encode-answer.ts';
import { encodeFailure } from './encode-failure.ts';
import { writeStopReason } from './finish-reasons.ts';
import { writeUsage } from './usage.ts';
import { type CoreMessage, objectOf, stringOf } from './wire.ts';

type Finish = Extract<ChatEvent, { type: 'finish' }>;

/** Writes one stream of the Messages API: forwarding the provider's frames, or in its own words, or first one then the other. */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  return new AnthropicStreamEncoder(context);
}

class AnthropicStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #blocks: BlockWriter;
  #forwarding: boolean;
  #started = false;
  #finish: Finish | undefined;
  #tier: ServedTier | undefined;
  /** Frames from the finish on: they go out in `close`, once the answer is verified. */
  readonly #held: SseFrame[] = [];
  #closed = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#blocks = new BlockWriter(context.request.reasoning !== undefined);
    this.#forwarding = context.sameDialect;
  }

  push(event: ChatEvent): SseFrame[] {
    // The dialect knows one answer only.
    if (this.#closed || (event.choice ?? 0) !== 0) return [];
    if (event.type === 'switch') return this.#switch(event);
    if (event.type === 'finish') this.#finish ??= event;
    return this.#forwarding ? this.#forward(event) : this.#write(event);
  }

  #forward(event: ChatEvent): SseFrame[] {
    const { frame } = event;
    this.#blocks.noteEvent(event);
    if (frame === undefined || frame.kind !== 'sse') return [];
    if (event.type === 'fault') return [];
    const type = frameType(frame);
    if (type === 'message_start') this.#started = true;
    this.#blocks.noteFrame(type);
    if (this.#finish === undefined && type !== 'message_stop') return [frame];
    this.#held.push(frame);
    return [];
  }

  #write(event: ChatEvent): SseFrame[] {
    if (event.type === 'start') this.#tier = event.serviceTier;
    if (event.type === 'finish' || event.type === 'usage' || event.type === 'fault') return [];
    return [...this.#start(), ...this.#blocks.write(event)];
  }

  #start(): SseFrame[] {
    if (this.#started) return [];
    this.#started = true;
    const message = {
      id: messageId(this.#context),
      type: 'message' as const,
      role: 'assistant' as const,
      model: this.#context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...writeUsage({}, this.#tier) },
    };
    message satisfies CoreMessage;
    return [jsonFrame({ type: 'message_start', message })];
  }

  /** `type: ping` inside: clients that go by the data skip it, those that go by the event's name do not know it. */
  #switch(event: Extract<ChatEvent, { type: 'switch' }>): SseFrame[] {
    this.#forwarding = false;
    this.#finish = undefined;
    this.#held.length = 0;
    const data = JSON.stringify({
      type: 'ping',
      understudy: { switched: { from: event.from, to: event.to, how: event.how } },
    });
    return [...this.#start(), ...this.#blocks.beginNextTarget(), { kind: 'sse', event: 'understudy', data }];
  }

  close(summary: ServedSummary): SseFrame[] {
    if (this.#closed) return [];
    this.#closed = true;
    const held = this.#held.map((frame) => ({ frame, type: frameType(frame) }));
    const frames = [...this.#start()];
    const delta = held.findIndex(({ type }) => type === 'message_delta');
    if (delta < 0) frames.push(...this.#blocks.closeAll(), this.#delta(summary));
    for (const [at, { frame }] of held.entries()) frames.push(at === delta ? this.#annotated(frame, summary) : frame);
    if (!held.some(({ type }) => type === 'message_stop')) frames.push(jsonFrame({ type: 'message_stop' }));
    return frames;
  }

  #delta(summary: ServedSummary): SseFrame {
    const { stopSequence, native } = this.#finish ?? {};
    const { calledTools, refused } = this.#blocks;
    const signs = {
      calledTools,
      refused,
      ...(stopSequence !== undefined && { stopSequence }),
      ...(native !== undefined && { native }),
    };
    return jsonFrame({
      type: 'message_delta',
      delta: {
        stop_reason: writeStopReason(this.#finish?.reason ?? 'other', signs),
        stop_sequence: stopSequence ?? null,
      },
      usage: { ...writeUsage(summary.usage, undefined) },
      ...(this.#context.annotate && { understudy: annotation(summary) }),
    });
  }

  #annotated(frame: SseFrame, summary: ServedSummary): SseFrame {
    if (!this.#context.annotate) return frame;
    const parsed = parseJson(frame.data);
    if (!parsed.ok || !isJsonObject(parsed.value)) return frame;
    return { ...frame, data: JSON.stringify({ ...parsed.value, understudy: annotation(summary) }) };
  }

  fail(failure: Failure): SseFrame[] {
    if (this.#closed) return [];
    this.#closed = true;
    return [{ kind: 'sse', event: 'error', data: JSON.stringify(encodeFailure(failure)) }];
  }
}

function jsonFrame(value: JsonObject & { readonly type: string }): SseFrame {
  return { kind: 'sse', event: value.type, data: JSON.stringify(value) };
}

/** Most hosts name their events; for the others the data tells. */
function frameType(frame: SseFrame): string {
  if (frame.event !== undefined && frame.event !== '') return frame.event;
  const parsed = parseJson(frame.data);
  return parsed.ok ? stringOf(objectOf(parsed.value).type) : '';
}
