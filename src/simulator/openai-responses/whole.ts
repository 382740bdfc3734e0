import type { JsonObject } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import type { Stamp } from '../dialect-kit.ts';
import type { Reply } from '../reply.ts';
import { sealed } from './reasoning.ts';

/** A `response`. */
export function responsesWhole(reply: Reply, ask: Ask, stamp: Stamp): JsonObject {
  return responseObject(reply, ask, stamp, outputItems(reply, ask, stamp));
}

/** Status and reason of an answer that is over. */
export function endOf(reply: Reply): { status: 'completed' } | { status: 'incomplete'; reason: string } {
  switch (reply.finish) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'content-filter':
      return { status: 'incomplete', reason: 'content_filter' };
    case 'stop':
    case 'tool-calls':
    case 'stop-sequence':
      return { status: 'completed' };
  }
}

export function responseObject(reply: Reply, ask: Ask, stamp: Stamp, output: JsonObject[]): JsonObject {
  const end = endOf(reply);
  return {
    ...openResponse(ask, stamp),
    status: end.status,
    incomplete_details: end.status === 'incomplete' ? { reason: end.reason } : null,
    output,
    usage: {
      input_tokens: reply.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: reply.outputTokens,
      output_tokens_details: { reasoning_tokens: reply.reasoningTokens },
      total_tokens: reply.inputTokens + reply.outputTokens,
    },
  };
}

/** As it stands in `response.created`. */
export function openResponse(ask: Ask, stamp: Stamp): JsonObject {
  return {
    id: `resp_${stamp.id}`,
    object: 'response',
    created_at: Math.floor(stamp.at / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: ask.system === '' ? null : ask.system,
    max_output_tokens: ask.maxTokens ?? null,
    model: stamp.model,
    output: [],
    parallel_tool_calls: ask.parallel,
    previous_response_id: null,
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    metadata: {},
  };
}

/** The items of the answer in their order: reasoning, message, calls. */
export function outputItems(reply: Reply, ask: Ask, stamp: Stamp): JsonObject[] {
  const items: JsonObject[] = [];
  if (ask.thinking !== 'none' && reply.reasoning !== '') items.push(reasoningItem(reply, ask, stamp));
  if (reply.text !== '' || reply.calls.length === 0) items.push(messageItem(reply, ask, stamp));
  for (const [index, call] of reply.calls.entries()) {
    const { name, arguments: input, isText } = call;
    const place = `${stamp.id}${index}`;
    const common = { status: 'completed', call_id: `call_${place}`, name };
    if (isText) items.push({ id: `ctc_${place}`, type: 'custom_tool_call', ...common, input });
    else items.push({ id: `fc_${place}`, type: 'function_call', ...common, arguments: input });
  }
  return items;
}

/** The thoughts themselves are never told: a summary where asked for, and the sealed form for the way back. */
function reasoningItem(reply: Reply, ask: Ask, stamp: Stamp): JsonObject {
  const summary = ask.thinking === 'shown' ? [{ type: 'summary_text', text: reply.reasoning }] : [];
  const item: JsonObject = { id: `rs_${stamp.id}`, type: 'reasoning', summary };
  if (ask.sealedReasoning) item.encrypted_content = sealed(reply.reasoning);
  return item;
}

function messageItem(reply: Reply, ask: Ask, stamp: Stamp): JsonObject {
  return {
    id: `msg_${stamp.id}`,
    type: 'message',
    status: endOf(reply).status,
    role: 'assistant',
    content: [contentPart(reply, ask)],
  };
}

export function contentPart(reply: Reply, ask: Ask): JsonObject {
  if (isRefusal(reply, ask)) return { type: 'refusal', refusal: reply.text };
  return { type: 'output_text', text: reply.text, annotations: [], logprobs: [] };
}

/** Only structured output has a place of its own for a refusal. */
export function isRefusal(reply: Reply, ask: Ask): boolean {
  return reply.refused && ask.output.kind === 'schema';
}
