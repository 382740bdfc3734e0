import { mergeUsage } from '../../model/answer.ts';
import type { ChatEvent, FinishReason } from '../../model/chat-event.ts';
import type { AnswerContext, StreamEncoder } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import { isJsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { parseTargetId } from '../../model/target.ts';
import type { Usage } from '../../model/usage.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { annotation } from '../common/annotation.ts';
import { encodeFailure } from './encode-failure.ts';
import { ForwardedAnswer } from './forwarded-answer.ts';
import { isTerminal, withAnnotation } from './forwarded-frame.ts';
import { ResponseWriter } from './response-writer.ts';

export function streamEncoder(context: AnswerContext): StreamEncoder {
  return new ResponseStreamEncoder(context);
}

/** Forwards the provider's own frames where it can, and follows them so that it can go on by itself after a switch. */
class ResponseStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #writer: ResponseWriter;
  readonly #forwarded = new ForwardedAnswer();
  #forwarding: boolean;
  #forwardedAny = false;
  #finish: FinishReason | undefined;
  #usage: Usage = {};
  /** The frame that carries the end and all after it: owed until the answer is known to be good. */
  #held: SseFrame[] | undefined;
  #over = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#writer = new ResponseWriter(context);
    this.#forwarding = context.sameDialect;
  }

  push(event: ChatEvent): SseFrame[] {
    // The dialect knows one answer only.
    if (this.#over || (event.choice ?? 0) !== 0) return [];
    if (event.type === 'switch') return this.#switch(event);
    if (event.type === 'finish') this.#finish ??= event.reason;
    else if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    return this.#forwarding ? this.#forward(event) : this.#writer.write(event);
  }

  close(summary: ServedSummary): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    const understudy = this.#context.annotate ? annotation(summary) : undefined;
    const held = this.#held ?? [];
    const end = held.findIndex(isTerminal);
    const terminal = held[end];
    if (this.#forwarding && terminal !== undefined) {
      if (understudy !== undefined) held[end] = withAnnotation(terminal, understudy);
      return held;
    }
    // This provider names no end; the caller's client waits for one.
    if (this.#forwarding) this.#takeOver();
    return this.#writer.finish({ reason: this.#finish ?? 'stop', usage: this.#usage, understudy });
  }

  fail(failure: Failure): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    if (this.#forwarding) this.#takeOver();
    const { error } = encodeFailure(failure);
    return [this.#writer.error(isJsonObject(error) ? error : {})];
  }

  #forward(event: ChatEvent): SseFrame[] {
    const { frame } = event;
    if (frame?.kind === 'body' || (frame === undefined && !this.#forwardedAny)) {
      // There are no frames to forward: a server answered a stream with a whole body, or the decoder rewrote the answer.
      this.#forwarding = false;
      return this.#writer.write(event);
    }
    this.#forwardedAny = true;
    if (frame === undefined || event.type === 'fault') return [];
    if (this.#held !== undefined) this.#held.push(frame);
    else if (event.type === 'finish' || isTerminal(frame)) this.#held = [frame];
    else {
      this.#forwarded.follow(event, frame);
      return [frame];
    }
    return [];
  }

  #takeOver(): void {
    this.#forwarding = false;
    if (this.#forwardedAny) this.#writer.adopt(this.#forwarded.begun(this.#writer.response));
  }

  #switch(event: Extract<ChatEvent, { type: 'switch' }>): SseFrame[] {
    if (this.#forwarding) this.#takeOver();
    this.#held = undefined;
    this.#finish = undefined;
    this.#writer.identify(parseTargetId(event.to)?.model);
    if (!this.#context.annotate) return [];
    return this.#writer.keepalive({ switched: { from: event.from, to: event.to, how: event.how } });
  }
}
