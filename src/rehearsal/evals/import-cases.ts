import { stringify } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { MAX_CASES } from './suite.ts';

/** Cases for a suite, and what could not become one. */
export interface Imported {
  readonly cases: readonly JsonObject[];
  readonly skipped: readonly { readonly place: string; readonly why: string }[];
}

/** Answers up to this length are expected as they are, longer ones by what they say. */
const MAX_SHORT_CHARS = 80;
const SIMILAR = 0.5;

/**
 * One case a line: `{ id?, description?, message | messages | variables, expected? }`. A short text is expected but for
 * case and punctuation, a long one by its words, an object by its fields; without any, the answer must be none of refusal.
 */
export function casesFromJsonl(text: string): Imported {
  const cases: JsonObject[] = [];
  const skipped: { place: string; why: string }[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const made = caseFromLine(line, cases.length + 1);
    if (typeof made === 'string') skipped.push({ place: `line ${at + 1}`, why: made });
    else if (cases.length >= MAX_CASES)
      skipped.push({ place: `line ${at + 1}`, why: `a suite holds ${MAX_CASES} cases` });
    else cases.push(made);
  }
  return { cases, skipped };
}

function caseFromLine(line: string, number: number): JsonObject | string {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return 'it is no JSON';
  }
  if (!isJsonObject(read)) return 'it is no object';
  const { id = `case-${number}`, description, message, messages, variables, expected = null } = read;
  if (typeof id !== 'string' && typeof id !== 'number') return 'its id is neither a text nor a number';
  const said = typeof message === 'string' ? { message } : saidIn(messages);
  if (typeof said === 'string') return said;
  if (!said && !isJsonObject(variables)) return 'it has neither message, messages nor variables';
  return {
    id: String(id),
    ...(typeof description === 'string' && { description }),
    ...(isJsonObject(variables) && { variables }),
    ...said,
    assertions: assertionsFor(expected),
  };
}

function saidIn(messages: JsonValue | undefined): { messages: JsonValue } | string | undefined {
  if (messages === undefined) return undefined;
  if (!Array.isArray(messages) || messages.length === 0) return 'its messages are no list';
  const read = messages.map((one) => {
    if (!isJsonObject(one) || typeof one.content !== 'string') return undefined;
    const role = one.role === 'developer' ? 'system' : one.role;
    return role === 'system' || role === 'user' || role === 'assistant' ? { role, content: one.content } : undefined;
  });
  return read.every((one) => one !== undefined) ? { messages: read } : 'one of its messages is more than text';
}

function assertionsFor(expected: JsonValue): JsonValue[] {
  if (isJsonObject(expected)) return [{ 'json-fields': { expected } }];
  if (expected === null) return [{ 'no-refusal': true }];
  const text = typeof expected === 'string' ? expected.trim() : JSON.stringify(expected);
  if (text === '') return [{ 'no-refusal': true }];
  if (text.length <= MAX_SHORT_CHARS) return [{ normalised: text }];
  return [{ similarity: { to: text, threshold: SIMILAR } }];
}

/** A kept response of the Responses API: what it was made from, and what it said. */
export interface KeptExchange {
  readonly id: string;
  readonly body: JsonObject;
  readonly input: readonly JsonObject[];
  readonly output: readonly JsonObject[];
}

/**
 * Cases from responses that callers let the gateway keep, and marked. What was answered is a beginning, and no verdict:
 * whoever imports looks through it.
 */
export function casesFromKept(kept: readonly KeptExchange[]): Imported {
  const cases: JsonObject[] = [];
  const skipped: { place: string; why: string }[] = [];
  for (const exchange of kept) {
    const messages = messagesOf(exchange);
    if (messages === undefined) skipped.push({ place: exchange.id, why: 'it holds more than text' });
    else if (messages.length === 0) skipped.push({ place: exchange.id, why: 'nothing was said in it' });
    else {
      const answer = exchange.output.map(textOf).join('').trim();
      cases.push({ id: exchange.id, messages, assertions: assertionsFor(parsed(answer)) });
    }
  }
  return { cases: cases.slice(0, MAX_CASES), skipped };
}

function parsed(answer: string): JsonValue {
  try {
    const read: JsonValue = JSON.parse(answer);
    return isJsonObject(read) ? read : answer;
  } catch {
    return answer;
  }
}

function messagesOf({ body, input }: KeptExchange): JsonObject[] | undefined {
  const { instructions } = body;
  const messages: JsonObject[] =
    typeof instructions === 'string' && instructions !== '' ? [{ role: 'system', content: instructions }] : [];
  for (const item of input) {
    if (item.type === 'reasoning') continue;
    const role = item.role === 'developer' ? 'system' : item.role;
    if ((item.type ?? 'message') !== 'message' || typeof role !== 'string' || !isText(item)) return undefined;
    messages.push({ role, content: textOf(item) });
  }
  return messages;
}

const TEXTS = ['input_text', 'output_text', 'text'];

function isText({ content }: JsonObject): boolean {
  if (typeof content === 'string') return true;
  return Array.isArray(content) && content.every((part) => isJsonObject(part) && TEXTS.includes(String(part.type)));
}

function textOf({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

/** A suite as a file has it. */
export function suiteText(name: string, subject: JsonObject, cases: readonly JsonObject[]): string {
  return stringify({ name, subject, cases: [...cases] }, { lineWidth: 120 });
}
