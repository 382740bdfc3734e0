import type { Candidate } from './eligibility.ts';
import type { Needs } from './needs.ts';
import type { LibraryWords, PromptAdjustment } from './route.ts';
import { textTokens } from './text-tokens.ts';
import { inputTokens } from './token-estimate.ts';

/** How a request stands to a candidate's window. `unsure`: within the margin of the estimate, so only a count decides. */
export type WindowFit =
  | { readonly kind: 'fits' }
  | { readonly kind: 'unsure' | 'too-long'; readonly inputTokens: number; readonly room: number };

/** The smaller of what the catalogue says and what the lane has learned; undefined when neither knows. */
export function windowOf(candidate: Candidate): number | undefined {
  const known = candidate.target.target.capabilities.contextWindow;
  const learned = candidate.learnedWindow;
  if (known === undefined || learned === undefined) return known ?? learned;
  return Math.min(known, learned);
}

/** Tokens of input that there is room for beside the answer that was asked for; undefined where no limit is known. */
export function roomFor(candidate: Candidate, needs: Needs): number | undefined {
  const window = windowOf(candidate);
  const apart = candidate.target.target.capabilities.maxInputTokens;
  if (window === undefined) return apart;
  return Math.min(window - outputTokens(candidate, needs), apart ?? Number.POSITIVE_INFINITY);
}

/**
 * Tokens of output, thinking included, that this candidate is asked for: 0 where neither the caller nor the dialect limits
 * it. What a target cannot write is not asked of it; a dialect that demands a limit gets a default, with the thinking on top.
 */
export function outputTokens(candidate: Candidate, { measure }: Needs): number {
  const { dialect, quirks, capabilities } = candidate.target.target;
  const { maxOutputTokens, thinkingTokens } = measure;
  const asked =
    maxOutputTokens === undefined && dialect === 'anthropic-messages'
      ? quirks.defaultMaxOutputTokens + thinkingTokens
      : Math.max(maxOutputTokens ?? 0, thinkingTokens);
  return Math.min(asked, capabilities.maxOutputTokens ?? Number.POSITIVE_INFINITY);
}

/** Measures nothing where the request is small beside the window, as most are. */
export function windowFit(candidate: Candidate, needs: Needs): WindowFit {
  const room = roomFor(candidate, needs);
  if (room === undefined) return { kind: 'fits' };
  const { factor, margin } = candidate.tokens;
  if (mostInput(candidate, needs) * factor * (1 + margin) <= room) return { kind: 'fits' };
  const estimate = estimatedInput(candidate, needs);
  if (estimate * (1 + margin) <= room) return { kind: 'fits' };
  return { kind: estimate * (1 - margin) <= room ? 'unsure' : 'too-long', inputTokens: estimate, room };
}

/** At least as much as `uncorrectedInput`, for the price of adding up lengths. */
export function mostInput(candidate: Candidate, needs: Needs): number {
  const { target, prompt } = candidate.target;
  return (needs.measure.ceiling + promptTokens(prompt)) * (target.tokens?.textFactor ?? 1);
}

/** Input tokens of the request at this candidate, corrected by what its lane has learned. */
export function estimatedInput(candidate: Candidate, needs: Needs): number {
  return Math.ceil(uncorrectedInput(candidate, needs) * candidate.tokens.factor);
}

/** The same before the correction: what counts are compared with. */
export function uncorrectedInput(candidate: Candidate, needs: Needs): number {
  const { target, prompt } = candidate.target;
  return inputTokens(needs.measure.get(), target.tokens) + promptTokens(prompt) * (target.tokens?.textFactor ?? 1);
}

const PROMPTS = new WeakMap<PromptAdjustment, number>();

/** The operator's own words are the same for every request: counted once. Those of a library are in the measure. */
function promptTokens(prompt: PromptAdjustment | LibraryWords | undefined): number {
  if (!prompt || 'before' in prompt) return 0;
  const known = PROMPTS.get(prompt) ?? textTokens(prompt.text);
  PROMPTS.set(prompt, known);
  return known;
}
