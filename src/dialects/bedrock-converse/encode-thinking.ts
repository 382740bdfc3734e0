import type { ReasoningRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { encodeEffort } from '../common/effort.ts';
import type { LossList } from '../common/losses.ts';

/** Smallest budget that Claude takes, in tokens. */
const minBudgetTokens = 1024;
/** Share of the output limit that thinking may use, so that an answer remains. */
const budgetShare = 0.8;

const BUDGETS: Readonly<Record<Exclude<NonNullable<ReasoningRequest['effort']>, 'none'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};

/** Models that have a word of their own for how much to think. */
const NOVA = /(?:^|[./])amazon\.nova/;

/**
 * How the model behind the API is asked to think, for `additionalModelRequestFields`: the API itself has no word for it,
 * and each vendor's models read their own. `forced`: a tool must be called, beside which Claude refuses to think.
 */
export function encodeThinking(
  reasoning: ReasoningRequest | undefined,
  maxTokens: number | undefined,
  { target, forced, losses }: { readonly target: Target; readonly forced: boolean; readonly losses: LossList },
): JsonObject {
  const means = target.quirks.thinking;
  if (reasoning === undefined) return {};
  if (means === 'none' || means === 'effort') {
    const effort = encodeEffort(reasoning, means, losses);
    if (effort === undefined) return {};
    if (NOVA.test(target.model)) return { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } };
    return { reasoning_effort: effort };
  }
  if (reasoning.effort === 'none') return {};
  if (forced) {
    losses.grave('reasoning', 'thinking was left out: this target refuses it beside a forced tool');
    return {};
  }
  if (means === 'adaptive') return { thinking: { type: 'adaptive' }, ...adaptiveEffort(reasoning, losses) };
  return budget(reasoning, maxTokens, losses);
}

function adaptiveEffort(reasoning: ReasoningRequest, losses: LossList): JsonObject {
  const effort = encodeEffort(reasoning, 'effort', losses);
  return effort === undefined ? {} : { output_config: { effort } };
}

function budget(
  { effort, budgetTokens }: ReasoningRequest,
  maxTokens: number | undefined,
  losses: LossList,
): JsonObject {
  const asked = budgetTokens ?? (effort === undefined || effort === 'none' ? BUDGETS.medium : BUDGETS[effort]);
  const room = maxTokens === undefined ? Number.POSITIVE_INFINITY : Math.floor(maxTokens * budgetShare);
  if (room < minBudgetTokens) {
    losses.grave(
      'reasoning',
      `thinking was left out: it needs ${minBudgetTokens} tokens of an output limit of ${maxTokens}`,
    );
    return {};
  }
  const tokens = Math.max(minBudgetTokens, Math.min(asked, room));
  if (tokens < asked) losses.slight('reasoning', `thinking was limited to ${tokens} tokens by the output limit`);
  return { thinking: { type: 'enabled', budget_tokens: tokens } };
}
