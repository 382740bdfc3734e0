import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Ask } from './ask.ts';
import type { Dice } from './chance.ts';
import { withoutDirectives } from './directive.ts';
import { rambles, refusesOtherwise, renamesKeys, wantsBrevity, wrapsJson } from './habits.ts';
import { valueFor } from './schema-value.ts';

/** Longest part of the question that an answer repeats, in characters. */
const MAX_QUOTE_CHARS = 160;
/** How much of a prompt is searched for a JSON Schema, and how many places in it are tried. */
const MAX_PROMPT_CHARS = 65_536;
const MAX_SCHEMA_TRIES = 20;

const REMARKS = [
  'The short version is that it depends on a few details, and the usual choice works well.',
  'Most people start with the simplest option and change it once they see the effect.',
  'It helps to check the result against one known example before relying on it.',
  'There are two common ways, and the first is easier to undo.',
  'Keep the original at hand, so that you can compare both afterwards.',
  'If the numbers matter, write them down before you change anything.',
] as const;

export const REFUSAL = 'I am not able to help with that one, though I would be glad to look at a related question.';

function quote(text: string): string {
  const bare = withoutDirectives(text);
  if (bare === '') return 'your message';
  return bare.length > MAX_QUOTE_CHARS ? `"${bare.slice(0, MAX_QUOTE_CHARS)}…"` : `"${bare}"`;
}

/** An answer in plain words that mentions what was asked. */
export function proseAnswer(ask: Ask, dice: Dice): string {
  const asked = quote(ask.userText);
  switch (ask.personality) {
    case 'terse':
      return `On ${asked}: ${dice.pick(REMARKS)}`;
    case 'chatty': {
      const remarks = [dice.pick(REMARKS), dice.pick(REMARKS), dice.pick(REMARKS)].join(' ');
      return `What a great question! I would be delighted to help. You asked about ${asked}. ${remarks} I hope that this helps, and please let me know if there is anything else at all that I can do for you!`;
    }
    default: {
      const plain = `You asked about ${asked}. ${dice.pick(REMARKS)} ${dice.pick(REMARKS)}`;
      return rambles(ask) ? ramble(plain, dice) : plain;
    }
  }
}

/** An answer that tells what is known: alone where it is to be short, with a remark otherwise. */
export function factAnswer(fact: string, ask: Ask, dice: Dice): string {
  if (rambles(ask)) return ramble(fact, dice);
  return wantsBrevity(ask) ? fact : `${fact} ${dice.pick(REMARKS)}`;
}

/** Much around little. */
function ramble(text: string, dice: Dice): string {
  const remarks = [dice.pick(REMARKS), dice.pick(REMARKS), dice.pick(REMARKS), dice.pick(REMARKS)].join(' ');
  return `Thank you for asking; this comes up a lot, and it is worth a closer look. ${text} ${remarks} In short, that is all there is to it, and I hope that it makes things a little clearer.`;
}

/** A refusal in words alone, as models give it in an ordinary answer. */
export function forbiddenAnswer(ask: Ask): string {
  return refusesOtherwise(ask)
    ? "That's not something I can help with, though I would be glad to look at another question."
    : "I'm sorry, but I can't help with that.";
}

/** An answer that reports the results of the tools. */
export function resultsAnswer(ask: Ask): string {
  const results = ask.toolResults.map(({ name, text }) => `${name} says: ${text}`).join(' ');
  switch (ask.personality) {
    case 'terse':
      return results;
    case 'chatty':
      return `Good news, I have looked that up for you! ${results} Is there anything else you would like to know?`;
    default:
      return `Here is what I found. ${results}`;
  }
}

/** A word of the question for free strings in JSON and tool arguments: the last capitalised one, else the longest. */
export function topicOf(userText: string): string {
  const words = withoutDirectives(userText).match(/[\p{L}\p{N}]{2,40}/gu) ?? [];
  const named = words.slice(1).findLast((word) => /^\p{Lu}/u.test(word));
  return named ?? words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}

/** The text of a JSON answer, or undefined when the request asks for none. */
export function jsonAnswer(ask: Ask, dice: Dice): string | undefined {
  const source = { dice, topic: topicOf(ask.userText) };
  if (ask.output.kind === 'schema') return JSON.stringify(valueFor(ask.output.schema, source));
  const prompt = `${ask.system}\n${ask.userText}`;
  const prompted = /json/i.test(prompt);
  if (ask.output.kind === 'text' && !prompted) return undefined;
  const schema = promptedSchema(prompt) ?? promptedKeys(prompt);
  if (ask.output.kind === 'text' && schema === undefined) return undefined;
  const value = valueFor(schema ?? keysSchema(['answer', 'topic']), source);
  const shown = renamesKeys(ask) && isJsonObject(value) ? withRenamedKey(value) : value;
  const json = JSON.stringify(shown);
  if (ask.personality === 'chatty' && ask.output.kind === 'text') {
    return `Of course! Here is the JSON you asked for:\n\n\`\`\`json\n${json}\n\`\`\`\n\nLet me know if you need any changes!`;
  }
  return wrapsJson(ask) ? `Sure, here is what I found:\n\n\`\`\`json\n${json}\n\`\`\`\n\nI hope this is useful.` : json;
}

/** A JSON Schema that is written out in the prompt. */
function promptedSchema(prompt: string): JsonObject | undefined {
  const text = prompt.slice(0, MAX_PROMPT_CHARS);
  let start = text.indexOf('{');
  for (let tries = 0; start >= 0 && tries < MAX_SCHEMA_TRIES; tries++) {
    const value = objectAt(text, start);
    if (value && (isJsonObject(value.properties) || isJsonObject(value.items) || value.$ref !== undefined))
      return value;
    start = text.indexOf('{', start + 1);
  }
  return undefined;
}

function objectAt(text: string, start: number): JsonObject | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return parseObject(text.slice(start, i + 1));
  }
  return undefined;
}

function parseObject(json: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Names in quotation marks or backticks, in a prompt that speaks of JSON, are taken for keys. */
function promptedKeys(prompt: string): JsonObject | undefined {
  const keys = [...prompt.slice(0, MAX_PROMPT_CHARS).matchAll(/["`]([A-Za-z_]\w{0,40})["`]/g)].map(
    ([, key = '']) => key,
  );
  return keys.length === 0 ? undefined : keysSchema([...new Set(keys)]);
}

function keysSchema(keys: readonly string[]): JsonObject {
  return { type: 'object', properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])) };
}

function withRenamedKey(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, content], index) => [index === 0 ? `${key}_value` : key, content]),
  );
}
