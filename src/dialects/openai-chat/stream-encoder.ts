import { mergeUsage } from '../../model/answer.ts';
import { type ChatEvent, isMeaningful } from '../../model/chat-event.ts';
import type { AnswerContext, StreamEncoder } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { parseTargetId } from '../../model/target.ts';
import type { Usage } from '../../model/usage.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { annotation } from '../common/annotation.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { encodeFailure } from './encode-failure.ts';
import { carriesFinish, finishedIn, isUsageOnly, withField } from './forwarded-frame.ts';
import { DONE } from './wire.ts';

export function streamEncoder(context: AnswerContext): StreamEncoder {
  return new ChatStreamEncoder(context);
}

/** Forwards the provider's own frames where it can, and follows them so that it can go on by itself after a switch. */
class ChatStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #writer: ChunkWriter;
  readonly #finishes = new Map<number, Extract<ChatEvent, { type: 'finish' }>>();
  #usage: Usage = {};
  #forwarding: boolean;
  #forwardedAny = false;
  /** The frame that carries the end and all after it: owed until the answer is known to be good. */
  #held: SseFrame[] | undefined;
  /** Choices whose end stands in a frame that was seen. */
  readonly #ended = new Set<number>();
  #over = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#writer = new ChunkWriter(context);
    this.#forwarding = context.sameDialect;
  }

  push(event: ChatEvent): SseFrame[] {
    if (this.#over) return [];
    if (event.type === 'switch') return this.#switch(event);
    this.#follow(event);
    if (this.#forwarding) return this.#forward(event);
    return this.#writer.write(event);
  }

  close(summary: ServedSummary): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    const understudy = this.#context.annotate ? annotation(summary) : undefined;
    const out = this.#forwarding ? this.#release(understudy) : this.#finish(understudy);
    out.push({ kind: 'sse', data: DONE });
    return out;
  }

  fail(failure: Failure): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    return [{ kind: 'sse', data: JSON.stringify(encodeFailure(failure)) }];
  }

  #follow(event: ChatEvent): void {
    if (event.type === 'start' && this.#forwarding) this.#writer.identify(event.id, event.model);
    else if (event.type === 'text' && this.#forwarding) this.#writer.follow(event);
    else if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    else if (event.type === 'finish' && !this.#finishes.has(event.choice ?? 0)) {
      this.#finishes.set(event.choice ?? 0, event);
    }
  }

  #forward(event: ChatEvent): SseFrame[] {
    const { frame } = event;
    if (frame?.kind === 'body' || (frame === undefined && !this.#forwardedAny)) {
      // There are no frames to forward: a server answered a stream with a whole body, or the decoder rewrote the answer.
      this.#forwarding = false;
      return this.#writer.write(event);
    }
    this.#forwardedAny = true;
    const released = this.#goesOn(event) ? this.#releaseHeld() : [];
    if (frame === undefined) return released;
    for (const choice of finishedIn(frame)) this.#ended.add(choice);
    if (this.#held !== undefined) this.#held.push(frame);
    else if (event.type === 'finish' || carriesFinish(frame)) this.#held = [frame];
    else if (this.#isWanted(frame, event)) released.push(frame);
    return released;
  }

  /** One alternative has ended, and another has not: what was held was not the end of the answer. */
  #goesOn(event: ChatEvent): boolean {
    return this.#held !== undefined && isMeaningful(event) && !this.#ended.has(event.choice ?? 0);
  }

  #releaseHeld(): SseFrame[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held.filter((frame) => this.#isWanted(frame, undefined));
  }

  /** The provider's own terminator and a usage chunk that nobody asked for stay behind. */
  #isWanted(frame: SseFrame, event: ChatEvent | undefined): boolean {
    if (frame.data.trim() === DONE) return false;
    if (this.#context.request.streamUsage || (event !== undefined && event.type !== 'usage')) return true;
    return !isUsageOnly(frame);
  }

  #release(understudy: JsonObject | undefined): SseFrame[] {
    const held = this.#releaseHeld();
    const end = held.findIndex(carriesFinish);
    const finish = held[end];
    // This provider names no end; the caller's client waits for one.
    if (finish === undefined) return [...held, ...this.#endings(understudy)];
    if (understudy !== undefined) held[end] = withField(finish, 'understudy', understudy);
    return held;
  }

  #finish(understudy: JsonObject | undefined): SseFrame[] {
    const out = this.#endings(understudy);
    if (this.#context.request.streamUsage) out.push(...this.#writer.usage(this.#usage));
    return out;
  }

  /** One closing chunk a choice; the first tells how it was served. */
  #endings(understudy: JsonObject | undefined): SseFrame[] {
    const finishes = this.#finishes.size > 0 ? [...this.#finishes.values()] : [{ reason: 'stop' as const, choice: 0 }];
    return finishes.map(({ reason, choice }, at) =>
      this.#writer.finish(choice ?? 0, reason, at === 0 ? understudy : undefined),
    );
  }

  #switch(event: Extract<ChatEvent, { type: 'switch' }>): SseFrame[] {
    this.#forwarding = false;
    this.#held = undefined;
    this.#finishes.clear();
    this.#writer.identify(undefined, parseTargetId(event.to)?.model);
    if (!this.#context.annotate) return [];
    return [this.#writer.note({ switched: { from: event.from, to: event.to, how: event.how } })];
  }
}
