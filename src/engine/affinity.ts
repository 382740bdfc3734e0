import type { ChatRequest } from '../model/chat-request.ts';
import type { Message, Part } from '../model/conversation.ts';
import type { Usage } from '../model/usage.ts';
import { Contexts } from './turn-keys.ts';

/** A conversation that another than the primary serves. */
export interface KeptConversation {
  /** `provider/model`. */
  readonly target: string;
  /** Monotonic moment at which this target took it over. */
  readonly since: number;
  /** Answers that this target has given in it. */
  readonly turns: number;
  /** Of its last answer. */
  readonly usage: Usage;
}

interface Entry {
  readonly kept: KeptConversation;
  readonly keepMs: number;
  usedAt: number;
}

/** Turns that are remembered at most, all routes together; about 300 bytes each. The longest unused goes first. */
export const MAX_KEPT_TURNS = 20_000;

/**
 * Conversations that another than the primary serves. What is not here belongs to the primary: as long as the primary
 * serves everybody, nothing is remembered and nothing hashed. Processes that serve together tell each other.
 */
export class Affinity {
  /** Oldest use first. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxTurns: number;

  constructor(maxTurns: number = MAX_KEPT_TURNS) {
    if (!(Number.isSafeInteger(maxTurns) && maxTurns >= 0)) {
      throw new RangeError(`maxTurns must be an integer of 0 or more, got ${maxTurns}`);
    }
    this.#maxTurns = maxTurns;
  }

  /** Turns that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  find(key: string, now: number): KeptConversation | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (now - entry.usedAt > entry.keepMs) return undefined;
    entry.usedAt = now;
    this.#entries.set(key, entry);
    return entry.kept;
  }

  keep(key: string, kept: KeptConversation, keepMs: number, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { kept, keepMs, usedAt: now });
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#maxTurns && now - entry.usedAt <= entry.keepMs) return;
      this.#entries.delete(oldest);
    }
  }

  /** Those that were used last, at most so many, oldest first. */
  newest(most: number): { readonly key: string; readonly keepMs: number; readonly kept: KeptConversation }[] {
    return [...this.#entries].slice(-most).map(([key, { keepMs, kept }]) => ({ key, keepMs, kept }));
  }

  /** Whether there was anything to forget. */
  forget(key: string): boolean {
    return this.#entries.delete(key);
  }
}

/** Whose conversation it is: what one caller is told is never looked up for another, and routes do not share targets. */
export interface ConversationOf {
  readonly caller: string;
  readonly route: string;
  readonly request: ChatRequest;
}

/** Whether a request goes on with a conversation: somebody has answered in it. */
export function isRunning({ messages }: ChatRequest): boolean {
  return messages.findLastIndex(({ role }) => role === 'assistant') >= 0;
}

/** Key under which a request's conversation is looked up; undefined for one that only begins. */
export function keyOfRequest(of: ConversationOf): string | undefined {
  const { messages, options } = of.request;
  if (options.conversation !== undefined) return named(of, options.conversation);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return last < 0 ? undefined : hashed(of, messages, last + 1);
}

/** Key under which the next request of this conversation will look it up, once it was given this answer. */
export function keyAfterAnswer(of: ConversationOf, answer: readonly Part[]): string {
  const { messages, options } = of.request;
  if (options.conversation !== undefined) return named(of, options.conversation);
  const whole: readonly Message[] = [...messages, { role: 'assistant', parts: answer }];
  return hashed(of, whole, whole.length);
}

function named({ caller, route }: ConversationOf, id: string): string {
  return `${caller}\n${route}\nid\n${id}`;
}

/** Up to the last answer: one that was given to many, or that a prompt shows as an example, is no conversation of ours. */
function hashed({ caller, route }: ConversationOf, messages: readonly Message[], until: number): string {
  return `${caller}\n${route}\nsaid\n${new Contexts(messages).before(until)}`;
}
