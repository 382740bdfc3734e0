import { answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Message } from '../model/conversation.ts';
import type { Branch } from './branch.ts';
import type { AnswerSink } from './delivery.ts';
import type { SelfCheck } from './route.ts';
import type { RunState } from './run-state.ts';
import { tryTarget } from './try-target.ts';

/** Most characters of a reply that are kept on record. */
const MAX_SAID_CHARS = 80;

/** What the check says is for nobody but the cascade. */
const NOWHERE: AnswerSink = { open() {}, write() {} };

/**
 * Asks the target that gave an answer whether it is right, in the operator's words. Gives the reply, without white space
 * and quotation marks around it; undefined where none came: a check that could not be made is no doubt.
 */
export async function selfCheck(branch: Branch, check: SelfCheck, seq: number): Promise<string | undefined> {
  const { state } = branch;
  const candidate = branch.serving?.candidate;
  if (!candidate) return undefined;
  const request = checkRequest(state, branch, check);
  const { branch: aside } = state.fork({ hold: { kind: 'whole-answer' }, request, sink: NOWHERE });
  const budgetMs = Math.min(check.withinMs, state.deadline.remaining(state.now));
  const outcome = await tryTarget(aside, { candidate, budgetMs, panic: false, request });
  if (outcome.kind !== 'complete') return undefined;
  const said = answerText(aside.delivery.answer())
    .replace(/^[\s"'*`]+|[\s"'*`]+$/g, '')
    .slice(0, MAX_SAID_CHARS);
  const target = candidate.target.target.id;
  state.journal.note({ type: 'checked', target, seq, said: state.deps.redact(said) }, state.now);
  return said;
}

/** The whole conversation with the answer at its end, and the question. Nothing else of the caller's request applies to it. */
function checkRequest({ order, deps }: RunState, { delivery }: Branch, check: SelfCheck): ChatRequest {
  const answer: Message = { role: 'assistant', parts: [{ type: 'text', text: answerText(delivery.answer()) }] };
  const ask: Message = { role: 'user', parts: [{ type: 'text', text: check.ask }] };
  const plain = deps.dialects.caller('openai-chat').decodeRequest(
    {
      model: order.request.model,
      messages: [{ role: 'user', content: check.ask }],
      max_completion_tokens: check.maxTokens,
    },
    order.request.options,
  );
  const { tools, messages } = order.request;
  // Some APIs refuse a conversation with calls of tools that they are not told of.
  const known = tools.length > 0 ? ({ tools, toolChoice: { kind: 'none' } } as const) : {};
  return { ...plain, ...known, messages: [...messages, answer, ask], conversationEdited: true };
}
