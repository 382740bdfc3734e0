import { isDeepStrictEqual } from 'node:util';
import { callerTerm, termsOf } from '../../src/dialects/common/caller-terms.ts';
import { maxLosses } from '../../src/dialects/common/losses.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { EncodedRequest } from '../../src/model/dialect.ts';
import { schemaDifference } from './same-schema.ts';
import { scriptDifferences } from './same-script.ts';

/** Something that is not as it was, and that no loss names. */
export interface Difference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Neutral fields, by the names that encoders give them in losses. */
const NAMES = {
  toolChoice: 'tool_choice',
  parallelToolCalls: 'parallel_tool_calls',
  output: 'response_format',
  reasoning: 'reasoning',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  seed: 'seed',
  maxOutputTokens: 'max_tokens',
  choices: 'n',
  endUser: 'user',
  logprobs: 'logprobs',
  serviceTier: 'service_tier',
  verbosity: 'verbosity',
  metadata: 'metadata',
  promptCacheKey: 'prompt_cache_key',
} as const;

/** What a number means that nobody has to say. */
const USUAL: Readonly<Record<string, number>> = { temperature: 1, topP: 1, frequencyPenalty: 0, presencePenalty: 0 };

/**
 * Everything in which a request that was encoded for another dialect, and read again there, is not the one it was, but for
 * what the losses name. `before`: as the caller's kit read it. `after`: as the kit of the target's dialect reads it.
 *
 * Forms that mean the same are one and the same here:
 * - how a text is divided into parts, and the blanks between them; neighbouring messages of one role;
 * - ids of tool calls, as long as results meet their calls; the order of results and what else the user says with them;
 * - arguments and results as JSON values; an empty text, `null` and `{}` where there are no arguments;
 * - a tool of free text and the function that stands in for it, where it is named;
 * - schemas by value: references in place, `const` as an enumeration of one, annotations that constrain nothing;
 * - a usual value and none; the name of an answer's schema; how strictly it is meant, where a dialect always enforces it;
 * - thinking by word and by budget, in the same third of the scale.
 */
export function differences(before: ChatRequest, after: ChatRequest, encoded: EncodedRequest): Difference[] {
  const found: Difference[] = scriptDifferences(before, after, encoded);
  const fields = encoded.losses.map(({ field }) => field);
  const isNamed = (field: keyof typeof NAMES) => {
    const terms = [NAMES[field], ...termsOf(NAMES[field], before.dialect)];
    return fields.some((given) => terms.some((term) => given === term || given.startsWith(`${term}.`)));
  };
  const compare = (field: keyof typeof NAMES, was: unknown, is: unknown) => {
    if (!isNamed(field) && !isDeepStrictEqual(was, is)) found.push({ field, before: was, after: is });
  };
  found.push(...toolDifferences(before, after, encoded, fields));
  // A tool that stands in for the schema of the answer is forced, whatever the caller chose of its own.
  if (encoded.reading.answerTool === undefined && before.tools.length > 0) {
    compare('toolChoice', choiceOf(before), choiceOf(after, encoded.reading.toolNames));
    const mayCall = before.toolChoice?.kind !== 'none';
    if (mayCall) compare('parallelToolCalls', before.parallelToolCalls ?? true, after.parallelToolCalls ?? true);
  }
  if (!isNamed('output')) found.push(...outputDifferences(before, after));
  const leftToModel = before.reasoning !== undefined && before.reasoning.effort !== 'none';
  if (!leftToModel || amountOf(before) !== undefined) compare('reasoning', amountOf(before), amountOf(after));
  for (const field of ['temperature', 'topP', 'topK', 'frequencyPenalty', 'presencePenalty', 'seed'] as const) {
    compare(field, before.sampling[field] ?? USUAL[field], after.sampling[field] ?? USUAL[field]);
  }
  const [stops, met] = [setOf(before.stop), setOf([...after.stop, ...(encoded.endsAt ?? [])])];
  if (!isDeepStrictEqual(stops, met)) found.push({ field: 'stop', before: stops, after: met });
  for (const field of ['maxOutputTokens', 'choices', 'endUser', 'logprobs', 'metadata'] as const) {
    compare(field, before[field], after[field]);
  }
  compare('promptCacheKey', before.promptCacheKey, after.promptCacheKey);
  compare('serviceTier', before.serviceTier ?? 'auto', after.serviceTier ?? 'auto');
  compare('verbosity', before.verbosity ?? 'medium', after.verbosity ?? 'medium');
  if (before.stream !== after.stream) found.push({ field: 'stream', before: before.stream, after: after.stream });
  found.push(...unnamed(before, after, encoded));
  return found;
}

