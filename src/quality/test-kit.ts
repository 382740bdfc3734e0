import type { Answer } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Contract } from './contract-rules.ts';

/** A request in no dialect in particular, whose one message says `text`. */
export function requestOf(text: string, over: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'openai-chat',
    model: 'default',
    messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: false,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    requires: [],
    conversationEdited: false,
    ...over,
  };
}

/** A whole answer that says `text`. */
export function answerOf(text: string, over: Partial<Answer> = {}): Answer {
  return { parts: [{ type: 'text', text }], finish: 'stop', usage: {}, ...over };
}

/** A contract that asks for nothing, with some rules of its own. */
export function contractOf(over: Partial<Contract> = {}): Contract {
  return {
    mustCall: [],
    mustNotCall: [],
    arguments: {},
    languages: [],
    required: [],
    forbidden: [],
    refusal: 'allowed',
    truncation: 'allowed',
    numbers: [],
    checks: [],
    ...over,
  };
}
