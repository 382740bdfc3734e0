import { type Answer, AnswerCollector } from '../model/answer.ts';
import { type ChatEvent, isMeaningful } from '../model/chat-event.ts';
import type { Fault } from '../model/fault.ts';
import type { ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import { CHARS_PER_TOKEN, MAX_HELD_BYTES, MAX_HELD_EVENTS, MAX_WHOLE_ANSWER_BYTES } from './engine-defaults.ts';
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

/**
 * What stands between the attempts and the caller: holds events back until the commit point, withholds the end of
 * the answer until it has been verified and recorded, and remembers what the caller has already seen.
 */
export class Delivery {
  readonly #sink: AnswerSink;
  readonly #hold: Hold;
  readonly #stream: boolean;
  readonly #onCommit: () => Opening;
  #held: ChatEvent[] = [];
  #heldBytes = 0;
  #heldChars = 0;
  #tail: ChatEvent[] | undefined;
  #collector = new AnswerCollector();
  #committed = false;
  #opened = false;
  #sentText = '';
  #sentOther = false;

  constructor(sink: AnswerSink, how: { hold: Hold; stream: boolean }, onCommit: () => Opening) {
    this.#sink = sink;
    this.#hold = how.hold;
    this.#stream = how.stream;
    this.#onCommit = onCommit;
  }

  get committed(): boolean {
    return this.#committed;
  }

  /** Text that the caller has already been given. */
  get sentText(): string {
    return this.#sentText;
  }

  /** The caller was given more than text and thinking: a tool call, a refusal, a foreign block. */
  get sentMoreThanText(): boolean {
    return this.#sentOther;
  }

  /** Forgets what an attempt before the commit point produced. After it there is nothing to forget. */
  restart(): void {
    if (this.#committed) return;
    this.#held = [];
    this.#heldBytes = 0;
    this.#heldChars = 0;
    this.#tail = undefined;
    this.#collector = new AnswerCollector();
  }

  /** After a switch: the end that the broken attempt may have begun does not count. */
  dropTail(): void {
    this.#tail = undefined;
  }

  /** The answer so far, as the caller would know it; of several alternatives the first. */
  answer(): Answer {
    return this.#collector.answer();
  }

  /** Takes the next events. Gives a fault when they exceed what may be held back. */
  push(events: readonly ChatEvent[]): Fault | undefined | Promise<undefined> {
    const out: ChatEvent[] = [];
    for (const event of events) {
      if ((event.choice ?? 0) === 0) this.#collector.push(event);
      if (this.#tail) this.#withhold(this.#tail, event);
      else if (event.type === 'finish') this.#tail = [event];
      else if (this.#committed) out.push(event);
      else this.#holdBack(event, out);
    }
    if (this.#heldBytes > this.#limit()) return tooLarge(this.#heldBytes);
    return this.#write(out);
  }

  /** The end of the answer: what is still held and what was withheld. The caller of this writes it. */
  rest(): readonly ChatEvent[] {
    return this.#tail ? [...this.#held, ...this.#tail] : this.#held;
  }

  #withhold(tail: ChatEvent[], event: ChatEvent): void {
    tail.push(event);
    this.#heldBytes += bytesOf(event);
  }

  #holdBack(event: ChatEvent, out: ChatEvent[]): void {
    // However many of these come, they are no content: they neither commit nor are they kept.
    if (event.type === 'note' && this.#held.length >= MAX_HELD_EVENTS - 1) return;
    this.#held.push(event);
    this.#heldBytes += bytesOf(event);
    if (isMeaningful(event)) this.#heldChars += charsOf(event);
    if (!this.#commits(event)) return;
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
    if (event.type === 'text' && (event.choice ?? 0) === 0) this.#sentText += event.text;
    else if (isMeaningful(event) && event.type !== 'reasoning') this.#sentOther = true;
  }
}

function tooLarge(bytes: number): Fault {
  return {
    kind: 'bad-response',
    what: 'too-large',
    message: `an answer of more than ${bytes} bytes cannot be held back whole`,
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
