import { withPrompt } from '../../engine/prompts.ts';
import { inputTokens, measureRequest } from '../../engine/token-estimate.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import { isPromptError } from '../../quality/prompts/prompt-error.ts';
import { baseRequest } from './base-request.ts';
import type { Column } from './columns.ts';
import { messageOf } from './conversation.ts';
import type { EvalHouse } from './house.ts';
import type { EvalSuite, SuiteCase } from './suite.ts';

/** Tokens of an answer of which nobody says how long it may be. */
export const ASSUMED_OUTPUT_TOKENS = 400;

/** What one conversation will cost by an estimate of its tokens, in US dollars; undefined where no price is known. */
export function estimatedUsd(suite: EvalSuite, one: SuiteCase, column: Column, house: EvalHouse): number | undefined {
  const { engine } = house;
  const [told] = column.route.targets;
  if (!told) return undefined;
  const base = baseRequest(suite, one, column, engine);
  const outputTokens = suite.parameters.maxOutputTokens ?? ASSUMED_OUTPUT_TOKENS;
  let sum = 0;
  let said: ChatRequest['messages'] = [];
  for (const [turn, { messages }] of one.turns.entries()) {
    said = [...said, ...messages.map(messageOf)];
    const input = inputTokens(
      measureRequest(withWords({ ...base, messages: said }, column, house)),
      told.target.tokens,
    );
    // The answers of the turns before are sent along.
    const usd = engine.price(told.target, { inputTokens: input + turn * outputTokens, outputTokens });
    if (usd === undefined) return undefined;
    sum += usd;
  }
  return sum;
}

function withWords(request: ChatRequest, column: Column, { engine }: EvalHouse): ChatRequest {
  try {
    const bound = withPrompt(request, {
      route: column.route,
      library: engine.prompts,
      caller: engine.dialects.caller(request.dialect),
      wallNow: engine.clock.wallNow(),
      unsaid: false,
    });
    const words = bound?.targets[0]?.prompt;
    if (!bound || !words || !('before' in words)) return request;
    return { ...bound.request, messages: words.before(request.messages) };
  } catch (error) {
    // What cannot be asked costs nothing; the run says why.
    if (isPromptError(error)) return request;
    throw error;
  }
}
