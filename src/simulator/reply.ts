import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Ask, AskedTool } from './ask.ts';
import { Dice, hash32 } from './chance.ts';
import { type Directives, readDirectives } from './directive.ts';
import { knowledgeOf } from './habits.ts';
import { splitPieces } from './pieces.ts';
import { factAnswer, forbiddenAnswer, jsonAnswer, proseAnswer, REFUSAL, resultsAnswer, topicOf } from './prose.ts';
import { valueFor } from './schema-value.ts';
import type { Script } from './script.ts';

export type ReplyFinish = 'stop' | 'length' | 'tool-calls' | 'stop-sequence' | 'content-filter';

export interface ReplyCall {
  readonly name: string;
  /** JSON text; free text where `isText`. */
  readonly arguments: string;
  readonly isText?: true;
}

/** One answer in no dialect. */
export interface Reply {
  readonly reasoning: string;
  readonly text: string;
  /** The text is a refusal where the dialect can tell one from an answer. */
  readonly refused: boolean;
  readonly calls: readonly ReplyCall[];
  readonly finish: ReplyFinish;
  readonly stopSequence?: string;
  readonly inputTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

type Draft = Pick<Reply, 'reasoning' | 'text' | 'refused' | 'calls'>;

/** Seeded by the request alone, never by its number: the same question always gets the same answer. */
export function composeReply(ask: Ask, script: Script, seed: number): Reply {
  const dice = new Dice(hash32(`${knowledgeOf(ask.personality)}\n${ask.userText}\n${ask.toolResults.length}`, seed));
  const draft = spoil(draftReply(ask, script, dice), script);
  const reply = limited(stopped(draft, ask), ask);
  return script.fault === 'content-policy' ? { ...reply, finish: 'content-filter' } : reply;
}

function draftReply(ask: Ask, script: Script, dice: Dice): Draft {
  const nothing: Draft = { reasoning: '', text: '', refused: false, calls: [] };
  if (script.fault === 'empty-answer') return nothing;
  if (script.fault === 'none' && (script.answer !== undefined || script.tools)) {
    const calls = (script.tools ?? []).map((call) => written(ask, call.name, call.arguments));
    return { ...nothing, text: continued(script.answer ?? '', ask.prefill), calls };
  }
  const directives = readDirectives(ask.userText);
  const reasoning =
    ask.thinking !== 'none'
      ? `The user asks about ${topicOf(ask.userText) || 'something'}. A plain answer will do.`
      : '';
  const calls = chooseCalls(ask, directives, dice);
  if (calls.length > 0) return { ...nothing, reasoning, calls };
  const refused = directives.borderline && ask.personality === 'refuser';
  const full = refused ? REFUSAL : (exactAnswer(directives) ?? ownAnswer(ask, directives, dice));
  return { ...nothing, reasoning, refused, text: continued(full, ask.prefill) };
}

function exactAnswer(directives: Directives): string | undefined {
  if (directives.answer !== undefined) return directives.answer;
  if (directives.words === undefined) return undefined;
  return Array.from({ length: directives.words }, (_, index) => `word${index + 1}`).join(' ');
}

function ownAnswer(ask: Ask, { forbidden, fact }: Directives, dice: Dice): string {
  if (forbidden) return forbiddenAnswer(ask);
  return jsonAnswer(ask, dice) ?? (fact === undefined ? freeAnswer(ask, dice) : factAnswer(fact, ask, dice));
}

function freeAnswer(ask: Ask, dice: Dice): string {
  return ask.toolResults.length > 0 ? resultsAnswer(ask) : proseAnswer(ask, dice);
}

/** What is left of `full` after `prefill`; an answer that does not begin so just goes on. */
function continued(full: string, prefill: string): string {
  if (prefill === '') return full;
  return full.startsWith(prefill) ? full.slice(prefill.length) : ` ${full}`;
}

function chooseCalls(ask: Ask, directives: Directives, dice: Dice): ReplyCall[] {
  if (ask.tools.length === 0 || ask.choice.kind === 'none' || ask.prefill !== '') return [];
  const ordered = directives.calls.filter((call) => ask.tools.some((tool) => tool.name === call.name));
  if (ordered.length > 0 && ask.toolResults.length === 0) {
    return ordered.map((call) => written(ask, call.name, call.arguments));
  }
  const topic = topicOf(ask.userText);
  return chooseTools(ask, directives).map((tool) =>
    written(ask, tool.name, valueFor(objectSchema(tool.parameters), { dice, topic })),
  );
}

function written(ask: Ask, name: string, value: JsonValue): ReplyCall {
  if (!ask.tools.some((tool) => tool.name === name && tool.isText)) return { name, arguments: JSON.stringify(value) };
  return { name, arguments: isJsonObject(value) ? String(value.input ?? '') : '', isText: true };
}

/** Tool parameters are an object even where the schema forgets to say so. */
function objectSchema(parameters: JsonObject): JsonObject {
  return parameters.type === undefined ? { ...parameters, type: 'object' } : parameters;
}

function chooseTools(ask: Ask, directives: Directives): AskedTool[] {
  const { choice, tools } = ask;
  if (choice.kind === 'named') return tools.filter((tool) => tool.name === choice.name);
  if (choice.kind === 'auto') {
    const told =
      directives.answer !== undefined ||
      directives.words !== undefined ||
      directives.fact !== undefined ||
      directives.borderline ||
      directives.forbidden;
    if (ask.toolResults.length > 0 || told || ask.personality === 'toolshy') return [];
  }
  if (ask.parallel && tools.length > 1 && /\bboth\b/i.test(ask.userText)) return tools.slice(0, 2);
  const best = bestTool(tools, ask.userText.toLowerCase());
  return best ? [best] : [];
}

/** The tool most of whose name is in the question; the first one where none is. */
function bestTool(tools: readonly AskedTool[], question: string): AskedTool | undefined {
  let best = tools[0];
  let bestShare = 0;
  for (const tool of tools) {
    const words = tool.name
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word.length > 2);
    const share = words.filter((word) => question.includes(word)).length / Math.max(1, words.length);
    if (share > bestShare) {
      best = tool;
      bestShare = share;
    }
  }
  return best;
}

