import type { ChatRequest } from '../model/chat-request.ts';
import type { Message } from '../model/conversation.ts';
import type { LibraryWords, PromptAdjustment } from './route.ts';

/** Applies a target's own instructions to the conversation. The caller's words stay unless the route replaces them. */
export function applyPrompt(request: ChatRequest, prompt: PromptAdjustment | LibraryWords | undefined): ChatRequest {
  if (!prompt) return request;
  if ('before' in prompt) return { ...request, messages: prompt.before(request.messages), conversationEdited: true };
  const own: Message = { role: 'system', parts: [{ type: 'text', text: prompt.text }] };
  const first = request.messages.findIndex((message) => message.role !== 'system');
  const split = first === -1 ? request.messages.length : first;
  const system = request.messages.slice(0, split);
  const rest = request.messages.slice(split);
  const placed =
    prompt.placement === 'replace' ? [own] : prompt.placement === 'before' ? [own, ...system] : [...system, own];
  return { ...request, messages: [...placed, ...rest], conversationEdited: true };
}

/** Asks again, with the broken answer in view and the operator's own words of repair. */
export function withRepair(request: ChatRequest, answer: Message, words: string): ChatRequest {
  const ask: Message = { role: 'user', parts: [{ type: 'text', text: words }] };
  return { ...request, messages: [...request.messages, answer, ask], conversationEdited: true };
}

/** Asks another target to go on from what the caller already has. */
export function withPrefill(request: ChatRequest, text: string): ChatRequest {
  const prefill: Message = { role: 'assistant', parts: [{ type: 'text', text }] };
  return { ...request, messages: [...request.messages, prefill], conversationEdited: true };
}
