import { isJsonObject, type JsonObject } from '../model/json.ts';

/** What a user message may order in double brackets, the same on every provider; see docs/simulator.md. */
export interface Directives {
  /** `[[answer: …]]`: exactly this text. */
  readonly answer?: string;
  /** `[[words: N]]`: an answer of N words. */
  readonly words?: number;
  /** `[[tool: name {…}]]`: these calls, where the request offers the tools. */
  readonly calls: readonly { readonly name: string; readonly arguments: JsonObject }[];
  /** `[[fact: …]]`: what the model knows of it; an answer tells it in the model's own manner. */
  readonly fact?: string;
  /** `[[reason]]`: think aloud where the dialect has no way to ask for it. */
  readonly reason: boolean;
  /** `[[borderline]]`: a question that the `refuser` personality refuses. */
  readonly borderline: boolean;
  /** `[[forbidden]]`: what every model refuses, in plain words that are its own. */
  readonly forbidden: boolean;
}

const NONE: Directives = { calls: [], reason: false, borderline: false, forbidden: false };
const MAX_WORDS = 100_000;

export function readDirectives(userText: string): Directives {
  if (!userText.includes('[[')) return NONE;
  const answer = /\[\[answer: ?([\s\S]*?)\]\]/.exec(userText)?.[1];
  const fact = /\[\[fact: ?([\s\S]*?)\]\]/.exec(userText)?.[1];
  const words = /\[\[words: ?(\d{1,6})\]\]/.exec(userText)?.[1];
  return {
    ...(answer !== undefined && { answer }),
    ...(words !== undefined && { words: Math.min(Number(words), MAX_WORDS) }),
    ...(fact !== undefined && { fact }),
    calls: readCalls(userText),
    reason: userText.includes('[[reason]]'),
    borderline: userText.includes('[[borderline]]'),
    forbidden: userText.includes('[[forbidden]]'),
  };
}

function readCalls(userText: string): Directives['calls'] {
  const calls: { name: string; arguments: JsonObject }[] = [];
  for (const [, name = '', json = ''] of userText.matchAll(/\[\[tool: ?([\w.:-]+) ?(\{[\s\S]*?\})?\]\]/g)) {
    calls.push({ name, arguments: parseArguments(json) });
  }
  return calls;
}

function parseArguments(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json === '' ? '{}' : json);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The message without its directives, in one line: what an answer may quote. */
export function withoutDirectives(userText: string): string {
  const bare = userText.includes('[[') ? userText.replace(/\[\[[\s\S]*?\]\]/g, ' ') : userText;
  return bare.replace(/\s+/g, ' ').trim();
}
