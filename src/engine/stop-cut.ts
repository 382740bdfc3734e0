import type { ChatEvent } from '../model/chat-event.ts';

interface Choice {
  /** Text that may be the beginning of a sequence, or stand before one. */
  held: string;
  /** What is told of text that is held: its tokens, its sources. */
  beside: ChatEvent[];
  ended: boolean;
}

/**
 * Ends an answer before the first of some sequences, for targets that cannot be told of them. What may still become a
 * sequence is held back; the sequence itself, and whatever the target says after it, reaches nobody.
 */
export class StopCut {
  readonly #sequences: readonly string[];
  readonly #longest: number;
  readonly #wanted: number;
  readonly #choices = new Map<number, Choice>();

  /** `sequences`: none of them empty; `choices`: alternatives asked for. Throws `RangeError` for an empty sequence. */
  constructor(sequences: readonly string[], choices: number) {
    if (sequences.includes('')) throw new RangeError('a stop sequence must not be empty');
    this.#sequences = sequences;
    this.#longest = Math.max(0, ...sequences.map((sequence) => sequence.length));
    this.#wanted = choices;
  }

  /** Every alternative has met its sequence: nothing more is wanted of the target. */
  get done(): boolean {
    return [...this.#choices.values()].filter(({ ended }) => ended).length >= this.#wanted;
  }

  push(events: readonly ChatEvent[]): ChatEvent[] {
    return events.flatMap((event) => this.#follow(event));
  }

  #follow(event: ChatEvent): ChatEvent[] {
    // What was counted counts, whether or not it is shown.
    if (event.type === 'usage' || event.type === 'start' || event.type === 'note') return [event];
    const choice = this.#choiceOf(event.choice ?? 0);
    if (choice.ended) return [];
    if (event.type === 'text') return this.#text(event, choice);
    if (event.type === 'citation' || event.type === 'logprobs') {
      if (choice.held === '') return [event];
      choice.beside.push(event);
      return [];
    }
    const held = choice.held === '' ? [] : [textOf(choice.held, event.choice)];
    choice.held = '';
    return [...held, ...takeBeside(choice), event];
  }

  #text(event: Extract<ChatEvent, { type: 'text' }>, choice: Choice): ChatEvent[] {
    const text = choice.held + event.text;
    const met = this.#firstIn(text);
    if (met !== undefined) {
      choice.ended = true;
      const before = text.slice(0, met.at);
      const end: ChatEvent = { type: 'finish', reason: 'stop', stopSequence: met.sequence, ...inChoice(event.choice) };
      return before === '' ? [end] : [textOf(before, event.choice), end];
    }
    const keep = this.#openEnd(text);
    choice.held = text.slice(text.length - keep);
    const free = text.slice(0, text.length - keep);
    return free === '' ? [] : [textOf(free, event.choice), ...takeBeside(choice)];
  }

  /** The sequence that is complete first, as a model that knew them would have met it; of two the longer. */
  #firstIn(text: string): { at: number; sequence: string } | undefined {
    let first: { at: number; sequence: string } | undefined;
    for (const sequence of this.#sequences) {
      const at = text.indexOf(sequence);
      if (at === -1) continue;
      const sooner = first === undefined ? -1 : at + sequence.length - (first.at + first.sequence.length);
      if (first === undefined || sooner < 0 || (sooner === 0 && at < first.at)) first = { at, sequence };
    }
    return first;
  }

  /** Length of the longest end of a text with which a sequence begins. */
  #openEnd(text: string): number {
    for (let length = Math.min(text.length, this.#longest - 1); length > 0; length -= 1) {
      const end = text.slice(text.length - length);
      if (this.#sequences.some((sequence) => sequence.startsWith(end))) return length;
    }
    return 0;
  }

  #choiceOf(index: number): Choice {
    const known = this.#choices.get(index);
    if (known) return known;
    const fresh: Choice = { held: '', beside: [], ended: false };
    this.#choices.set(index, fresh);
    return fresh;
  }
}

function takeBeside(choice: Choice): ChatEvent[] {
  const taken = choice.beside;
  choice.beside = [];
  return taken;
}

function textOf(text: string, choice: number | undefined): ChatEvent {
  return { type: 'text', text, ...inChoice(choice) };
}

function inChoice(choice: number | undefined): { choice?: number } {
  return choice === undefined ? {} : { choice };
}
