import type { Message, Part, ToolCallPart, ToolResultPart } from '../../model/conversation.ts';
import type { LossList } from './losses.ts';

/** What a call is answered with whose result the conversation does not hold. */
const NO_RESULT = 'No result was given for this call.';

/**
 * The conversation with every tool call answered right after the turn that made it, which is what all providers demand
 * and some callers' dialects do not: results that stand further on move up, a call without one gets a stand-in, and a
 * result without a call becomes text. Conversations that are in order come back as they are.
 */
export function completeToolRounds(messages: readonly Message[], losses: LossList): readonly Message[] {
  return isInOrder(messages) ? messages : new Rounds(messages, losses).completed();
}

/** Every result answers an open call, and nothing else is said while one is open. */
function isInOrder(messages: readonly Message[]): boolean {
  const open: string[] = [];
  for (const { role, parts } of messages) {
    if (role === 'assistant' && open.length > 0) return false;
    for (const part of parts) {
      if (part.type === 'tool-call') open.push(part.id);
      else if (part.type === 'tool-result') {
        const at = open.indexOf(part.callId);
        if (at === -1) return false;
        open.splice(at, 1);
      } else if (role !== 'assistant' && open.length > 0) return false;
    }
  }
  return open.length === 0;
}

class Rounds {
  readonly #messages: readonly Message[];
  readonly #losses: LossList;
  readonly #used = new Set<ToolResultPart>();
  readonly #out: Message[] = [];
  /** Turns of the assistant without a turn of anybody else's between them: their calls were made side by side. */
  #asking: Message | undefined;
  #calls: (readonly [ToolCallPart, path: string])[] = [];

  constructor(messages: readonly Message[], losses: LossList) {
    this.#messages = messages;
    this.#losses = losses;
  }

  completed(): Message[] {
    for (const [at, message] of this.#messages.entries()) {
      if (message.role === 'assistant') this.#ask(message, at);
      else {
        this.#answer(at);
        this.#say(message, at);
      }
    }
    this.#answer(this.#messages.length);
    return this.#out;
  }

  #ask(message: Message, at: number): void {
    if (this.#calls.length === 0) this.#answer(at);
    this.#asking = { ...message, parts: [...(this.#asking?.parts ?? []), ...message.parts] };
    for (const [index, part] of message.parts.entries()) {
      if (part.type === 'tool-call') this.#calls.push([part, `messages[${at}].content[${index}]`]);
    }
  }

  /** Ends the assistant's turn with the results of its calls, which stand anywhere from `from` on. */
  #answer(from: number): void {
    if (this.#asking) this.#out.push(this.#asking);
    const results = this.#calls.map(([call, path]) => this.#resultOf(call, from) ?? this.#standIn(call, path));
    if (results.length > 0) this.#out.push({ role: 'tool', parts: results });
    this.#asking = undefined;
    this.#calls = [];
  }

  /** Results that were moved to their calls are gone from here; one that answers nothing stays as text. */
  #say(message: Message, at: number): void {
    const parts = message.parts.flatMap((part, index): readonly Part[] => {
      if (part.type !== 'tool-result') return [part];
      if (this.#used.has(part)) return [];
      const path = `messages[${at}].content[${index}]`;
      this.#losses.grave(path, 'sent as text: the conversation holds no call that it could answer');
      return part.content;
    });
    if (parts.length === 0 && message.parts.length > 0) return;
    this.#out.push(message.role === 'tool' ? { role: 'user', parts } : { ...message, parts });
  }

  #resultOf({ id }: ToolCallPart, from: number): ToolResultPart | undefined {
    for (const { parts } of this.#messages.slice(from)) {
      for (const part of parts) {
        if (part.type !== 'tool-result' || part.callId !== id || this.#used.has(part)) continue;
        this.#used.add(part);
        return part;
      }
    }
    return undefined;
  }

  #standIn({ id }: ToolCallPart, path: string): ToolResultPart {
    this.#losses.grave(path, 'a result was made up: the target demands one');
    return { type: 'tool-result', callId: id, content: [{ type: 'text', text: NO_RESULT }], isError: true };
  }
}
