import { type Answer, AnswerCollector } from '../model/answer.ts';
import { type ChatEvent, isMeaningful } from '../model/chat-event.ts';
import type { Fault } from '../model/fault.ts';
import { GatheredText } from '../model/gathered-text.ts';
import type { ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import {
  CHARS_PER_TOKEN,
  MAX_ANSWER_CHARS,
  MAX_HELD_BYTES,
  MAX_HELD_EVENTS,
  MAX_WHOLE_ANSWER_BYTES,
} from './engine-defaults.ts';
import type { Hold } from './route.ts';

/** What is known at the commit point. */
export interface Opening {
  /** The target whose answer this is. */
  readonly target: Target;
  readonly summary: ServedSummary;
}

/** Where a caller's answer goes. */
export interface AnswerSink {
  /** The commit point: the status line may go out. Called at most once, before the first `write`. */
  open(opening: Opening): void;
  /** Events for the caller, in order. A promise means: the reader is slow, wait before you send more. */
  write(events: readonly ChatEvent[]): void | Promise<void>;
}

export interface DeliveryRule {
  readonly hold: Hold;
  readonly stream: boolean;
  /** Why an alternative that has ended must not pass for an answer. */
  readonly verify: (answer: Answer) => Fault | undefined;
  /** Asked once, at the commit point: a fault where another answer was taken already, and this one must not begin. */
  readonly claim?: () => Fault | undefined;
}

/**
 * What stands between the attempts and the caller: holds events back until the commit point, withholds the end of
 * the answer until it has been verified and recorded, and remembers what the caller has already seen.
 */
export class Delivery {
  readonly #sink: AnswerSink;
  readonly #hold: Hold;
  readonly #stream: boolean;
  readonly #verify: (answer: Answer) => Fault | undefined;
  readonly #claim: (() => Fault | undefined) | undefined;
  readonly #onCommit: () => Opening;
  #held: ChatEvent[] = [];
  #heldBytes = 0;
  #heldChars = 0;
  #chars = 0;
  #tail: ChatEvent[] | undefined;
  #tailBytes = 0;
  readonly #collectors = new Map<number, AnswerCollector>();
  /** Alternatives whose end has come, and those of them that were found good. */
  readonly #finished = new Set<number>();
  readonly #verified = new Set<number>();
  #begun = false;
  #refused: Fault | undefined;
  #committed = false;
  #opened = false;
  readonly #sentText = new GatheredText();
  #sentOther = false;
  #rewritten = false;

  constructor(sink: AnswerSink, how: DeliveryRule, onCommit: () => Opening) {
    this.#sink = sink;
    this.#hold = how.hold;
    this.#stream = how.stream;
    this.#verify = how.verify;
    this.#claim = how.claim;
    this.#onCommit = onCommit;
  }

  get committed(): boolean {
    return this.#committed;
  }

  /** Content has come, be it held back or given to the caller. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Text that the caller has already been given. */
  get sentText(): string {
    return this.#sentText.text;
  }

  /** The caller was given more than text and thinking: a tool call, a refusal, a foreign block. */
  get sentMoreThanText(): boolean {
    return this.#sentOther;
  }

  /** Forgets what an attempt before the commit point produced. After it there is nothing to forget. */
  restart(): void {
    if (this.#committed) return;
    this.#begun = false;
    this.#rewritten = false;
    this.#held = [];
    this.#heldBytes = 0;
    this.#heldChars = 0;
    this.#chars = 0;
    this.dropTail();
    this.#collectors.clear();
    this.#verified.clear();
  }

  /** After a switch: the end that the broken attempt may have begun does not count. */
  dropTail(): void {
    this.#tail = undefined;
    this.#tailBytes = 0;
    this.#finished.clear();
  }

  /** The answer so far, as the caller would know it; of several alternatives the first. */
  answer(): Answer {
    return this.#collectorOf(0).answer();
  }

  /** Every alternative so far, the first of them always. */
  answers(): { readonly choice: number; readonly answer: Answer }[] {
    this.#collectorOf(0);
    return [...this.#collectors].map(([choice, collector]) => ({ choice, answer: collector.answer() }));
  }

  /** What is held is no longer what the provider sent. */
  get rewritten(): boolean {
    return this.#rewritten;
  }

  /**
   * Puts a text in the place of the one that an alternative has, and of what was said about that one. Throws where
   * something of the answer has been given away.
   */
  replaceText(choice: number, text: string): void {
    if (this.#committed) throw new Error('the caller has part of this answer already');
    const events = withText(this.rest(), choice, text);
    this.#held = events;
    this.#tail = undefined;
    this.#collectors.clear();
    for (const event of events) this.#collectorOf(event.choice ?? 0).push(event);
    this.#rewritten = true;
  }

  /** Takes the next events. Gives a fault when they exceed what may be held back, or what an answer may have. */
  push(events: readonly ChatEvent[]): Fault | undefined | Promise<undefined> {
    const out: ChatEvent[] = [];
    for (const event of events) {
      const choice = event.choice ?? 0;
      this.#chars += charsOf(event);
      if (this.#chars > MAX_ANSWER_CHARS) return endless();
      this.#collectorOf(choice).push(event);
      if (this.#tail && isMeaningful(event) && !this.#finished.has(choice)) {
        const fault = this.#verifyFinished();
        if (fault) return fault;
        this.#releaseTail(out);
      }
      if (event.type === 'finish') this.#finished.add(choice);
      if (this.#tail) this.#withhold(this.#tail, event);
      else if (event.type === 'finish') this.#tail = [event];
      else if (this.#committed) out.push(event);
      else this.#holdBack(event, out);
    }
    if (this.#refused) return this.#refused;
    const bytes = this.#heldBytes + this.#tailBytes;
    if (bytes > this.#limit()) return tooLarge(bytes);
    return this.#write(out);
  }

  /** The end of the answer: what is still held and what was withheld. The caller of this writes it. */
  rest(): readonly ChatEvent[] {
    return this.#tail ? [...this.#held, ...this.#tail] : this.#held;
  }

  #withhold(tail: ChatEvent[], event: ChatEvent): void {
    tail.push(event);
    this.#tailBytes += bytesOf(event);
  }

  #collectorOf(choice: number): AnswerCollector {
    const collector = this.#collectors.get(choice) ?? new AnswerCollector();
    this.#collectors.set(choice, collector);
    return collector;
  }

  /** An alternative goes on after another has ended: that one is judged before its end goes out. */
  #verifyFinished(): Fault | undefined {
    for (const choice of this.#finished) {
      if (this.#verified.has(choice)) continue;
      const fault = this.#verify(this.#collectorOf(choice).answer());
      if (fault) return fault;
      this.#verified.add(choice);
    }
    return undefined;
  }

  #releaseTail(out: ChatEvent[]): void {
    const released = this.#tail ?? [];
    this.#tail = undefined;
    this.#tailBytes = 0;
    for (const event of released) {
      if (this.#committed) out.push(event);
      else this.#holdBack(event, out);
    }
  }

  #holdBack(event: ChatEvent, out: ChatEvent[]): void {
    // However many of these come, they are no content: they neither commit nor are they kept.
    if (event.type === 'note' && this.#held.length >= MAX_HELD_EVENTS - 1) return;
    this.#held.push(event);
    this.#heldBytes += bytesOf(event);
    if (isMeaningful(event)) {
      this.#begun = true;
      this.#heldChars += charsOf(event);
    }
    if (this.#refused || !this.#commits(event)) return;
    this.#refused = this.#claim?.();
    if (this.#refused) return;
    this.#committed = true;
    out.push(...this.#held);
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** A whole answer to a whole request, and a route that holds whole answers, never commit on the way. */
  #commits(event: ChatEvent): boolean {
    if (!this.#stream) return false;
    const full = this.#held.length >= MAX_HELD_EVENTS || this.#heldBytes >= MAX_HELD_BYTES;
    switch (this.#hold.kind) {
      case 'first-content':
        return isMeaningful(event) || full;
      case 'tokens':
        return this.#heldChars / CHARS_PER_TOKEN >= this.#hold.count || (full && this.#heldChars > 0);
      case 'whole-answer':
        return false;
    }
  }

  #limit(): number {
    return this.#stream ? MAX_WHOLE_ANSWER_BYTES : Number.POSITIVE_INFINITY;
  }

  #write(out: readonly ChatEvent[]): undefined | Promise<undefined> {
    if (out.length === 0) return undefined;
    this.#openOnce();
    for (const event of out) this.#remember(event);
    const slow = this.#sink.write(out);
    return slow ? slow.then(() => undefined) : undefined;
  }

  #openOnce(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#sink.open(this.#onCommit());
  }

  #remember(event: ChatEvent): void {
    if (event.type === 'text' && (event.choice ?? 0) === 0) this.#sentText.add(event.text);
    else if (isMeaningful(event) && event.type !== 'reasoning') this.#sentOther = true;
  }
}

/** The events without their frames, which hold the text that is replaced. */
function withText(events: readonly ChatEvent[], choice: number, text: string): ChatEvent[] {
  const out: ChatEvent[] = [];
  let said = false;
  for (const { frame: _, ...event } of events) {
    const own = (event.choice ?? 0) === choice;
    if (own && (event.type === 'citation' || (event.type === 'logprobs' && event.of === 'text'))) continue;
    if (!own || event.type !== 'text') out.push(event);
    else if (!said) {
      out.push({ ...event, text });
      said = true;
    }
  }
  return out;
}

function tooLarge(bytes: number): Fault {
  return {
    kind: 'bad-response',
    what: 'too-large',
    message: `an answer of more than ${bytes} bytes cannot be held back whole`,
  };
}

function endless(): Fault {
  return {
    kind: 'bad-response',
    what: 'too-large',
    message: `the answer goes on beyond ${MAX_ANSWER_CHARS} characters`,
  };
}

function bytesOf(event: ChatEvent): number {
  if (event.frame?.kind === 'sse') return event.frame.data.length;
  return charsOf(event);
}

/** Characters of content in an event; what throughput and token holds are measured in. */
export function charsOf(event: ChatEvent): number {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.text.length;
    case 'tool-call-start':
      return event.name.length;
    case 'tool-call-delta':
      return event.json.length;
    default:
      return 0;
  }
}
