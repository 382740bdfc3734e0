import { type Answer, answerText } from '../model/answer.ts';
import { type ChatRequest, TEXT_ARGUMENT } from '../model/chat-request.ts';
import type { ToolCallPart } from '../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { schemaCheck } from './schema-check.ts';

export type ContractRule =
  | 'empty'
  | 'json'
  | 'json-schema'
  | 'tool-arguments'
  | 'forced-tool'
  /** The others are asked by contracts alone. */
  | 'missing-tool'
  | 'forbidden-tool'
  | 'too-short'
  | 'too-long'
  | 'language'
  | 'missing-pattern'
  | 'forbidden-pattern'
  | 'refusal'
  | 'truncated'
  | 'number'
  | 'check';

/** One way in which an answer is not what the request asked for. `message` is one line for an engineer. */
export interface Violation {
  readonly rule: ContractRule;
  readonly message: string;
}

/**
 * What is structurally wrong with an answer; empty where nothing is. Says nothing about refusals, nor about answers cut
 * at the token limit: their finish reason tells. A schema that cannot be compiled is the caller's own and gives no
 * violation (see `uncompilable`). Never throws.
 */
export function checkAnswer(answer: Answer, request: ChatRequest): Violation[] {
  const calls = answer.parts.filter((part) => part.type === 'tool-call');
  const violations = calls.flatMap((call) => callViolations(call, answer, request));
  if (isRefusal(answer)) return violations;
  if (isEmpty(answer, request)) return [{ rule: 'empty', message: emptyMessage(answer) }];
  if (isCut(answer)) return violations;
  violations.push(...forcedToolViolations(answer, calls, request));
  if (!isPending(answer)) violations.push(...outputViolations(answer, request));
  return violations;
}

/** An answer that waits for the results of tools: the answer proper comes after them. */
export function isPending(answer: Answer): boolean {
  // A foreign block may be a call that only one dialect can make.
  return answer.parts.some(isCall) || (answer.finish === 'tool-calls' && hasForeign(answer));
}

function isCall(part: Answer['parts'][number]): boolean {
  return part.type === 'tool-call';
}

/**
 * Why a caller's schema cannot be checked, wholly or (a pattern that looks around or refers back) in part; undefined
 * where it can. Never throws.
 */
export function uncompilable(schema: JsonObject): string | undefined {
  return schemaCheck(schema).uncompilable;
}

function hasForeign(answer: Answer): boolean {
  return answer.parts.some((part) => part.type === 'foreign');
}

/** A model that will not answer, or whose provider withheld what it said, told by the form of the answer. */
export function isRefusal(answer: Answer): boolean {
  return (
    answer.finish === 'refusal' ||
    answer.finish === 'content-filter' ||
    answer.parts.some((part) => part.type === 'refusal')
  );
}

/** An answer that ended before its end: its tokens were used up, or its provider asks to be asked again. */
export function isCut(answer: Answer): boolean {
  return answer.finish === 'length' || answer.finish === 'pause';
}

function isEmpty(answer: Answer, request: ChatRequest): boolean {
  const says = answer.parts.some((part) => {
    if (part.type === 'text') return part.text.trim() !== '';
    return part.type !== 'reasoning';
  });
  // A stop sequence met at once is an answer: the caller asked for exactly this. Not every provider tells that it was met.
  if (says || answer.stopSequence !== undefined || request.stop.length > 0) return false;
  // After the results of its tools a model may have nothing to add, and says so.
  if (answer.finish === 'stop' && request.messages.at(-1)?.role === 'tool') return false;
  // A model that used up its tokens has answered, as far as it was allowed to. Another would get no further, and the
  // caller reads from the reason what to change.
  return !isCut(answer);
}

function emptyMessage(answer: Answer): string {
  const what = answer.parts.some((part) => part.type === 'reasoning') ? 'nothing but reasoning' : 'nothing';
  return `the answer holds ${what}, finish reason ${answer.finish ?? 'none'}`;
}

function callViolations(call: ToolCallPart, answer: Answer, request: ChatRequest): Violation[] {
  const violations: Violation[] = [];
  if (!isKnownTool(call.name, request)) {
    violations.push({ rule: 'tool-arguments', message: `the request has no tool named ${quoted(call.name)}` });
  }
  if (isCut(answer)) return violations;
  const isText = request.tools.some((tool) => tool.name === call.name && tool.freeText !== undefined);
  // Models write nothing at all, or `null`, where a tool takes no arguments.
  if (!isText && ['', 'null'].includes(call.arguments.trim())) return violations;
  const value = parseJson(call.arguments);
  if (isText && !(isJsonObject(value) && typeof value[TEXT_ARGUMENT] === 'string')) {
    violations.push({ rule: 'tool-arguments', message: `the arguments of ${quoted(call.name)} hold no text` });
  } else if (!isJsonObject(value)) {
    violations.push({ rule: 'tool-arguments', message: `the arguments of ${quoted(call.name)} are not a JSON object` });
  }
  return violations;
}

/**
 * Tools of the provider's own (`bash`, `computer`, …) stand only in what the caller sent, and those in a cache that the
 * provider holds (Gemini's `cachedContent`) stand nowhere in the request.
 */
function isKnownTool(name: string, request: ChatRequest): boolean {
  if (request.tools.some((tool) => tool.name === name)) return true;
  if (request.requires.some((need) => need.kind === 'provider-state' && need.state === 'cached-content')) return true;
  const sent = request.original.tools;
  // The provider asks the servers of Gemini's `mcpServers` for their tools.
  return Array.isArray(sent) && sent.some((tool) => isJsonObject(tool) && (tool.name === name || 'mcpServers' in tool));
}

function forcedToolViolations(answer: Answer, calls: readonly ToolCallPart[], request: ChatRequest): Violation[] {
  const choice = request.toolChoice;
  switch (choice?.kind) {
    case undefined:
    case 'auto':
    case 'none':
      return [];
    case 'allowed':
      if (!choice.required || calls.some((call) => choice.names.includes(call.name)) || hasForeign(answer)) return [];
      return [{ rule: 'forced-tool', message: 'one of the allowed tools had to be called and none was' }];
    case 'required':
      // A tool that the provider runs itself is one too.
      if (calls.length > 0 || hasForeign(answer)) return [];
      return [{ rule: 'forced-tool', message: 'a tool had to be called and none was' }];
    case 'named':
      if (calls.some((call) => call.name === choice.name)) return [];
      return [{ rule: 'forced-tool', message: `the tool ${quoted(choice.name)} had to be called and was not` }];
  }
}

function outputViolations(answer: Answer, request: ChatRequest): Violation[] {
  const output = request.output;
  if (output.kind === 'text') return [];
  const value = parseJson(answerText(answer));
  if (value === undefined) return [{ rule: 'json', message: 'the answer is not JSON' }];
  if (output.kind === 'json') return [];
  const message = schemaCheck(output.schema).violation(value);
  return message === undefined ? [] : [{ rule: 'json-schema', message }];
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Names come from the model: kept short, and on one line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
