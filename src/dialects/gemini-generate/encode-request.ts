import type { GenerateContentConfig, Part, ServiceTier } from '@google/genai';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { heldStops } from '../common/held-stops.ts';
import { LossList } from '../common/losses.ts';
import { type ToolNameMap, toolNameMap, usedToolNames } from '../common/tool-names.ts';
import { completeToolRounds } from '../common/tool-rounds.ts';
import { encodeConversation } from './encode-contents.ts';
import { encodeGeneration } from './encode-generation.ts';
import { ANSWER_TOOL, encodeOutput } from './encode-output.ts';
import { encodeTools, forcedTool } from './encode-tools.ts';
import { OriginalParts } from './original-parts.ts';
import { listOf, objectOf, toolNameRule, wire } from './wire.ts';

/** The body of a request, in the vendor's names; its SDK has the same fields in one place or the other. */
type Body = { model: unknown; contents: unknown; generationConfig: unknown } & Pick<
  GenerateContentConfig,
  'systemInstruction' | 'tools' | 'toolConfig' | 'serviceTier' | 'labels'
>;

/**
 * Base URLs end in `/v1beta` (or, on Vertex, in `/publishers/google`).
 *
 * @see https://ai.google.dev/api/generate-content
 */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const losses = new LossList(request);
  const own = request.dialect === 'gemini-generate';
  const names: ToolNameMap = own
    ? { sent: new Map(), back: new Map() }
    : toolNameMap(usedToolNames(request), toolNameRule);
  const { body, answerTool }: Encoded = own
    ? { body: encodeOwn(request, losses) }
    : encodeForeign(request, context.target, names, losses);
  const endsAt = own ? [] : heldStops(request, objectOf(body.generationConfig).stopSequences, losses);
  return {
    path: pathOf(context.target.model, request.stream),
    headers: {},
    body,
    losses: losses.list(),
    endsAt,
    reading: {
      toolNames: names.back,
      ...(answerTool !== undefined && { answerTool }),
      finishOptional: context.target.quirks.finishOptional,
      newId: context.newId,
    },
  };
}

/** Percent-encoded whole: no slash, colon, `?` or `#` of a model's name may lead to another path. */
function pathOf(model: string, stream: boolean): string {
  // `encodeURIComponent` throws on half a surrogate pair.
  const name = model.replace(/^models\//, '').replaceAll(/\p{Surrogate}/gu, '\ufffd');
  return `/models/${encodeURIComponent(name)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

/** The caller speaks this dialect: its own body. Model and streaming stand in the path, not in it. */
function encodeOwn(request: ChatRequest, losses: LossList): JsonObject {
  const { model: _model, ...written } = request.original;
  const body = request.logprobs ? withLogprobs(written) : written;
  if (!request.conversationEdited) return body;
  const { system_instruction: _snake, systemInstruction: _camel, contents: _contents, ...rest } = body;
  const original = new OriginalParts(request.original);
  const { contents, systemInstruction } = encodeConversation(request.messages, {
    toolNames: new Map(),
    losses,
    original,
  });
  return { ...rest, ...wire<Body>({ contents, systemInstruction }) };
}

/** Asked for by the route: a caller's own request stands in the body already. */
function withLogprobs(body: JsonObject): JsonObject {
  const name = 'generation_config' in body ? 'generation_config' : 'generationConfig';
  const config = isJsonObject(body[name]) ? body[name] : {};
  if (['responseLogprobs', 'response_logprobs', 'logprobs'].some((field) => field in config)) return body;
  return { ...body, [name]: { ...config, responseLogprobs: true } };
}

interface Encoded {
  readonly body: JsonObject;
  readonly answerTool?: string;
}

function encodeForeign(request: ChatRequest, target: Target, names: ToolNameMap, losses: LossList): Encoded {
  const inRounds = completeToolRounds(request.messages, losses);
  const { contents, systemInstruction } = encodeConversation(inRounds, { toolNames: names.sent, losses });
  const { format, answerTool, instruction } = encodeOutput(request, target.quirks, losses);
  const generationConfig = encodeGeneration(request, target, format, losses);
  const { tools, toolConfig } = answerTool ? forcedTool(answerTool) : encodeTools(request, names.sent, losses);
  if (request.endUser !== undefined) losses.add('user', 'has no counterpart at this target');
  if (request.promptCacheKey !== undefined) losses.add('prompt_cache_key', 'has no counterpart at this target');
  losses.addUnmapped(request);
  const body = wire<Body>({
    contents,
    systemInstruction: instruction === undefined ? systemInstruction : withInstruction(systemInstruction, instruction),
    tools,
    toolConfig,
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
    serviceTier: encodeServiceTier(request, target, losses),
    labels: encodeLabels(request, target, losses),
  });
  return { body, ...(answerTool && { answerTool: ANSWER_TOOL }) };
}

function withInstruction(system: JsonObject | undefined, text: string): JsonObject {
  return { ...system, parts: [...listOf(objectOf(system).parts), wire<Part>({ text })] };
}

const NOT_KNOWN = 'not sent: the target is not known to take it';

/** `auto` is what the field's absence means. */
function encodeServiceTier({ serviceTier }: ChatRequest, target: Target, losses: LossList): string | undefined {
  if (serviceTier === undefined || serviceTier === 'auto') return undefined;
  if (target.quirks.vendorFields) return serviceTier satisfies `${ServiceTier}`;
  losses.add('service_tier', NOT_KNOWN);
  return undefined;
}

/** As Google Cloud takes labels everywhere: 64 of them, lower case. */
const maxLabels = 64;
const LABEL_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL = /^[a-z0-9_-]{0,63}$/;

function encodeLabels({ metadata }: ChatRequest, target: Target, losses: LossList): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const labels = Object.entries(metadata);
  const fits =
    labels.length <= maxLabels && labels.every(([name, value]) => LABEL_NAME.test(name) && LABEL.test(value));
  if (target.quirks.vendorFields && fits) return { ...metadata };
  losses.add('metadata', target.quirks.vendorFields ? 'not sent: this target takes lower-case labels' : NOT_KNOWN);
  return undefined;
}
