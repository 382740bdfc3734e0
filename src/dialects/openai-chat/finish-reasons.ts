import type { FinishReason } from '../../model/chat-event.ts';
import type { Fault } from '../../model/fault.ts';

/** The words for an end, of OpenAI and of the providers that speak its dialect in their own way. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  sensitive: 'content-filter',
};

type BrokenEnd = { readonly what: 'overloaded' | 'error-body' | 'cut' };

/** Words for an end that is none: what came before them is a fragment. */
const BROKEN_ENDS: Readonly<Record<string, BrokenEnd>> = {
  // OpenRouter and Mistral: the provider behind failed.
  error: { what: 'error-body' },
  // DeepSeek: "the request is interrupted due to insufficient resource of the inference system".
  insufficient_system_resource: { what: 'overloaded' },
  // Zhipu: inference failed.
  network_error: { what: 'error-body' },
  // vLLM and SGLang: the engine gave the request up.
  abort: { what: 'cut' },
};

/** What a provider's word for the end means: a reason, or a fault where the answer is a fragment. */
export function readFinish(
  native: string,
  calls: boolean,
): { readonly reason: FinishReason } | { readonly fault: Fault } {
  const broken = Object.hasOwn(BROKEN_ENDS, native) ? BROKEN_ENDS[native] : undefined;
  if (broken) {
    return {
      fault: { kind: 'bad-response', what: broken.what, message: `the answer ended with finish_reason ${native}` },
    };
  }
  const reason = (Object.hasOwn(REASONS, native) ? REASONS[native] : undefined) ?? 'other';
  return { reason: byContent(reason, calls) };
}

/** OpenAI says `stop` after a forced function, others `tool_calls` without any: what is there decides. */
function byContent(reason: FinishReason, calls: boolean): FinishReason {
  if (calls && (reason === 'stop' || reason === 'other')) return 'tool-calls';
  return !calls && reason === 'tool-calls' ? 'stop' : reason;
}

export type WireFinish = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** The dialect's word. A paused or otherwise ended turn has none of its own and reads as `stop`. */
export function writeFinish(reason: FinishReason, legacyFunctions: boolean): WireFinish {
  switch (reason) {
    case 'length':
      return 'length';
    case 'tool-calls':
      return legacyFunctions ? 'function_call' : 'tool_calls';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    case 'stop':
    case 'pause':
    case 'other':
      return 'stop';
  }
}
