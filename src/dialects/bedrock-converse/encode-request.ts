import type { ChatRequest, Sampling } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { LossList } from '../common/losses.ts';
import { type ToolNameMap, toolNameMap } from '../common/tool-names.ts';
import { completeToolRounds } from '../common/tool-rounds.ts';
import { encodeConversation } from './encode-messages.ts';
import { encodeThinking } from './encode-thinking.ts';
import { type EncodedTools, encodeTools } from './encode-tools.ts';
import { toolNameRule } from './wire.ts';

/** Limits of `requestMetadata`. */
const maxLabels = 16;
const labelKey = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;
const labelValue = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const { target } = context;
  const losses = new LossList(request);
  const names = toolNameMap(usedToolNames(request), toolNameRule);
  const tools = encodeTools(request, target.quirks, names, losses);
  const body = encodeBody(request, target, tools, { names, losses });
  const { answerTool } = tools;
  return {
    path: `/model/${encodeURIComponent(target.model)}/${request.stream ? 'converse-stream' : 'converse'}`,
    headers: {},
    body,
    losses: losses.list(),
    reading: {
      toolNames: names.back,
      ...(answerTool !== undefined && { answerTool }),
      finishOptional: target.quirks.finishOptional,
      newId: () => context.newId(),
    },
  };
}

function encodeBody(
  request: ChatRequest,
  target: Target,
  tools: EncodedTools,
  { names, losses }: { readonly names: ToolNameMap; readonly losses: LossList },
): JsonObject {
  const { system, messages } = encodeConversation(completeToolRounds(request.messages, losses), {
    toolNames: names.sent,
    losses,
    // Of the many vendors here few continue a message; one that is not known to is not asked to.
    prefill: target.capabilities.abilities.prefill === 'yes',
  });
  if (tools.instruction !== undefined) system.push({ text: tools.instruction });
  const maxTokens = outputLimit(request, target, losses);
  const forced = tools.toolChoice !== undefined;
  const thinking = encodeThinking(request.reasoning, maxTokens, { target, forced, losses });
  const inference = encodeInference(request, maxTokens, 'thinking' in thinking, { target, losses });
  const body: JsonObject = { messages };
  if (system.length > 0) body.system = system;
  if (Object.keys(inference).length > 0) body.inferenceConfig = inference;
  if (tools.tools.length > 0) body.toolConfig = toolConfig(tools);
  if (tools.format) body.outputConfig = tools.format;
  if (Object.keys(thinking).length > 0) body.additionalModelRequestFields = thinking;
  encodeMetadata(body, request, losses);
  encodeServiceTier(body, request, target, losses);
  nameLost(request, losses);
  return body;
}

function toolConfig({ tools, toolChoice }: EncodedTools): JsonObject {
  const list = tools.map(({ toolSpec }) => ({
    toolSpec: {
      name: toolSpec.name,
      ...(toolSpec.description !== undefined && { description: toolSpec.description }),
      inputSchema: { json: toolSpec.inputSchema.json },
    },
  }));
  return { tools: list, ...(toolChoice && { toolChoice: { ...toolChoice } }) };
}

function outputLimit({ maxOutputTokens }: ChatRequest, target: Target, losses: LossList): number | undefined {
  const most = target.capabilities.maxOutputTokens;
  if (maxOutputTokens === undefined || most === undefined || maxOutputTokens <= most) return maxOutputTokens;
  losses.slight('max_tokens', `lowered from ${maxOutputTokens} to ${most}, the most this target writes`);
  return most;
}

function encodeInference(
  request: ChatRequest,
  maxTokens: number | undefined,
  thinks: boolean,
  { target, losses }: { readonly target: Target; readonly losses: LossList },
): JsonObject {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '');
  if (stop.length < request.stop.length) losses.grave('stop', 'sequences of blanks are not taken by this target');
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...encodeSampling(request.sampling, target.quirks.sampling && !thinks, losses),
  };
}

function encodeSampling(sampling: Sampling, taken: boolean, losses: LossList): JsonObject {
  const { temperature, topP, topK, frequencyPenalty, presencePenalty, seed } = sampling;
  const lost = {
    top_k: topK,
    frequency_penalty: frequencyPenalty || undefined,
    presence_penalty: presencePenalty || undefined,
    seed,
  };
  for (const [field, value] of Object.entries(lost)) {
    if (value !== undefined) losses.slight(field, 'has no counterpart at this target');
  }
  if (!taken) {
    for (const [field, value] of Object.entries({ temperature, top_p: topP })) {
      if (value !== undefined) losses.slight(field, 'dropped: this target refuses it');
    }
    return {};
  }
  if (temperature !== undefined && temperature > 1)
    losses.slight('temperature', `lowered from ${temperature} to 1, the highest this target takes`);
  return {
    ...(temperature !== undefined && { temperature: Math.min(1, temperature) }),
    ...(topP !== undefined && { topP }),
  };
}

function encodeMetadata(body: JsonObject, { metadata }: ChatRequest, losses: LossList): void {
  if (metadata === undefined) return;
  const labels = Object.entries(metadata);
  const fits =
    labels.length <= maxLabels && labels.every(([key, value]) => labelKey.test(key) && labelValue.test(value));
  if (fits) body.requestMetadata = { ...metadata };
  else losses.slight('metadata', 'not sent: this target takes sixteen labels of plain characters');
}

function encodeServiceTier(body: JsonObject, { serviceTier }: ChatRequest, target: Target, losses: LossList): void {
  if (serviceTier === undefined || serviceTier === 'auto') return;
  if (!target.quirks.vendorFields) losses.slight('service_tier', 'not sent: the target is not known to take it');
  else body.serviceTier = { type: serviceTier === 'standard' ? 'default' : serviceTier };
}

function nameLost(request: ChatRequest, losses: LossList): void {
  const missing = 'has no counterpart at this target';
  if (request.endUser !== undefined) losses.slight('user', missing);
  if (request.logprobs) losses.grave('logprobs', `${missing}: it tells no log probabilities`);
  if (request.promptCacheKey !== undefined) losses.slight('prompt_cache_key', missing);
  if (request.verbosity !== undefined && request.verbosity !== 'medium') losses.slight('verbosity', missing);
  if (request.choices > 1)
    losses.grave('n', `one answer instead of ${request.choices}: this target gives no alternatives`);
  losses.addUnmapped(request);
}

/** Names of the tools declared and of those called earlier: a call in the history needs its renamed tool. */
function usedToolNames(request: ChatRequest): string[] {
  const names = request.tools.map((tool) => tool.name);
  for (const { parts } of request.messages) {
    for (const part of parts) if (part.type === 'tool-call') names.push(part.name);
  }
  return names;
}
