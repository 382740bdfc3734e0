import type { Quirks } from '../../model/quirks.ts';
import { hash64 } from '../../model/text-hash.ts';

/** Whose rules the ids of tool calls have to satisfy. */
export type ToolCallIdRule = Quirks['toolCallIds'] | 'openai-responses' | 'anthropic' | 'gemini';

interface Rule {
  readonly accepts: RegExp;
  /** Where one id must not stand for two calls: within one turn, or in the whole conversation. */
  readonly unique: 'turn' | 'conversation';
  encode(id: string): string;
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const RULES: Readonly<Record<ToolCallIdRule, Rule>> = {
  // OpenAI answers 400 `string_above_max_length` to ids above 40 characters; any character goes.
  any: { accepts: /^[\s\S]{1,40}$/, unique: 'turn', encode: (id) => `call_${base62(id, 11)}` },
  // Mistral: "must be a-z, A-Z, 0-9, with a length of 9".
  'nine-alphanumerics': { accepts: /^[a-zA-Z0-9]{9}$/, unique: 'turn', encode: (id) => base62(id, 9) },
  // OpenAI takes 64 characters here, and pairs outputs with calls wherever in the input they stand.
  'openai-responses': {
    accepts: /^[\s\S]{1,64}$/,
    unique: 'conversation',
    encode: (id) => `call_${base62(id, 11)}`,
  },
  // Anthropic: `tool_use.id` must match ^[a-zA-Z0-9_-]+$, at most 64 characters; "`tool_use` ids must be unique".
  anthropic: { accepts: /^[a-zA-Z0-9_-]{1,64}$/, unique: 'conversation', encode: (id) => `toolu_${base62(id, 11)}` },
  // No rule is published; calls and responses are paired by id where there is one, else by name and order.
  gemini: { accepts: /^[\s\S]{1,128}$/, unique: 'turn', encode: (id) => `call_${base62(id, 11)}` },
};

/**
 * The id by which a target knows a call. Acceptable ids stay as they are; any other gives a hash of itself, so that the
 * call and its result meet again without a table, in every attempt and on every replica.
 */
export function encodeToolCallId(id: string, rule: ToolCallIdRule): string {
  const { accepts, encode } = RULES[rule];
  return accepts.test(id) ? id : encode(id);
}

/**
 * The ids of one conversation on their way to a target, each call told before its result. Some providers number their
 * calls from zero in every answer, or give two calls of one answer the same id: where the target refuses that, later
 * calls get ids of their own, and results go to the calls in order.
 *
 * The same history gives the same ids each time: an id depends on nothing that comes after it.
 */
export class ToolCallIds {
  readonly #rule: ToolCallIdRule;
  /** Ids sent → the calls they stand for. */
  readonly #taken = new Map<string, string>();
  readonly #times = new Map<string, number>();
  /** By the caller's id, the ids sent for calls of this turn that have no result yet. */
  readonly #open = new Map<string, string[]>();
  readonly #last = new Map<string, string>();

  constructor(rule: ToolCallIdRule) {
    this.#rule = rule;
  }

  /** A turn of the assistant begins: what was not answered by now never will be. */
  beginTurn(): void {
    this.#open.clear();
    if (RULES[this.#rule].unique === 'conversation') return;
    this.#taken.clear();
    this.#times.clear();
  }

  call(id: string): string {
    const times = (this.#times.get(id) ?? 0) + 1;
    this.#times.set(id, times);
    const call = times === 1 ? id : `${id}#${times}`;
    let sent = encodeToolCallId(call, this.#rule);
    for (let salt = 1; (this.#taken.get(sent) ?? call) !== call; salt += 1) {
      sent = RULES[this.#rule].encode(`${call}#${salt}`);
    }
    this.#taken.set(sent, call);
    this.#last.set(id, sent);
    this.#open.set(id, [...(this.#open.get(id) ?? []), sent]);
    return sent;
  }

  result(id: string): string {
    return this.#open.get(id)?.shift() ?? this.#last.get(id) ?? encodeToolCallId(id, this.#rule);
  }
}

/** What gives calls and their results the ids that a target knows them by. */
export type CallIds = Pick<ToolCallIds, 'beginTurn' | 'call' | 'result'>;

/** Ids as they are: for what is adapted later, or by somebody else. */
export const UNCHANGED_IDS: CallIds = { beginTurn: () => {}, call: (id) => id, result: (id) => id };

/** `length` characters of a 64-bit hash in base 62 (11 hold all of it, 9 hold 53 bits). */
function base62(text: string, length: number): string {
  let rest = hash64(text);
  let out = '';
  for (let i = 0; i < length; i += 1) {
    out += LETTERS.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return out;
}
