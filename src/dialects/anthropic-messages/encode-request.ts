import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { Target } from '../../model/target.ts';
import { heldStops } from '../common/held-stops.ts';
import { schemaInstruction } from '../common/instructions.ts';
import { LossList } from '../common/losses.ts';
import { type ToolNameMap, toolNameMap, usedToolNames } from '../common/tool-names.ts';
import { completeToolRounds } from '../common/tool-rounds.ts';
import { adaptToVersion } from './adapt-version.ts';
import { dropUnsealedCitations } from './citations.ts';
import { encodeConversation } from './encode-messages.ts';
import { encodeSampling, samplingFields, takesSampling } from './encode-sampling.ts';
import {
  budgetOf,
  dropUnsignedThinking,
  encodeThinking,
  reconcileThinking,
  reconcileToolLoop,
} from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { OriginalBlocks } from './original-blocks.ts';
import { type MessageCreateParamsBase, stringOf, toolNameRule } from './wire.ts';

/** Longest `metadata.user_id`, in characters. */
const maxUserIdChars = 256;

const path = '/messages';

/** @see https://platform.claude.com/docs/en/api/messages/create */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const { target } = context;
  const losses = new LossList(request);
  const headers: Record<string, string> = { 'anthropic-version': target.quirks.anthropicVersion };
  const reading = { finishOptional: target.quirks.finishOptional, newId: () => context.newId() };
  if (request.dialect === 'anthropic-messages') {
    const body = encodeOwn(request, target, headers, losses);
    return { path, headers, body, losses: losses.list(), reading: { ...reading, toolNames: new Map() } };
  }
  const names = toolNameMap(usedToolNames(request), toolNameRule);
  const { body, answerTool } = encodeForeign(request, target, names, losses);
  const endsAt = heldStops(request, body.stop_sequences, losses);
  return {
    path,
    headers,
    body,
    losses: losses.list(),
    endsAt,
    reading: { ...reading, toolNames: names.back, ...(answerTool !== undefined && { answerTool }) },
  };
}

/** The caller speaks this dialect: its own body, with the fields we own replaced and what this target refuses left out. */
function encodeOwn(
  request: ChatRequest,
  target: Target,
  headers: Record<string, string>,
  losses: LossList,
): JsonObject {
  const { anthropic_beta: betas, ...original } = request.original;
  const body: JsonObject = { ...original, model: target.model };
  if (request.stream || 'stream' in original) body.stream = request.stream;
  if (Array.isArray(betas) && betas.length > 0)
    headers['anthropic-beta'] = betas.map((beta) => stringOf(beta)).join(',');
  if (request.conversationEdited) replaceConversation(body, request, losses);
  dropUnsignedThinking(body, losses);
  dropUnsealedCitations(body, losses);
  reconcileToolLoop(body, losses);
  if (!takesSampling(target.quirks)) {
    for (const field of samplingFields) {
      if (body[field] === undefined) continue;
      delete body[field];
      losses.add(field, 'dropped: this target refuses it');
    }
  }
  adaptToVersion(body, target.quirks, losses);
  limitOutput(body, target, losses);
  if (target.quirks.structuredOutput !== 'native') askForSchema(body, request, losses);
  return body;
}

function replaceConversation(body: JsonObject, request: ChatRequest, losses: LossList): void {
  const given = Array.isArray(request.original.messages) ? request.original.messages : [];
  const { system, messages } = encodeConversation(request.messages, {
    toolNames: new Map(),
    losses,
    original: new OriginalBlocks(request.original),
    systemAnywhere: given.some((message) => isJsonObject(message) && message.role === 'system'),
    prefill: true,
  });
  if (system) body.system = system;
  else delete body.system;
  body.messages = messages;
}

/** A fallback model of the vendor may write less than the one the caller had in mind, and answers 400 to more. */
function limitOutput(body: JsonObject, target: Target, losses: LossList): void {
  const most = target.capabilities.maxOutputTokens;
  if (most === undefined || typeof body.max_tokens !== 'number' || body.max_tokens <= most) return;
  losses.add('max_tokens', `lowered from ${body.max_tokens} to ${most}, the most this target writes`);
  body.max_tokens = most;
}

/** The answer's frames go to the caller as they come, so the schema cannot stand in a tool here. */
function askForSchema(body: JsonObject, request: ChatRequest, losses: LossList): void {
  if (request.output.kind !== 'json-schema') return;
  delete body.output_format;
  if (isJsonObject(body.output_config)) {
    const { format: _format, ...rest } = body.output_config;
    if (Object.keys(rest).length > 0) body.output_config = rest;
    else delete body.output_config;
  }
  addInstruction(body, schemaInstruction(request.output.schema));
  losses.add('output_config.format', 'asked for in the instructions: this target has no native structured output');
}

