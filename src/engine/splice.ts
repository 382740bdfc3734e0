import type { ChatEvent } from '../model/chat-event.ts';
import type { Fault } from '../model/fault.ts';

/** What a splice makes of the next events: what may go on to the caller, or the news that the answers differ. */
export type Spliced =
  | { readonly ok: true; readonly events: ChatEvent[] }
  | { readonly ok: false; readonly fault: Fault };

/** Joins a second answer to the part of the first that the caller already has. */
export interface Splice {
  push(events: readonly ChatEvent[]): Spliced;
  /** The new answer has reached the point where the caller's copy ends. */
  readonly joined: boolean;
}

/**
 * `resume`: the new answer starts over, and is let through only once it has repeated, character for character, all
 * text that the caller has. One different character ends it: two halves of two answers are not an answer.
 */
export class ResumeSplice implements Splice {
  #missing: string;

  constructor(sentText: string) {
    this.#missing = sentText;
  }

  get joined(): boolean {
    return this.#missing === '';
  }

  push(events: readonly ChatEvent[]): Spliced {
    const out: ChatEvent[] = [];
    for (const event of events) {
      if (this.#missing === '') {
        out.push(withoutFrame(event));
        continue;
      }
      switch (event.type) {
        case 'text': {
          const shared = Math.min(event.text.length, this.#missing.length);
          if (event.text.slice(0, shared) !== this.#missing.slice(0, shared)) return differs();
          this.#missing = this.#missing.slice(shared);
          if (event.text.length > shared) out.push({ type: 'text', text: event.text.slice(shared) });
          break;
        }
        case 'usage':
          out.push(withoutFrame(event));
          break;
        case 'tool-call-start':
        case 'refusal':
        case 'foreign':
        case 'finish':
          return differs();
        // The caller has had the first answer's thinking; the second one's is for nobody.
        default:
          break;
      }
    }
    return { ok: true, events: out };
  }
}

/** As much of the answer's own beginning, said again, is no continuation. */
const STARTS_OVER_CHARS = 16;

/**
 * `continue`: the new target was given what the caller has as a prefill and answers with the rest. A target that does
 * not take the prefill, whatever was said of it, starts over: that is noticed before any of it is let through.
 */
export class ContinueSplice implements Splice {
  readonly #beginning: string;
  readonly #sentChars: number;
  #trimmed: string;
  /** Text not yet let through: too short to tell a continuation from a new beginning. */
  #unjudged = '';
  #joined = false;

  /** `sent`: the text that the caller has. The white space at its end, which a prefill has to go without, may come again. */
  constructor(sent: string) {
    this.#trimmed = sent.slice(sent.trimEnd().length);
    this.#sentChars = sent.length;
    this.#beginning = sent.trimStart().slice(0, STARTS_OVER_CHARS);
  }

  get joined(): boolean {
    return this.#joined;
  }

  push(events: readonly ChatEvent[]): Spliced {
    const out: ChatEvent[] = [];
    for (const event of events) {
      if (event.type === 'tool-call-start') return differs();
      if (event.type === 'reasoning' || event.type === 'start') continue;
      // About words that are not let through yet.
      if (event.type === 'citation' && !this.#joined) continue;
      if (event.type === 'text' && !this.#joined) {
        this.#unjudged += this.#afterTrimmed(event.text);
        if (this.#unjudged === '') continue;
        if (this.#startsOver()) return differs();
        if (!this.#maybeStartsOver()) this.#join(out);
      } else {
        if (event.type === 'finish' && !this.#joined) this.#join(out);
        out.push(withoutFrame(event.type === 'citation' ? this.#moved(event) : event));
      }
    }
    return { ok: true, events: out };
  }

  /** Short answers have no beginning that could be told from a phrase. */
  #startsOver(): boolean {
    return this.#beginning.length === STARTS_OVER_CHARS && this.#unjudged.trimStart().startsWith(this.#beginning);
  }

  #maybeStartsOver(): boolean {
    const text = this.#unjudged.trimStart();
    return this.#beginning.length === STARTS_OVER_CHARS && this.#beginning.startsWith(text);
  }

  /** Its own text begins where the caller's ends. */
  #moved(event: Extract<ChatEvent, { type: 'citation' }>): ChatEvent {
    const { start, end } = event.citation;
    if (start === undefined || end === undefined) return event;
    const citation = { ...event.citation, start: start + this.#sentChars, end: end + this.#sentChars };
    return { ...event, citation };
  }

  #join(out: ChatEvent[]): void {
    this.#joined = true;
    if (this.#unjudged !== '') out.push({ type: 'text', text: this.#unjudged });
  }

  /** The white space may come again in pieces of any size, in part, or not at all. */
  #afterTrimmed(text: string): string {
    let shared = 0;
    while (shared < this.#trimmed.length && text[shared] === this.#trimmed[shared]) shared += 1;
    const rest = text.slice(shared);
    this.#trimmed = rest === '' ? this.#trimmed.slice(shared) : '';
    return rest;
  }
}

/** The frames of the second answer count from their own beginning; the caller's answer is in its middle. */
function withoutFrame(event: ChatEvent): ChatEvent {
  if (event.frame === undefined) return event;
  const { frame: _, ...rest } = event;
  return rest as ChatEvent;
}

function differs(): Spliced {
  return {
    ok: false,
    fault: {
      kind: 'bad-response',
      what: 'malformed',
      message: 'the new answer does not repeat what the caller already has',
    },
  };
}
