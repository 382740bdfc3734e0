import type { GenerateContentConfig, Part } from '@google/genai';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { LossList } from '../common/losses.ts';
import { type ToolNameMap, toolNameMap } from '../common/tool-names.ts';
import { encodeConversation } from './encode-contents.ts';
import { encodeGeneration } from './encode-generation.ts';
import { encodeTools } from './encode-tools.ts';
import { OriginalParts } from './original-parts.ts';
import { listOf, objectOf, toolNameRule, wire } from './wire.ts';

/** Fields that serve accounting, caching or storage at their vendor: without them the answer is the same. */
const HARMLESS = new Set([
  'store',
  'user',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'stream_options',
  'cache_control',
  'diagnostics',
  'labels',
]);

/** The body of a request, in the vendor's names; its SDK has the same fields in one place or the other. */
type Body = { model: unknown; contents: unknown; generationConfig: unknown } & Pick<
  GenerateContentConfig,
  'systemInstruction' | 'tools' | 'toolConfig'
>;

/**
 * Base URLs end in `/v1beta` (or, on Vertex, in `/publishers/google`).
 *
 * @see https://ai.google.dev/api/generate-content
 */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const losses = new LossList();
  const own = request.dialect === 'gemini-generate';
  const names: ToolNameMap = own
    ? { sent: new Map(), back: new Map() }
    : toolNameMap(usedToolNames(request), toolNameRule);
  const body = own ? encodeOwn(request, losses) : encodeForeign(request, context.target, names, losses);
  return {
    path: pathOf(context.target.model, request.stream),
    headers: {},
    body,
    losses: losses.list(),
    reading: {
      toolNames: names.back,
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
  const { model: _model, ...body } = request.original;
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

function encodeForeign(request: ChatRequest, target: Target, names: ToolNameMap, losses: LossList): JsonObject {
  const { contents, systemInstruction } = encodeConversation(request.messages, { toolNames: names.sent, losses });
  const { generationConfig, instruction } = encodeGeneration(request, target, losses);
  const { tools, toolConfig } = encodeTools(request, names.sent, losses);
  if (request.endUser !== undefined) losses.add('user', 'has no counterpart at this target');
  for (const field of request.unmapped) losses.add(field, 'has no counterpart at this target', !HARMLESS.has(field));
  return wire<Body>({
    contents,
    systemInstruction: instruction === undefined ? systemInstruction : withInstruction(systemInstruction, instruction),
    tools,
    toolConfig,
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
  });
}

function withInstruction(system: JsonObject | undefined, text: string): JsonObject {
  return { ...system, parts: [...listOf(objectOf(system).parts), wire<Part>({ text })] };
}

/** Names of the tools declared and of those called earlier: a call in the history needs its renamed tool. */
function usedToolNames(request: ChatRequest): string[] {
  const names = request.tools.map((tool) => tool.name);
  for (const message of request.messages) {
    for (const part of message.parts) if (part.type === 'tool-call') names.push(part.name);
  }
  return names;
}