function addInstruction(body: JsonObject, text: string): void {
  const given = typeof body.system === 'string' ? [{ type: 'text', text: body.system }] : body.system;
  body.system = [...(Array.isArray(given) ? given : []), { type: 'text', text }];
}

function encodeForeign(
  request: ChatRequest,
  target: Target,
  names: ToolNameMap,
  losses: LossList,
): { body: JsonObject; answerTool: string | undefined } {
  const { quirks } = target;
  const { tools, toolChoice, format, instruction, answerTool } = encodeTools(request, quirks, names, losses);
  const { system, messages } = encodeConversation(completeToolRounds(request.messages, losses), {
    toolNames: names.sent,
    losses,
    systemAnywhere: false,
    prefill: target.capabilities.abilities.prefill !== 'no',
  });
  const body: JsonObject = { model: target.model, max_tokens: outputLimit(request, target, losses), messages };
  const { thinking, effort } = encodeThinking(request.reasoning, Number(body.max_tokens), quirks, losses);
  if (system) body.system = system;
  if (instruction !== undefined) addInstruction(body, instruction);
  if (tools.length > 0) body.tools = tools;
  if (toolChoice) body.tool_choice = { ...toolChoice };
  if (format || effort) body.output_config = { ...(effort && { effort }), ...(format && { format }) };
  if (thinking) body.thinking = { ...thinking };
  if (request.stream) body.stream = true;
  encodeStop(body, request);
  encodeEndUser(body, request, losses);
  encodeServiceTier(body, request, quirks, losses);
  encodeSampling(body, request.sampling, quirks, losses);
  reconcileThinking(body, losses);
  adaptToVersion(body, quirks, losses);
  nameLost(request, losses);
  return { body, answerTool };
}

/** The API demands a limit; the default is told as a loss, because a long answer ends at it. */
function outputLimit(request: ChatRequest, target: Target, losses: LossList): number {
  const most = target.capabilities.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const asked = request.maxOutputTokens;
  if (asked === undefined) {
    // Thinking counts against the limit; a default meant for the answer alone would leave it no room.
    const budget = target.quirks.thinking === 'budget' ? budgetOf(request.reasoning) : 0;
    const limit = Math.min(target.quirks.defaultMaxOutputTokens + budget, most);
    losses.add('max_tokens', `${limit} was sent: this target demands a limit`);
    return limit;
  }
  if (asked > most) losses.add('max_tokens', `lowered from ${asked} to ${most}, the most this target writes`);
  return Math.min(asked, most);
}

/** The API answers 400 to sequences of blanks. */
function encodeStop(body: JsonObject, request: ChatRequest): void {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '');
  if (stop.length > 0) body.stop_sequences = stop;
}

function encodeEndUser(body: JsonObject, request: ChatRequest, losses: LossList): void {
  const { endUser } = request;
  if (endUser === undefined) return;
  if (endUser.length > maxUserIdChars) losses.add('user', `longer than ${maxUserIdChars} characters`);
  else body.metadata = { user_id: endUser };
}

/** This vendor sells priority by contract, and has nothing cheaper than the standard but batches. */
function encodeServiceTier(body: JsonObject, { serviceTier }: ChatRequest, quirks: Quirks, losses: LossList): void {
  if (serviceTier === undefined) return;
  if (!quirks.vendorFields) return losses.add('service_tier', 'not sent: the target is not known to take it');
  const word = serviceTier === 'auto' || serviceTier === 'priority' ? 'auto' : 'standard_only';
  body.service_tier = word satisfies MessageCreateParamsBase['service_tier'];
  if (serviceTier === 'flex' || serviceTier === 'priority')
    losses.add('service_tier', `${serviceTier} was sent as ${word}`);
}

function nameLost(request: ChatRequest, losses: LossList): void {
  const missing = 'has no counterpart at this target';
  if (request.logprobs) losses.add('logprobs', `${missing}: it tells no log probabilities`, true);
  if (request.metadata) losses.add('metadata', missing);
  if (request.promptCacheKey !== undefined) losses.add('prompt_cache_key', missing);
  if (request.verbosity !== undefined && request.verbosity !== 'medium') losses.add('verbosity', missing);
  if (request.choices > 1)
    losses.add('n', `one answer instead of ${request.choices}: this target gives no alternatives`, true);
  losses.addUnmapped(request);
}