/** The fault `broken-json` lets the text, or the arguments, end half-way; or wraps the text in prose. */
function spoil(draft: Draft, script: Script): Draft {
  if (script.fault === 'content-policy') return { ...draft, text: '', calls: [], reasoning: '' };
  if (script.fault !== 'broken-json') return draft;
  if (script.how === 'prose') {
    return { ...draft, text: `Sure! Here it is:\n\n\`\`\`json\n${draft.text}\n\`\`\`\n\nAnything else?` };
  }
  const half = (json: string) => json.slice(0, Math.ceil(json.length / 2));
  return { ...draft, text: half(draft.text), calls: draft.calls.map((c) => ({ ...c, arguments: half(c.arguments) })) };
}

function stopped(draft: Draft, ask: Ask): Draft & { stopSequence?: string } {
  let cut = draft.text.length;
  let met: string | undefined;
  for (const sequence of ask.stop) {
    const at = sequence === '' ? -1 : draft.text.indexOf(sequence);
    if (at >= 0 && at < cut) {
      cut = at;
      met = sequence;
    }
  }
  return met === undefined ? draft : { ...draft, text: draft.text.slice(0, cut), stopSequence: met };
}

/** Applies the token limit to reasoning, text and arguments in this order, and counts. */
function limited(draft: Draft & { stopSequence?: string }, ask: Ask): Reply {
  let left = ask.maxTokens ?? Number.POSITIVE_INFINITY;
  let cut = false;
  const take = (text: string): { text: string; tokens: number } => {
    const pieces = splitPieces(text);
    if (pieces.length > left) cut = true;
    const taken = pieces.length > left ? pieces.slice(0, left) : pieces;
    left -= taken.length;
    return { text: taken.length === pieces.length ? text : taken.join(''), tokens: taken.length };
  };
  const reasoning = take(draft.reasoning);
  const text = take(draft.text);
  let outputTokens = reasoning.tokens + text.tokens;
  const calls: ReplyCall[] = [];
  for (const call of draft.calls) {
    if (cut) break;
    const taken = take(call.arguments);
    outputTokens += taken.tokens;
    calls.push({ ...call, arguments: taken.text });
  }
  return {
    reasoning: reasoning.text,
    text: text.text,
    refused: draft.refused,
    calls,
    finish: cut
      ? 'length'
      : draft.stopSequence !== undefined
        ? 'stop-sequence'
        : calls.length > 0
          ? 'tool-calls'
          : 'stop',
    ...(!cut && draft.stopSequence !== undefined && { stopSequence: draft.stopSequence }),
    inputTokens: ask.inputTokens,
    outputTokens: outputTokens * ask.choices,
    reasoningTokens: reasoning.tokens * ask.choices,
  };
}
