import type { ChatRequest, OutputFormat } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { schemaInstruction } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { openaiOutput } from '../common/openai-schema.ts';
import { encodeTool } from './encode-tools.ts';
import type { WireTextFormat } from './wire.ts';

/** How structured output is asked for. The answer is validated against the caller's schema in every case. */
export interface EncodedOutput {
  /** `text.format` to send; null where the caller's own must not go, undefined where nothing changes. */
  readonly format?: JsonObject | null;
  /** The tool that stands in for the schema, and its name for the reader of the answer. */
  readonly tool?: JsonObject;
  readonly answerTool?: string;
  /** Text that asks for the format. */
  readonly instruction?: string;
}

const ANSWER_TOOL = 'answer';
const JSON_INSTRUCTION = 'Reply with one JSON object and with nothing else.';

export function encodeOutput(request: ChatRequest, quirks: Quirks, losses: LossList): EncodedOutput {
  const { output } = request;
  switch (output.kind) {
    case 'text':
      return {};
    case 'json':
      return encodeJson(request, quirks, losses);
    case 'json-schema':
      return encodeSchema(request, output, quirks, losses);
  }
}

function fieldOf(request: ChatRequest): string {
  return request.dialect === 'openai-responses' ? 'text.format' : 'response_format';
}

function encodeJson(request: ChatRequest, quirks: Quirks, losses: LossList): EncodedOutput {
  if (quirks.structuredOutput === 'prompt') {
    losses.slight(fieldOf(request), 'asked for in words: the target has no JSON mode');
    return { format: null, instruction: JSON_INSTRUCTION };
  }
  if (request.dialect === 'openai-responses') return {};
  const format = { type: 'json_object' } satisfies WireTextFormat;
  // OpenAI refuses its JSON mode where nothing in the input speaks of JSON.
  if (mentionsJson(request)) return { format };
  losses.slight('response_format', 'asked for in words too: the target demands it');
  return { format, instruction: JSON_INSTRUCTION };
}

/** Only the input counts, not the instructions, so that a system message alone does not do. */
function mentionsJson(request: ChatRequest): boolean {
  return request.messages.some(
    ({ role, parts }) => role !== 'system' && parts.some((part) => part.type === 'text' && /json/i.test(part.text)),
  );
}

function encodeSchema(
  request: ChatRequest,
  output: Extract<OutputFormat, { kind: 'json-schema' }>,
  quirks: Quirks,
  losses: LossList,
): EncodedOutput {
  const means = quirks.structuredOutput;
  if (means === 'native') {
    if (request.dialect === 'openai-responses') return {};
    const native = openaiOutput(output, fieldOf(request), losses);
    if (native !== undefined) return { format: { type: 'json_schema', ...native } satisfies WireTextFormat };
  }
  // Beside tools of the caller's own a forced one would forbid them; and arguments are always an object.
  if (means === 'forced-tool' && request.tools.length === 0 && output.schema.type === 'object') {
    losses.slight(fieldOf(request), 'asked for through a forced tool: the target has no native schema');
    const asked = { name: ANSWER_TOOL, description: 'Gives the answer.', parameters: output.schema };
    const tool = encodeTool(asked, fieldOf(request), losses);
    return { format: null, tool, answerTool: ANSWER_TOOL };
  }
  const what = means === 'native' ? 'takes schemas of objects alone' : 'has no native schema';
  losses.slight(fieldOf(request), `asked for in words: the target ${what}`);
  return { format: null, instruction: schemaInstruction(output.schema) };
}
