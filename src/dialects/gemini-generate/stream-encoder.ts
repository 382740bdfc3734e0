import { mergeUsage } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { AnswerContext, StreamEncoder } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ChosenToken } from '../../model/logprob.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { parseTargetId } from '../../model/target.ts';
import type { Usage } from '../../model/usage.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { annotation } from '../common/annotation.ts';
import { encodeFailure } from './encode-failure.ts';
import { carriesFinish, carriesParts, withField, withoutEnd } from './forwarded-frame.ts';
import { type Beside, type Ended, ResponseWriter } from './response-writer.ts';

/**
 * Writes `streamGenerateContent`: responses with a piece of the answer each, the last one with the finish reason, and
 * no terminator. How they are framed, as events or as one JSON array, is the edge's business.
 */
export function streamEncoder(context: AnswerContext): StreamEncoder {
  return new GeminiStreamEncoder(context);
}

interface OpenBeside extends Beside {
  readonly citations: Citation[];
  readonly logprobs: ChosenToken[];
}

/** Forwards the provider's own frames where it can, and follows them so that it can go on by itself after a switch. */
class GeminiStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #writer: ResponseWriter;
  readonly #finishes = new Map<number, Ended>();
  /** Goes out with the end, by alternative. */
  readonly #beside = new Map<number, OpenBeside>();
  #usage: Usage = {};
  #forwarding: boolean;
  #forwardedAny = false;
  /** The frame that carries the end and all after it: owed until the answer is known to be good. */
  #held: SseFrame[] = [];
  /** Told with the next piece: clients drop whole turns for a piece without content. */
  #note: JsonObject | undefined;
  #over = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#writer = new ResponseWriter(context);
    this.#forwarding = context.sameDialect;
  }

  push(event: ChatEvent): SseFrame[] {
    if (this.#over) return [];
    if (event.type === 'switch') return this.#switch(event);
    this.#follow(event);
    return this.#forwarding ? this.#forward(event) : this.#write(event);
  }

  close(summary: ServedSummary): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    const understudy = this.#context.annotate ? annotation(summary) : undefined;
    const out = this.#held;
    const end = out.findLastIndex(carriesFinish);
    const last = out[end];
    // This provider names no end, or the end is ours to write.
    if (last === undefined) return [...out, this.#end(summary, understudy)];
    if (understudy) out[end] = withField(last, 'understudy', understudy);
    return out;
  }

  /** `error` in place of a response: what official SDKs throw on, in the middle of a stream too. */
  fail(failure: Failure): SseFrame[] {
    if (this.#over) return [];
    this.#over = true;
    return [{ kind: 'sse', data: JSON.stringify(encodeFailure(failure)) }];
  }

  #follow(event: ChatEvent): void {
    const choice = event.choice ?? 0;
    if (event.type === 'start' && this.#forwarding) this.#writer.identify(event.id, event.model);
    if (event.type === 'start') this.#writer.serve(event.serviceTier);
    else if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    else if (event.type === 'text') this.#besideOf(choice).text.add(event.text);
    else if (event.type === 'citation') this.#besideOf(choice).citations.push(event.citation);
    else if (event.type === 'logprobs' && event.of === 'text') {
      for (const token of event.tokens) this.#besideOf(choice).logprobs.push(token);
    } else if (event.type === 'finish' && !this.#finishes.has(choice)) {
      const { reason, native } = event;
      this.#finishes.set(choice, { choice, reason, ...(native !== undefined && { native }) });
    }
  }

  #besideOf(choice: number): OpenBeside {
    const beside = this.#beside.get(choice) ?? { text: new CitedText(), citations: [], logprobs: [] };
    this.#beside.set(choice, beside);
    return beside;
  }

  #forward(event: ChatEvent): SseFrame[] {
    const { frame } = event;
    if (frame?.kind === 'body' || (frame === undefined && !this.#forwardedAny)) {
      // There are no frames to forward: a server answered a stream with a whole body.
      this.#forwarding = false;
      return this.#write(event);
    }
    this.#forwardedAny = true;
    // Words of other APIs, which clients of this one would try to read as a response.
    if (frame === undefined || event.type === 'fault' || ['', '[DONE]'].includes(frame.data.trim())) return [];
    const ends = carriesFinish(frame);
    if (!ends && this.#held.length === 0) return [frame];
    if (!carriesParts(frame)) {
      this.#held.push(frame);
      return [];
    }
    const released = this.#held;
    this.#held = ends ? [frame] : [];
    return ends ? released : [...released, frame];
  }

  #write(event: ChatEvent): SseFrame[] {
    const parts = this.#writer.parts(event);
    return parts.length === 0 ? [] : [this.#frame(this.#writer.piece(parts, event.choice ?? 0))];
  }

  #end(summary: ServedSummary, understudy: JsonObject | undefined): SseFrame {
    const ended = [...this.#finishes.values()];
    if (ended.length === 0) ended.push({ choice: 0, reason: 'stop' });
    const whole = ended.map((end) => ({ ...end, ...this.#beside.get(end.choice) }));
    return this.#frame(this.#writer.end(whole, mergeUsage(this.#usage, summary.usage)), understudy);
  }

  #frame(response: JsonObject, understudy?: JsonObject): SseFrame {
    const told = { ...this.#note, ...understudy };
    this.#note = undefined;
    const value = Object.keys(told).length > 0 ? { ...response, understudy: told } : response;
    return { kind: 'sse', data: JSON.stringify(value) };
  }

  /** What was held for its end is content that the engine counts as sent: it goes out, the end does not. */
  #switch(event: Extract<ChatEvent, { type: 'switch' }>): SseFrame[] {
    const { from, to, how } = event;
    const released = this.#held.flatMap((frame) => withoutEnd(frame) ?? []);
    this.#held = [];
    this.#forwarding = false;
    this.#finishes.clear();
    this.#writer.dropOpenCalls();
    this.#writer.identify(undefined, parseTargetId(to)?.model);
    if (this.#context.annotate) this.#note = { switched: { from, to, how } };
    return released;
  }
}
