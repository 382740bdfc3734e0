import type { GenerateContentResponseUsageMetadata } from '@google/genai';
import type { ServedTier } from '../../model/chat-event.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import { listOf, objectOf, type RawUsage, wire } from './wire.ts';

/**
 * `usageMetadata` as counts. Thoughts and the results of server tools stand beside the other counts, not in them:
 * total = prompt + candidates + thoughts + toolUsePrompt. Counts of zero are left out on the wire, so an absent count
 * of candidates follows from the total.
 */
export function decodeUsage(value: JsonValue | undefined): Usage {
  const raw: RawUsage = objectOf(value);
  const prompt = countOf(raw.promptTokenCount);
  const toolUse = countOf(raw.toolUsePromptTokenCount) ?? 0;
  const thoughts = countOf(raw.thoughtsTokenCount);
  const input = prompt === undefined ? undefined : prompt + toolUse;
  const output = outputOf(raw, input, thoughts);
  const cached = countOf(raw.cachedContentTokenCount);
  const heard = soundIn(raw.promptTokensDetails);
  const spoken = soundIn(raw.candidatesTokensDetails);
  return {
    ...(input !== undefined && { inputTokens: input }),
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(output !== undefined && { outputTokens: output }),
    ...(thoughts !== undefined && { reasoningTokens: thoughts }),
    ...(heard > 0 && { audioInputTokens: heard }),
    ...(spoken > 0 && { audioOutputTokens: spoken }),
  };
}

/** Tokens of sound in a list by kind; `enum-encoding=int` numbers the kinds. */
function soundIn(details: JsonValue | undefined): number {
  let tokens = 0;
  for (const { modality, tokenCount } of listOf(details).map(objectOf)) {
    if (modality === 'AUDIO' || modality === AUDIO_NUMBER) tokens += countOf(tokenCount) ?? 0;
  }
  return tokens;
}

const AUDIO_NUMBER = 4;

function outputOf(raw: RawUsage, input: number | undefined, thoughts: number | undefined): number | undefined {
  const candidates = countOf(raw.candidatesTokenCount);
  if (candidates !== undefined) return candidates + (thoughts ?? 0);
  const total = countOf(raw.totalTokenCount);
  if (total === undefined || input === undefined) return thoughts;
  return Math.max(total - input, thoughts ?? 0);
}

function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Counts as `usageMetadata`, and the tier, which the vendor's types do not have yet; undefined where nobody told either. */
export function writeUsage(usage: Usage, tier: ServedTier | undefined): JsonObject | undefined {
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage;
  const told = tier === undefined ? undefined : { serviceTier: tier };
  if (inputTokens === undefined && outputTokens === undefined) return told;
  const thoughts = reasoningTokens ?? 0;
  // More thoughts than output: this provider counts them beside each other, as this API does.
  const candidates = outputTokens !== undefined && outputTokens >= thoughts ? outputTokens - thoughts : outputTokens;
  return wire<GenerateContentResponseUsageMetadata & { serviceTier: ServedTier }>({
    ...told,
    promptTokenCount: inputTokens,
    candidatesTokenCount: candidates,
    totalTokenCount: (inputTokens ?? 0) + (candidates ?? 0) + thoughts,
    cachedContentTokenCount: cachedInputTokens,
    thoughtsTokenCount: reasoningTokens,
    promptTokensDetails: kinds(inputTokens, usage.audioInputTokens),
    candidatesTokensDetails: kinds(candidates, usage.audioOutputTokens),
  });
}

/** Nobody told what the rest is; most of it is text. */
function kinds(all: number | undefined, sound: number | undefined): JsonObject[] | undefined {
  if (sound === undefined) return undefined;
  const text = Math.max(0, (all ?? 0) - sound);
  return [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'AUDIO', tokenCount: sound },
  ];
}
