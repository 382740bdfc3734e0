import { CAPABILITY_NAMES, type CapabilityName } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import { type Needs, needsOf } from './needs.ts';
import type { Route } from './route.ts';
import type { Measure } from './token-estimate.ts';

/** What a request would need, in an operator's words. Absent: nothing of the kind. */
export interface StatedNeeds {
  readonly abilities: readonly CapabilityName[];
  /** Tokens, before a model's own tokenizer is taken into account. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly thinkingTokens?: number;
  readonly residency?: readonly string[];
  readonly languages?: readonly string[];
  readonly maxRetentionDays?: number;
}

/** A text of needs is wrong; the message says where. */
export class NeedsError extends Error {
  readonly isNeedsError = true;
}

/** Longest text that is read, in characters. */
const MAX_TEXT_CHARS = 1_000;

const NAMES = 'context=64k, output=4k, thinking=8k, region=eu, language=de, retention=0';

/**
 * Reads `tools,vision,context=64k,output=4k,region=eu`: abilities by their names, tokens with `k` or `M`, several regions or
 * languages joined by `+`, retention in days. Throws `NeedsError`.
 */
export function parseNeeds(text: string): StatedNeeds {
  if (text.length > MAX_TEXT_CHARS) throw new NeedsError(`needs are longer than ${MAX_TEXT_CHARS} characters`);
  const abilities: CapabilityName[] = [];
  const found: { -readonly [K in keyof StatedNeeds]?: StatedNeeds[K] } = {};
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word === '') continue;
    const cut = word.indexOf('=');
    if (cut < 0) abilities.push(abilityOf(word));
    else Object.assign(found, amountOf(word.slice(0, cut), word.slice(cut + 1)));
  }
  return { ...found, abilities };
}

function abilityOf(word: string): CapabilityName {
  const ability = CAPABILITY_NAMES.find((name) => name === word);
  if (ability) return ability;
  throw new NeedsError(`"${word}" is no ability; abilities are ${CAPABILITY_NAMES.join(', ')}, and there are ${NAMES}`);
}

function amountOf(name: string, value: string): Partial<StatedNeeds> {
  switch (name) {
    case 'context':
      return { inputTokens: tokensOf(name, value) };
    case 'output':
      return { outputTokens: tokensOf(name, value) };
    case 'thinking':
      return { thinkingTokens: tokensOf(name, value) };
    case 'region':
      return { residency: listOf(name, value) };
    case 'language':
      return { languages: listOf(name, value) };
    case 'retention': {
      if (!/^\d{1,5}$/.test(value)) throw new NeedsError(`retention=${value}: write a whole number of days`);
      return { maxRetentionDays: Number(value) };
    }
    default:
      throw new NeedsError(`"${name}" is nothing that can be needed; there are abilities, and ${NAMES}`);
  }
}

function tokensOf(name: string, value: string): number {
  const [, digits, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([kM]?)$/.exec(value) ?? [];
  if (digits === undefined) throw new NeedsError(`${name}=${value}: write a number of tokens, such as 4000, 64k or 1M`);
  return Math.round(Number(digits) * { '': 1, k: 1_000, M: 1_000_000 }[unit as '' | 'k' | 'M']);
}

function listOf(name: string, value: string): string[] {
  const items = value.split('+').filter((item) => item !== '');
  if (items.length > 0) return items;
  throw new NeedsError(`${name}= names nothing`);
}

/** Abilities that a request's tools and messages show; live requests name them in this order. */
const SHOWN_BY_CONTENT: readonly CapabilityName[] = ['tools', 'vision', 'audio', 'pdf'];
/** Every target has some means of structured output: it is a format that is asked for, and no ability. */
const ASKED_BY_FORM: readonly CapabilityName[] = ['json-schema', 'streaming'];

/** A request that has these needs and says nothing. */
export function requestOf(stated: StatedNeeds, route: Route): ChatRequest {
  const { outputTokens, thinkingTokens, residency, languages, maxRetentionDays } = stated;
  const required = stated.abilities.filter((name) => !SHOWN_BY_CONTENT.includes(name) && !ASKED_BY_FORM.includes(name));
  return {
    dialect: 'openai-chat',
    model: route.name,
    messages: [],
    tools: [],
    output: stated.abilities.includes('json-schema')
      ? { kind: 'json-schema', name: 'needed', schema: {}, strict: false }
      : { kind: 'text' },
    sampling: {},
    stop: [],
    stream: stated.abilities.includes('streaming'),
    streamUsage: false,
    choices: 1,
    options: {
      ...(residency && { residency }),
      ...(languages && { languages }),
      ...(maxRetentionDays !== undefined && { maxRetentionDays }),
    },
    original: {},
    unmapped: [],
    requires: required.map((ability) => ({ kind: 'ability', ability, field: `the need for ${ability}` })),
    conversationEdited: false,
    ...(outputTokens !== undefined && { maxOutputTokens: outputTokens }),
    ...(thinkingTokens !== undefined && { reasoning: { budgetTokens: thinkingTokens } }),
  };
}

/** What `requestOf` needs, the input that it does not hold included. */
export function needsStated(stated: StatedNeeds, request: ChatRequest, route: Route): Needs {
  const textTokens = stated.inputTokens ?? 0;
  const measure: Measure = {
    get: () => ({ textTokens, images: [], pdfPages: 0, audioSeconds: 0 }),
    ceiling: textTokens,
    maxOutputTokens: stated.outputTokens,
    thinkingTokens: stated.thinkingTokens ?? 0,
  };
  const needs = needsOf(request, route.targets);
  const shown = SHOWN_BY_CONTENT.filter((name) => stated.abilities.includes(name));
  return { ...needs, abilities: new Set([...needs.abilities, ...shown]), measure };
}
