import type { Quirks } from '../../model/quirks.ts';

/** Whose rules the ids of tool calls have to satisfy. */
export type ToolCallIdRule = Quirks['toolCallIds'] | 'anthropic';

interface Rule {
  readonly accepts: RegExp;
  encode(id: string): string;
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const RULES: Readonly<Record<ToolCallIdRule, Rule>> = {
  // OpenAI answers 400 `string_above_max_length` to ids above 40 characters; any character goes.
  any: { accepts: /^[\s\S]{1,40}$/, encode: (id) => `call_${base62(id, 11)}` },
  // Mistral: "must be a-z, A-Z, 0-9, with a length of 9".
  'nine-alphanumerics': { accepts: /^[a-zA-Z0-9]{9}$/, encode: (id) => base62(id, 9) },
  // Anthropic: `tool_use.id` must match ^[a-zA-Z0-9_-]+$, at most 64 characters.
  anthropic: { accepts: /^[a-zA-Z0-9_-]{1,64}$/, encode: (id) => `toolu_${base62(id, 11)}` },
};

/**
 * The id by which a target knows a call. Acceptable ids stay as they are; any other gives a hash of itself, so that the
 * call and its result meet again without a table, in every attempt and on every replica.
 */
export function encodeToolCallId(id: string, rule: ToolCallIdRule): string {
  const { accepts, encode } = RULES[rule];
  return accepts.test(id) ? id : encode(id);
}

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

/** Two 32-bit lanes in the manner of MurmurHash3, with its finalizer; not for secrets. */
function hash64(text: string): bigint {
  let a = 0x9e3779b9 ^ text.length;
  let b = 0x85ebca6b ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca77);
    b = Math.imul(b ^ unit, 0xc2b2ae3d);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return (BigInt(finalize(a ^ (b >>> 7))) << 32n) | BigInt(finalize(b ^ (a << 5)));
}

function finalize(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