/** Each sequence once, whether the target ends its answer at it or the gateway does. */
function setOf(sequences: readonly string[]): string[] {
  return [...new Set(sequences)].filter((sequence) => sequence !== '').sort();
}

/** Fields of one dialect alone, which the losses have to name where another is spoken. */
function unnamed(before: ChatRequest, after: ChatRequest, { losses }: EncodedRequest): Difference[] {
  // The last of a full list only counts the others.
  if (before.dialect === after.dialect || losses.length > maxLosses) return [];
  const silent = before.unmapped.filter(({ field }) => !losses.some((loss) => loss.field === field));
  return silent.map(({ field }) => ({ field, before: 'a field of its dialect', after: 'not named' }));
}

function toolDifferences(
  before: ChatRequest,
  after: ChatRequest,
  { reading }: EncodedRequest,
  losses: readonly string[],
): Difference[] {
  const found: Difference[] = [];
  const nameOf = (name: string) => reading.toolNames.get(name) ?? name;
  const given = after.tools.filter(({ name }) => name !== reading.answerTool);
  // Tools that were declared again for the sake of the history are named as such.
  const isWhole =
    given.length === before.tools.length || losses.includes('tools') || losses.includes('response_format');
  if (!isWhole) found.push({ field: 'tools', before: before.tools.length, after: given.length });
  for (const [at, tool] of before.tools.entries()) {
    const other = given[at];
    if (other === undefined) continue;
    const named = (field: string) => {
      const term = callerTerm(`tools[${at}].${field}`, before.dialect, before.original);
      return losses.some((loss) => loss.startsWith(term));
    };
    if (nameOf(other.name) !== tool.name)
      found.push({ field: `tools[${at}].name`, before: tool.name, after: other.name });
    // A function that stands in for a tool of free text is named as the whole, and says more of what is asked.
    const isStandIn = losses.includes(callerTerm(`tools[${at}]`, before.dialect, before.original));
    if (!isStandIn && !isDeepStrictEqual(other.freeText, tool.freeText)) {
      found.push({ field: `tools[${at}].freeText`, before: tool.freeText, after: other.freeText });
    }
    if ((other.description ?? '') !== (tool.description ?? '') && !isStandIn && !named('description')) {
      found.push({ field: `tools[${at}].description`, before: tool.description, after: other.description });
    }
    const difference = named('parameters') ? undefined : schemaDifference(tool.parameters, other.parameters);
    if (difference) found.push({ field: `tools[${at}].parameters`, ...difference });
    if ((tool.strict ?? false) !== (other.strict ?? false) && !named('strict')) {
      found.push({ field: `tools[${at}].strict`, before: tool.strict, after: other.strict });
    }
  }
  return found;
}

function choiceOf({ toolChoice, tools }: ChatRequest, names?: ReadonlyMap<string, string>): unknown {
  if (tools.length === 0 || toolChoice === undefined) return { kind: 'auto' };
  return toolChoice.kind === 'named'
    ? { kind: 'named', name: names?.get(toolChoice.name) ?? toolChoice.name }
    : toolChoice;
}

function outputDifferences(before: ChatRequest, after: ChatRequest): Difference[] {
  const [was, is] = [before.output, after.output];
  if (was.kind !== 'json-schema' || is.kind !== 'json-schema') {
    return was.kind === is.kind ? [] : [{ field: 'output', before: was, after: is }];
  }
  const difference = schemaDifference(was.schema, is.schema);
  const found: Difference[] = difference ? [{ field: 'output.schema', ...difference }] : [];
  const hasFlag = (request: ChatRequest) => request.dialect.startsWith('openai-');
  if (hasFlag(before) && hasFlag(after) && was.strict !== is.strict) {
    found.push({ field: 'output.strict', before: was.strict, after: is.strict });
  }
  return found;
}

/** In words that all scales have; absent where the model is left to itself, or does not think. */
function amountOf({ reasoning }: ChatRequest): string | undefined {
  const { effort, budgetTokens } = reasoning ?? {};
  switch (effort) {
    case undefined:
      if (budgetTokens === undefined || budgetTokens === 0) return undefined;
      if (budgetTokens <= 2048) return 'low';
      return budgetTokens <= 8192 ? 'medium' : 'high';
    case 'none':
      return undefined;
    case 'minimal':
      return 'low';
    case 'xhigh':
    case 'max':
      return 'high';
    default:
      return effort;
  }
}
