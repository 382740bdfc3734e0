import type { GenerationConfig, ThinkingConfig } from '@google/genai';
import type { ChatRequest, ReasoningRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { atMost } from '../common/at-most.ts';
import type { LossList } from '../common/losses.ts';
import { type ThinkingWord, wire } from './wire.ts';

/** Most stop sequences that the API takes. */
const maxStopSequences = 5;
const maxTemperature = 2;
/** Most alternatives that the API gives. */
const maxCandidates = 8;
/** A seed is a signed number of 32 bits. */
const maxSeed = 2_147_483_647;

/** Sampling, limits, thinking; `format` is the shape of the answer. */
export function encodeGeneration(
  request: ChatRequest,
  target: Target,
  format: JsonObject,
  losses: LossList,
): JsonObject {
  const generationConfig = wire<GenerationConfig>({
    ...encodeSampling(request, target, losses),
    ...format,
    maxOutputTokens: outputLimit(request, target, losses),
    stopSequences: encodeStop(request.stop),
    candidateCount: candidateCount(request, losses),
    thinkingConfig: encodeThinking(request.reasoning, target, losses),
    ...encodeLogprobs(request, target, losses),
  });
  if (request.verbosity !== undefined && request.verbosity !== 'medium') {
    losses.add('verbosity', 'has no counterpart at this target');
  }
  return generationConfig;
}

function encodeSampling(request: ChatRequest, target: Target, losses: LossList): JsonObject {
  const { temperature, topP, topK, frequencyPenalty, presencePenalty, seed } = request.sampling;
  const given = {
    temperature,
    top_p: topP,
    top_k: topK,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
  };
  if (!target.quirks.sampling) {
    for (const [field, value] of Object.entries(given)) {
      if (value !== undefined) losses.add(field, 'dropped: this target refuses it');
    }
    return wire<GenerationConfig>({ seed: encodeSeed(seed, losses) });
  }
  return wire<GenerationConfig>({
    temperature: temperature === undefined ? undefined : atMost('temperature', temperature, maxTemperature, losses),
    topP,
    topK,
    // Many models answer 400 to the very fields, whatever their value; 0 is what their absence means.
    frequencyPenalty: frequencyPenalty === 0 ? undefined : frequencyPenalty,
    presencePenalty: presencePenalty === 0 ? undefined : presencePenalty,
    seed: encodeSeed(seed, losses),
  });
}

function encodeSeed(seed: number | undefined, losses: LossList): number | undefined {
  if (seed === undefined || (Number.isInteger(seed) && Math.abs(seed) <= maxSeed)) return seed;
  losses.add('seed', 'dropped: this target takes whole numbers of 32 bits');
  return undefined;
}

function outputLimit(request: ChatRequest, target: Target, losses: LossList): number | undefined {
  const asked = request.maxOutputTokens;
  const most = target.capabilities.maxOutputTokens;
  if (asked === undefined || most === undefined || asked <= most) return asked;
  losses.add('max_tokens', `lowered from ${asked} to ${most}, the most this target writes`);
  return most;
}

function encodeStop(stop: readonly string[]): string[] | undefined {
  const sequences = stop.filter((sequence) => sequence !== '').slice(0, maxStopSequences);
  return sequences.length > 0 ? sequences : undefined;
}

function candidateCount(request: ChatRequest, losses: LossList): number | undefined {
  if (request.choices <= 1) return undefined;
  if (request.choices > maxCandidates) {
    losses.add('n', `lowered from ${request.choices} to ${maxCandidates}, the most this target gives`, true);
  }
  return Math.min(request.choices, maxCandidates);
}

function encodeLogprobs({ logprobs }: ChatRequest, target: Target, losses: LossList): JsonObject {
  if (logprobs === undefined) return {};
  if (!target.quirks.logprobs) {
    losses.add('logprobs', 'dropped: this target tells no log probabilities', true);
    return {};
  }
  return wire<GenerationConfig>({ responseLogprobs: true, logprobs: logprobs.top > 0 ? logprobs.top : undefined });
}

type Effort = NonNullable<ReasoningRequest['effort']>;

/** The vendor's own table for OpenAI's effort words, `MINIMAL` apart, which Pro models refuse. */
const LEVELS: Readonly<Record<Effort, ThinkingWord>> = {
  none: 'LOW',
  minimal: 'LOW',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};

/** The same table in tokens. 24,576 is the most that all models with a budget take. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** @see https://ai.google.dev/gemini-api/docs/openai#thinking */
function encodeThinking(asked: ReasoningRequest | undefined, target: Target, losses: LossList): JsonObject | undefined {
  if (asked === undefined) return undefined;
  const { effort, budgetTokens } = asked;
  const off = effort === 'none' || (effort === undefined && budgetTokens === 0);
  const thoughts = off || asked.display === 'hidden' ? undefined : true;
  switch (target.quirks.thinking) {
    case 'none':
      if (!off) losses.add('reasoning', 'this target does not think', true);
      return undefined;
    case 'effort':
      if (off) losses.add('reasoning', 'lowered, not switched off: this target always thinks');
      if (effort === 'xhigh' || effort === 'max') losses.add('reasoning', `effort ${effort} was sent as high`);
      if (effort === undefined && budgetTokens !== undefined && !off)
        losses.add('reasoning', `a budget of ${budgetTokens} tokens was sent as ${LEVELS[effortOf(budgetTokens)]}`);
      return wire<ThinkingConfig>({
        thinkingLevel: LEVELS[effort ?? effortOf(budgetTokens)],
        includeThoughts: thoughts,
      });
    case 'budget': {
      const budget = budgetTokens ?? BUDGETS[effort ?? 'medium'];
      const sent = off ? 0 : Math.min(budget, BUDGETS.max);
      if (sent < budget && !off)
        losses.add('reasoning', `lowered from ${budget} tokens to ${sent}, the most this target takes`);
      return wire<ThinkingConfig>({ thinkingBudget: sent, includeThoughts: thoughts });
    }
    case 'adaptive':
      if (!off) losses.add('reasoning', 'this target decides by itself how much it thinks');
      return wire<ThinkingConfig>({ thinkingBudget: off ? 0 : -1, includeThoughts: thoughts });
  }
}

function effortOf(budgetTokens: number | undefined): Effort {
  if (budgetTokens === undefined) return 'medium';
  if (budgetTokens <= BUDGETS.low) return 'low';
  return budgetTokens <= BUDGETS.medium ? 'medium' : 'high';
}
