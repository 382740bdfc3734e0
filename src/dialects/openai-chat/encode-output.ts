import type { ChatRequest, OutputFormat } from '../../model/chat-request.ts';
import type { CallerDialectName } from '../../model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { schemaInstruction } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { openaiOutput } from '../common/openai-schema.ts';
import { encodeTool } from './encode-tools.ts';
import type { WireResponseFormat } from './wire.ts';

/** How structured output is asked for. The answer is validated against the caller's schema in every case. */
export interface EncodedOutput {
  readonly fields: JsonObject;
  /** The tool that stands in for the schema. */
  readonly tool?: JsonObject;
  readonly toolChoice: JsonValue;
  /** The name of that tool, for the reader of the answer. */
  readonly answerTool?: string;
  /** Text that asks for the format. */
  readonly instruction?: string;
  /** The caller's own `response_format` must not go. */
  readonly dropped: boolean;
}

const ANSWER_TOOL = 'answer';
const NOTHING: EncodedOutput = { fields: {}, toolChoice: null, dropped: false };

/** In whose terms a loss of the output format is told. */
const OUTPUT_FIELD: Readonly<Record<CallerDialectName, string>> = {
  'openai-chat': 'response_format',
  'openai-embeddings': 'encoding_format',
  'openai-responses': 'text.format',
  'anthropic-messages': 'output_config.format',
  'gemini-generate': 'generationConfig.responseSchema',
};

export function encodeOutput(request: ChatRequest, quirks: Quirks, losses: LossList): EncodedOutput {
  const { output } = request;
  switch (output.kind) {
    case 'text':
      return NOTHING;
    case 'json':
      return encodeJson(request, quirks, losses);
    case 'json-schema':
      return encodeSchema(request, output, quirks, losses);
  }
}

const JSON_INSTRUCTION = 'Reply with one JSON object and with nothing else.';

function encodeJson(request: ChatRequest, quirks: Quirks, losses: LossList): EncodedOutput {
  if (!quirks.jsonMode) {
    losses.slight(OUTPUT_FIELD[request.dialect], 'asked for in words: the target has no JSON mode');
    return { ...NOTHING, instruction: JSON_INSTRUCTION, dropped: true };
  }
  if (request.dialect === 'openai-chat') return NOTHING;
  const fields = { response_format: { type: 'json_object' } satisfies WireResponseFormat };
  // OpenAI refuses its JSON mode where no message speaks of JSON.
  if (mentionsJson(request)) return { ...NOTHING, fields };
  losses.slight('response_format', 'asked for in words too: the target demands it');
  return { ...NOTHING, fields, instruction: JSON_INSTRUCTION };
}

function mentionsJson(request: ChatRequest): boolean {
  return request.messages.some((message) =>
    message.parts.some((part) => part.type === 'text' && /json/i.test(part.text)),
  );
}

function encodeSchema(
  request: ChatRequest,
  output: Extract<OutputFormat, { kind: 'json-schema' }>,
  { structuredOutput: means, jsonMode }: Quirks,
  losses: LossList,
): EncodedOutput {
  if (means === 'native' && request.dialect === 'openai-chat') return NOTHING;
  const field = OUTPUT_FIELD[request.dialect];
  const json_schema = means === 'native' ? openaiOutput(output, field, losses) : undefined;
  if (json_schema !== undefined) {
    const response_format = { type: 'json_schema', json_schema } satisfies WireResponseFormat;
    return { ...NOTHING, fields: { response_format } };
  }
  // Beside tools of the caller's own a forced one would forbid them; and arguments are always an object.
  if (means === 'forced-tool' && request.tools.length === 0 && output.schema.type === 'object') {
    losses.slight(field, 'asked for through a forced tool: the target has no native schema');
    return {
      fields: {},
      tool: encodeTool(
        { name: ANSWER_TOOL, description: 'Gives the answer.', parameters: output.schema },
        field,
        losses,
      ),
      toolChoice: { type: 'function', function: { name: ANSWER_TOOL } },
      answerTool: ANSWER_TOOL,
      dropped: true,
    };
  }
  const what = means === 'native' ? 'takes schemas of objects alone' : 'has no native schema';
  losses.slight(field, `asked for in words: the target ${what}`);
  const asked = { ...NOTHING, instruction: schemaInstruction(output.schema), dropped: true };
  // A host without schemas still keeps to JSON when told; beside tools several refuse that mode.
  if (!jsonMode || output.schema.type !== 'object' || request.tools.length > 0) return asked;
  return { ...asked, fields: { response_format: { type: 'json_object' } satisfies WireResponseFormat } };
}

/** Puts an instruction at the end of the leading system messages, in the role that those have, or in `role`. */
export function addPrompt(messages: JsonValue | undefined, text: string, role: Quirks['systemRole']): JsonObject[] {
  const list = Array.isArray(messages) ? messages.filter(isJsonObject) : [];
  const isSystem = (message: JsonObject) => message.role === 'system' || message.role === 'developer';
  const first = list.findIndex((message) => !isSystem(message));
  const split = first === -1 ? list.length : first;
  const last = list[split - 1];
  const head = list.slice(0, Math.max(0, split - 1));
  if (last === undefined) return [{ role, content: text }, ...list];
  // One system message more is one too many for some templates, so the text joins the last one.
  if (typeof last.content === 'string') {
    return [...head, { ...last, content: `${last.content}\n\n${text}` }, ...list.slice(split)];
  }
  const parts = Array.isArray(last.content) ? last.content : [];
  return [...head, { ...last, content: [...parts, { type: 'text', text }] }, ...list.slice(split)];
}
