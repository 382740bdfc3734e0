import type { ReasoningRequest } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';
import { openSeal } from '../common/sealed-state.ts';
import {
  type OutputConfig,
  objectOf,
  stringOf,
  type ThinkingConfigAdaptive,
  type ThinkingConfigParam,
} from './wire.ts';

/** Smallest budget that the API takes, in tokens. */
const minBudgetTokens = 1024;
/** Share of the output limit that thinking may use, so that an answer remains. */
const budgetShare = 0.8;

type Effort = NonNullable<ReasoningRequest['effort']>;

const BUDGETS: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};

export interface EncodedThinking {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: NonNullable<OutputConfig['effort']>;
}

/** How the target is asked to think. `maxTokens` is the request's output limit, thinking included. */
export function encodeThinking(
  reasoning: ReasoningRequest | undefined,
  maxTokens: number,
  quirks: Quirks,
  losses: LossList,
): EncodedThinking {
  if (reasoning === undefined) return {};
  switch (quirks.thinking) {
    case 'none':
      if (reasoning.effort !== 'none') losses.add('reasoning', 'this target does not think', true);
      return {};
    case 'budget':
      if (reasoning.display === 'hidden') losses.add('reasoning.display', 'this target always shows its thinking');
      return encodeBudget(reasoning, maxTokens, losses);
    case 'effort':
      if (reasoning.display !== undefined)
        losses.add('reasoning.display', 'this target shows its thinking as it does unasked');
      if (reasoning.effort === undefined && reasoning.budgetTokens === undefined)
        losses.add('reasoning', 'the target thinks as much as it does unasked');
      if (reasoning.effort !== 'none') return encodeEffort(reasoning, losses);
      losses.add('reasoning', 'lowered, not switched off: this target always thinks');
      return { effort: 'low' };
    case 'adaptive':
      if (reasoning.effort === 'none') return { thinking: { type: 'disabled' } };
      return { thinking: { type: 'adaptive', ...encodeDisplay(reasoning) }, ...encodeEffort(reasoning, losses) };
  }
}

/** Newer models hide their thinking unasked. Models with a budget always show it, and know no such field. */
function encodeDisplay({ display }: ReasoningRequest): Pick<ThinkingConfigAdaptive, 'display'> {
  return display === undefined ? {} : { display: display === 'shown' ? 'summarized' : 'omitted' };
}

/** Tokens of thinking asked for, in words or in numbers. */
export function budgetOf(reasoning: ReasoningRequest | undefined): number {
  if (reasoning === undefined || reasoning.effort === 'none') return 0;
  return reasoning.budgetTokens ?? BUDGETS[reasoning.effort ?? 'medium'];
}

function encodeBudget(reasoning: ReasoningRequest, maxTokens: number, losses: LossList): EncodedThinking {
  if (reasoning.effort === 'none') return {};
  const asked = budgetOf(reasoning);
  const room = Math.floor(maxTokens * budgetShare);
  if (room < minBudgetTokens) {
    losses.add(
      'reasoning',
      `thinking was left out: it needs ${minBudgetTokens} tokens of an output limit of ${maxTokens}`,
      true,
    );
    return {};
  }
  const budget = Math.max(minBudgetTokens, Math.min(asked, room));
  if (budget < asked) losses.add('reasoning', `thinking was limited to ${budget} tokens by the output limit`);
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

function encodeEffort(reasoning: ReasoningRequest, losses: LossList): EncodedThinking {
  const asked = reasoning.effort ?? effortOf(reasoning.budgetTokens);
  if (reasoning.effort === undefined && reasoning.budgetTokens !== undefined) {
    losses.add('reasoning', `a budget of ${reasoning.budgetTokens} tokens was sent as effort ${asked}`);
  }
  switch (asked) {
    case undefined:
    case 'none':
      return {};
    case 'minimal':
      losses.add('reasoning', 'effort minimal was sent as low');
      return { effort: 'low' };
    case 'xhigh':
    case 'max':
      // The words above `high` exist on some models only, and the others answer 400.
      losses.add('reasoning', `effort ${asked} was sent as high`);
      return { effort: 'high' };
    default:
      return { effort: asked };
  }
}

function effortOf(budgetTokens: number | undefined): 'low' | 'medium' | 'high' | undefined {
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens <= BUDGETS.low) return 'low';
  return budgetTokens <= BUDGETS.medium ? 'medium' : 'high';
}

