import type { ChatEvent, FinishReason, ServedTier } from './chat-event.ts';
import type { Citation } from './citation.ts';
import type { Part } from './conversation.ts';
import { GatheredText } from './gathered-text.ts';
import type { ChosenToken } from './logprob.ts';
import type { Usage } from './usage.ts';

/** One whole answer: its events collected. */
export interface Answer {
  readonly id?: string;
  /** The model name that the provider reported. */
  readonly model?: string;
  readonly serviceTier?: ServedTier;
  readonly fingerprint?: string;
  readonly parts: readonly Part[];
  /** Absent where there are none. */
  readonly citations?: readonly Citation[];
  /** Of the text; absent where nobody told any. */
  readonly logprobs?: readonly ChosenToken[];
  readonly refusalLogprobs?: readonly ChosenToken[];
  readonly finish?: FinishReason;
  readonly nativeFinish?: string;
  readonly stopSequence?: string;
  readonly usage: Usage;
}

/** Later counts replace earlier ones field by field; providers repeat cumulative usage and must not be added up. */
export function mergeUsage(earlier: Usage, later: Usage): Usage {
  const merged: { -readonly [K in keyof Usage]: Usage[K] } = {};
  addCounts(merged, earlier);
  addCounts(merged, later);
  return merged;
}

function addCounts(merged: { -readonly [K in keyof Usage]: Usage[K] }, usage: Usage): void {
  for (const name of Object.keys(usage) as (keyof Usage)[]) {
    const count = usage[name];
    if (count !== undefined) merged[name] = count;
  }
}

/** All text of an answer in one string. */
export function answerText(answer: Answer): string {
  let text = '';
  for (const part of answer.parts) if (part.type === 'text') text += part.text;
  return text;
}

/** Collects the events of one choice (0 unless told) into an answer. Neighbouring pieces of one kind become one part. */
export function collectAnswer(events: Iterable<ChatEvent>, choice = 0): Answer {
  const collector = new AnswerCollector();
  for (const event of events) if ((event.choice ?? 0) === choice) collector.push(event);
  return collector.answer();
}

type Open = { -readonly [K in keyof Answer]: Answer[K] } & {
  parts: Part[];
  citations?: Citation[];
  logprobs?: ChosenToken[];
  refusalLogprobs?: ChosenToken[];
};

/** The collecting state machine, for callers that see the events pass one by one. */
export class AnswerCollector {
  #answer: Open = { parts: [], usage: {} };
  readonly #calls = new Map<number, number>();
  /** What came for the last part since it was written down. */
  #more: GatheredText | undefined;

  push(event: ChatEvent): void {
    const answer = this.#answer;
    switch (event.type) {
      case 'start':
        return this.#start(event);
      case 'text':
      case 'refusal':
        return this.#append(event.type, event.text);
      case 'reasoning':
        return this.#reasoning(event);
      case 'tool-call-start':
        this.#writeDown();
        this.#calls.set(event.index, answer.parts.length);
        answer.parts.push({
          type: 'tool-call',
          id: event.id,
          name: event.name,
          arguments: '',
          ...(event.opaque && { opaque: event.opaque }),
        });
        return;
      case 'tool-call-delta':
        return this.#argue(event.index, event.json);
      case 'citation':
        answer.citations ??= [];
        answer.citations.push(event.citation);
        return;
      case 'logprobs':
        return this.#tokens(event.of === 'text' ? 'logprobs' : 'refusalLogprobs', event.tokens);
      case 'foreign':
        this.#writeDown();
        answer.parts.push(event.part);
        return;
      case 'usage':
        answer.usage = mergeUsage(answer.usage, event.usage);
        return;
      case 'finish':
        answer.finish = event.reason;
        if (event.native !== undefined) answer.nativeFinish = event.native;
        if (event.stopSequence !== undefined) answer.stopSequence = event.stopSequence;
        return;
      case 'tool-call-end':
      case 'fault':
      case 'switch':
      case 'note':
        return;
    }
  }

  answer(): Answer {
    this.#writeDown();
    return { ...this.#answer, parts: [...this.#answer.parts] };
  }

  #start({ id, model, serviceTier, fingerprint }: Extract<ChatEvent, { type: 'start' }>): void {
    const answer = this.#answer;
    if (id) answer.id = id;
    if (model) answer.model = model;
    if (serviceTier) answer.serviceTier = serviceTier;
    if (fingerprint) answer.fingerprint = fingerprint;
  }

  #tokens(of: 'logprobs' | 'refusalLogprobs', tokens: readonly ChosenToken[]): void {
    const list = this.#answer[of] ?? [];
    for (const token of tokens) list.push(token);
    this.#answer[of] = list;
  }

  #append(type: 'text' | 'refusal', text: string): void {
    if (text === '') return;
    if (this.#answer.parts.at(-1)?.type === type) {
      this.#gather(text);
      return;
    }
    this.#writeDown();
    this.#answer.parts.push({ type, text });
  }

  #gather(text: string): void {
    this.#more ??= new GatheredText();
    this.#more.add(text);
  }

  #writeDown(): void {
    if (!this.#more) return;
    const parts = this.#answer.parts;
    const last = parts.at(-1);
    if (last && 'text' in last) parts[parts.length - 1] = { ...last, text: last.text + this.#more.text };
    this.#more = undefined;
  }

  /** A signature closes its block: what comes after belongs to the next one. */
  #reasoning(event: Extract<ChatEvent, { type: 'reasoning' }>): void {
    const parts = this.#answer.parts;
    const last = parts.at(-1);
    if (last?.type === 'reasoning' && !last.opaque) {
      this.#gather(event.text);
      if (!event.opaque) return;
      this.#writeDown();
      const whole = parts.at(-1);
      if (whole?.type === 'reasoning') parts[parts.length - 1] = { ...whole, opaque: event.opaque };
    } else if (event.text !== '' || event.opaque) {
      this.#writeDown();
      parts.push({ type: 'reasoning', text: event.text, ...(event.opaque && { opaque: event.opaque }) });
    }
  }

  #argue(index: number, json: string): void {
    const at = this.#calls.get(index);
    const part = at === undefined ? undefined : this.#answer.parts[at];
    if (at === undefined || part?.type !== 'tool-call') return;
    this.#answer.parts[at] = { ...part, arguments: part.arguments + json };
  }
}
