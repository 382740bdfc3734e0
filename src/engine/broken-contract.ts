import type { Answer } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import { checkAnswer } from '../quality/contract.ts';
import type { ContractCheck } from '../quality/contract-check.ts';

/** What an answer is checked against beside its own request. */
export interface AnswerRules {
  readonly onContentPolicy: 'stop' | 'next';
  /** Every one of them has to hold: the route's, and that of the prompt. */
  readonly contracts: readonly ContractCheck[];
}

/** Of a request whose route and prompt ask for nothing more. */
export const NO_CONTRACTS: readonly ContractCheck[] = [];

/**
 * Why an answer that came whole must not pass for one. An answer that the provider's filters withheld is one where the
 * route lets filters stop a request; else the next target is asked.
 */
export function brokenContract(answer: Answer, request: ChatRequest, rules: AnswerRules): Fault | undefined {
  if (rules.onContentPolicy === 'next' && isWithheld(answer)) {
    const word = answer.nativeFinish ?? answer.finish ?? '';
    return { kind: 'content-policy', message: `the provider withheld its answer: ${word}` };
  }
  const violations = checkAnswer(answer, request);
  for (const contract of rules.contracts) violations.push(...contract.violations(answer, request));
  const [first] = violations;
  if (!first) return undefined;
  if (first.rule === 'empty') return { kind: 'bad-response', what: 'empty', message: first.message };
  const message = violations.map((violation) => violation.message).join('; ');
  return { kind: 'contract-broken', rule: first.rule, message: message.slice(0, 500) };
}

function isWithheld({ finish, parts }: Answer): boolean {
  if (finish !== 'content-filter' && finish !== 'refusal') return false;
  return parts.every((part) => part.type === 'reasoning' || (part.type === 'text' && part.text.trim() === ''));
}
