import type { Observer } from '../engine/observer.ts';
import type { AttemptEnded, RequestEnded } from '../engine/record.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import { DEFAULT_QUIRKS } from '../model/quirks.ts';
import type { Target } from '../model/target.ts';

export const REQUEST: ChatRequest = {
  dialect: 'openai-chat',
  model: 'reply',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'the words of the caller' }] }],
  tools: [],
  output: { kind: 'text' },
  sampling: { temperature: 0.3 },
  maxOutputTokens: 99,
  stop: [],
  stream: true,
  streamUsage: true,
  choices: 1,
  options: {},
  original: {},
  unmapped: [],
  requires: [],
  conversationEdited: false,
};

export function target(id: string): Target {
  const [provider = '', model = ''] = id.split('/');
  return {
    id,
    provider,
    model,
    dialect: 'openai-chat',
    lane: id,
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  };
}

export function attemptEnded(over: Partial<AttemptEnded> = {}): AttemptEnded {
  return { requestId: 'req_1', seq: 1, state: 'settled', durationMs: 200, committed: true, usage: {}, ...over };
}

export function requestEnded(over: Partial<RequestEnded> = {}): RequestEnded {
  return {
    requestId: 'req_1',
    outcome: 'served',
    servedBy: 'alpha/one',
    attempts: 1,
    durationMs: 1_500,
    overheadMs: 3,
    usage: {},
    decisions: [],
    ...over,
  };
}

const FAULT = { kind: 'server-error', message: 'HTTP 503', status: 503 } as const;

/** A failover as the engine tells it: a failed attempt at the primary, a good one at the secondary. */
export function tellFailover(observer: Observer): void {
  const base = { requestId: 'req_1', route: 'reply' };
  const [alpha, beta] = [target('alpha/one'), target('beta/two')];
  observer.requestBegun({ ...base, request: REQUEST, traceparent: undefined });
  observer.attemptBegun({ ...base, seq: 1, target: alpha, request: REQUEST });
  observer.attemptEnded({
    ...base,
    target: alpha,
    ended: attemptEnded({ state: 'free', fault: FAULT, verdict: 'next-target: server-error', costUsd: 0 }),
  });
  observer.attemptBegun({ ...base, seq: 2, target: beta, request: REQUEST });
  observer.attemptEnded({
    ...base,
    target: beta,
    ended: attemptEnded({
      seq: 2,
      usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 },
      costUsd: 0.25,
      firstContentMs: 150,
      servedModel: 'two-0613',
    }),
  });
  observer.requestEnded({
    route: 'reply',
    request: REQUEST,
    ended: requestEnded({
      servedBy: 'beta/two',
      attempts: 2,
      firstContentMs: 700,
      usage: { inputTokens: 10, outputTokens: 5 },
      degraded: { reason: 'fallback', cause: 'server-error', primary: 'alpha/one' },
      failover: { primary: 'alpha/one', error: 'server-error', target: 'beta/two', latencyDeltaMs: 400 },
    }),
  });
}