/**
 * Takes out of a finished body what the API refuses beside thinking: a forced tool, a prefill, a tool loop begun
 * without thinking (by another provider), changed temperature and top_k. Thinking gives way to what the caller needs more.
 */
export function reconcileThinking(body: JsonObject, losses: LossList): void {
  const thinking = objectOf(body.thinking);
  if (thinking.type !== 'enabled' && thinking.type !== 'adaptive') return;
  const why = conflict(body, thinking.type);
  if (why !== undefined) {
    delete body.thinking;
    losses.add('reasoning', `thinking was left out: this target refuses it ${why}`, true);
    return;
  }
  for (const field of ['temperature', 'top_k', 'top_p']) {
    const value = body[field];
    if (value === undefined || (field === 'temperature' && value === 1)) continue;
    if (field === 'top_p' && typeof value === 'number' && value >= 0.95) continue;
    delete body[field];
    losses.add(field, 'dropped: this target refuses it beside thinking');
  }
}

/** The same for a body that the caller wrote: only what a failover in the middle of a tool loop may have left behind. */
export function reconcileToolLoop(body: JsonObject, losses: LossList): void {
  if (objectOf(body.thinking).type !== 'enabled' || !Array.isArray(body.messages)) return;
  if (!inForeignToolLoop(body.messages)) return;
  delete body.thinking;
  losses.add('thinking', 'left out: this target refuses it in a round of tools that began without it', true);
}

/**
 * Removes thinking blocks without a signature of the vendor's: this gateway writes them for the thinking of other
 * providers, clients send them back with the conversation, and the API answers 400 to them.
 */
export function dropUnsignedThinking(body: JsonObject, losses: LossList): void {
  if (!Array.isArray(body.messages)) return;
  let dropped = 0;
  const messages: JsonValue[] = [];
  for (const message of body.messages) {
    const blocks = blocksOf(message);
    const kept = blocks.filter((block) => block.type !== 'thinking' || isSigned(block));
    dropped += blocks.length - kept.length;
    if (kept.length === blocks.length) messages.push(message);
    else if (kept.length > 0) messages.push({ ...objectOf(message), content: kept });
  }
  if (dropped === 0) return;
  body.messages = messages;
  losses.add('messages', `${dropped} thinking blocks of other providers were left out: this target did not sign them`);
}

function isSigned({ signature }: JsonObject): boolean {
  return stringOf(signature) !== '' && openSeal(signature) === undefined;
}

function conflict(body: JsonObject, type: 'enabled' | 'adaptive'): string | undefined {
  const choice = objectOf(body.tool_choice).type;
  if (choice === 'any' || choice === 'tool') return 'beside a forced tool';
  const messages = Array.isArray(body.messages) ? body.messages : [];
  if (objectOf(messages.at(-1)).role === 'assistant') return 'beside a prefill';
  return type === 'enabled' && inForeignToolLoop(messages) ? 'in a round of tools that began without it' : undefined;
}

/** The last turn answers tool calls, and the turn that made them does not begin with signed thinking. */
function inForeignToolLoop(messages: readonly JsonValue[]): boolean {
  const [calls, results] = messages.slice(-2).map((message) => blocksOf(message));
  if (calls === undefined || results === undefined) return false;
  if (!results.some((block) => block.type === 'tool_result')) return false;
  const first = calls[0]?.type;
  return first !== 'thinking' && first !== 'redacted_thinking';
}

function blocksOf(message: JsonValue): JsonObject[] {
  const { content } = objectOf(message);
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}
