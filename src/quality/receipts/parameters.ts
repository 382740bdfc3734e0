import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { canonicalJson } from './canonical-json.ts';

/**
 * What of a request's parameters decides how good its answers are. A seed changes no quality, and a limit that is too low
 * shows as an answer that was cut, which a contract finds.
 */
const COMPARED = [
  'temperature',
  'topP',
  'topK',
  'frequencyPenalty',
  'presencePenalty',
  'effort',
  'thinkingTokens',
] as const;

const NONE = '{}';

type Asking = Pick<ChatRequest, 'sampling' | 'reasoning' | 'maxOutputTokens'>;

/** Sampling, output limit and reasoning that a request states; what it leaves to the model is absent. */
export function statedParameters({ sampling, reasoning, maxOutputTokens }: Asking): JsonObject {
  const { effort, budgetTokens } = reasoning ?? {};
  return {
    ...sampling,
    ...(effort !== undefined && { effort }),
    ...(budgetTokens !== undefined && { thinkingTokens: budgetTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

/** Those of them that a receipt holds for, as one text that is the same for the same parameters. */
export function comparedParameters(parameters: JsonObject): string {
  const compared: JsonObject = {};
  for (const name of COMPARED) {
    const value = parameters[name];
    if (value !== undefined) compared[name] = value;
  }
  return canonicalJson(compared);
}

/** The same of a request. */
export function parametersOf(request: Asking): string {
  if (request.reasoning === undefined && isEmpty(request.sampling)) return NONE;
  return comparedParameters(statedParameters(request));
}

function isEmpty(of: object): boolean {
  for (const _ in of) return false;
  return true;
}
