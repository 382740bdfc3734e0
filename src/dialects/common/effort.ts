import type { ReasoningRequest } from '../../model/chat-request.ts';
import type { Target } from '../../model/target.ts';
import type { LossList } from './losses.ts';

/** The words for how much to think, from nothing to all that the model has. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** The word where it is known; vendors add new ones. */
export function effortWord(word: string | undefined): Effort | undefined {
  return EFFORTS.find((known) => known === word);
}

/** Words that every model with efforts knows; the ends of the scale differ from model to model. */
type SafeEffort = 'low' | 'medium' | 'high';
const SAFE_EFFORT: Readonly<Record<Effort, SafeEffort>> = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** How much to think, in the words of OpenAI's dialects; undefined where the target cannot be told, which is then named. */
export function encodeEffort(
  reasoning: ReasoningRequest | undefined,
  means: Target['quirks']['thinking'],
  losses: LossList,
): SafeEffort | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (means !== 'effort') {
    if (effort !== 'none') losses.slight('reasoning', 'the target cannot be told how much to think');
    return undefined;
  }
  if (effort !== undefined) {
    const safe = SAFE_EFFORT[effort];
    if (safe !== effort) losses.slight('reasoning', `effort ${effort} was sent as ${safe}`);
    return safe;
  }
  if (budgetTokens === undefined) {
    losses.slight('reasoning', 'the target thinks as much as it does unasked');
    return undefined;
  }
  const worded = effortFor(budgetTokens);
  losses.slight('reasoning', `a budget of ${budgetTokens} tokens was sent as effort ${worded}`);
  return worded;
}

function effortFor(budgetTokens: number): SafeEffort {
  if (budgetTokens <= 2048) return 'low';
  return budgetTokens <= 8192 ? 'medium' : 'high';
}
