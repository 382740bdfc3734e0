import type { TokenNeed } from '../resilience/headroom.ts';
import type { Candidate } from './eligibility.ts';
import type { Lane } from './lane.ts';
import type { Needs } from './needs.ts';
import { estimatedInput, mostInput, outputTokens } from './window-fit.ts';

/**
 * Tokens that a request takes of a lane's rate limits; undefined where they matter to none. Measures nothing while the
 * limits are far larger than the request, as they mostly are.
 */
export function tokenNeed(lane: Lane, candidate: Candidate, needs: Needs, now: number): TokenNeed | undefined {
  const left = lane.tokensLeft(now);
  if (left === Number.POSITIVE_INFINITY) return undefined;
  const output = outputTokens(candidate, needs);
  if (mostInput(candidate, needs) * candidate.tokens.factor + output <= left) return undefined;
  return { input: estimatedInput(candidate, needs), output };
}
