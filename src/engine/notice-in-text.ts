import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { DegradedAnswer } from '../model/summary.ts';
import type { Branch } from './branch.ts';

/** An answer whose text may be added to: one, of plain words. What a program reads, and what a tool is called with, is left alone. */
export function takesNotice(request: ChatRequest): boolean {
  return request.output.kind === 'text' && request.choices === 1 && request.dialect !== 'openai-embeddings';
}

/**
 * The end of an answer with the notice as its last paragraph, where the route wants it in the text and the answer is one
 * that ended by itself and says something: half an answer, a refusal and a tool call get none.
 */
export function withNotice(
  end: readonly ChatEvent[],
  degraded: DegradedAnswer | undefined,
  branch: Branch,
): readonly ChatEvent[] {
  const notice = degraded?.notice;
  if (!notice?.inText || !takesNotice(branch.state.order.request)) return end;
  if (branch.contracts.some(({ contract }) => contract.schema !== undefined)) return end;
  const { finish, parts } = branch.delivery.answer();
  const plain = parts.every(({ type }) => type === 'text' || type === 'reasoning');
  const says = parts.some((part) => part.type === 'text' && part.text.trim() !== '');
  const at = end.findIndex(({ type }) => type === 'finish');
  if (finish !== 'stop' || !plain || !says || at < 0) return end;
  return [...end.slice(0, at), { type: 'text', text: `\n\n${notice.text}` }, ...end.slice(at)];
}
