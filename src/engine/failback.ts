import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import type { KeptConversation } from './affinity.ts';
import type { PriceUsage } from './ports.ts';
import type { AffinityPolicy } from './route.ts';

/** Why a running conversation goes back, in words and numbers. */
export interface Return {
  readonly detail: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The future of a conversation is taken to be as long as its past, and no longer than this many turns. */
export const MAX_EXPECTED_TURNS = 20;

/** Between whom a conversation has to choose. */
export interface FailbackChoice {
  readonly kept: KeptConversation;
  readonly policy: AffinityPolicy;
  /** Who serves it. */
  readonly stay: Target;
  /** Who would serve it if it began now; healthy. */
  readonly back: Target;
}

/**
 * Whether a running conversation goes back: when it has been away for too long, or when the turns that are expected cost
 * less there although its prompt cache is cold. Undefined: it stays. An unknown price is no reason to move.
 */
export function failback(choice: FailbackChoice, price: PriceUsage, now: number): Return | undefined {
  const awayMs = now - choice.kept.since;
  if (awayMs >= choice.policy.maxAgeMs) {
    const detail = `it was away for ${Math.round(awayMs / 1000)} s, and may be for ${choice.policy.maxAgeMs / 1000} s`;
    return { detail, numbers: { awayMs, maxAgeMs: choice.policy.maxAgeMs } };
  }
  const costs = failbackCosts(choice, price);
  if (costs === undefined || costs.backUsd >= costs.stayUsd) return undefined;
  const { backUsd, stayUsd, turns } = costs;
  const detail = `${turns} more turns cost about $${backUsd.toFixed(4)} there, its cold prompt cache included, and $${stayUsd.toFixed(4)} where it is`;
  return { detail, numbers: { backUsd, stayUsd, turns } };
}

/**
 * US dollars for the `turns` that are expected, of the last turn's size: the next input is its input and its output.
 *
 *     stay = turns × price(stay, warm)
 *     back = price(back, cold) + (turns − 1) × price(back, warm)
 *
 * `cold` reads nothing from the prompt cache, `warm` the share that the last turn read from it.
 */
export function failbackCosts(
  { kept, stay, back }: Pick<FailbackChoice, 'kept' | 'stay' | 'back'>,
  price: PriceUsage,
): { readonly backUsd: number; readonly stayUsd: number; readonly turns: number } | undefined {
  const { inputTokens, cachedInputTokens = 0, outputTokens } = kept.usage;
  if (inputTokens === undefined || inputTokens <= 0 || outputTokens === undefined) return undefined;
  const cold: Usage = { inputTokens: inputTokens + outputTokens, outputTokens };
  const share = Math.min(1, cachedInputTokens / inputTokens);
  const warm: Usage = { ...cold, cachedInputTokens: Math.round(share * (inputTokens + outputTokens)) };
  const warmStay = price(stay, warm);
  const warmBack = price(back, warm);
  const coldBack = price(back, cold);
  if (warmStay === undefined || warmBack === undefined || coldBack === undefined) return undefined;
  const turns = Math.max(1, Math.min(kept.turns, MAX_EXPECTED_TURNS));
  return { backUsd: coldBack + (turns - 1) * warmBack, stayUsd: turns * warmStay, turns };
}
