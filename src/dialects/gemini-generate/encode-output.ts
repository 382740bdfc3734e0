import type { FunctionDeclaration, GenerationConfig } from '@google/genai';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { schemaInstruction } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { rootInPlace } from '../common/object-root.ts';
import { acceptableSchema } from './accept-schema.ts';
import { wire } from './wire.ts';

/** The name of the function whose arguments are the answer. */
export const ANSWER_TOOL = 'answer';

/** How structured output is asked for, by the strongest means that the target has. */
export interface EncodedOutput {
  /** What goes into `generationConfig`. */
  readonly format: JsonObject;
  /** The function that stands in for the schema. */
  readonly answerTool?: JsonObject;
  /** Text that asks for the shape of the answer, for the end of the instructions. */
  readonly instruction?: string;
}

/** The answer is validated against the caller's schema in every case. */
export function encodeOutput(request: ChatRequest, quirks: Quirks, losses: LossList): EncodedOutput {
  const { output, tools } = request;
  if (output.kind === 'text') return { format: {} };
  const schema = output.kind === 'json-schema' ? output.schema : { type: 'object' };
  const isNative = quirks.structuredOutput === 'native';
  if (isNative && tools.length === 0) return { format: nativeFormat(output.kind, schema, losses) };
  const root = rootInPlace(schema).schema;
  // Beside tools of the caller's own a forced one would forbid them; and arguments are always an object.
  if (quirks.structuredOutput === 'forced-tool' && tools.length === 0 && root.type === 'object') {
    losses.add('response_format', 'asked for through a forced tool: this target has no native structured output');
    return { format: {}, answerTool: answerTool(root, losses) };
  }
  // Models before Gemini 3 answer 400 to a schema beside tools.
  const why = isNative ? 'does not enforce it beside tools' : 'has no native structured output';
  losses.add('response_format', `asked for in the instructions: this target ${why}`);
  return { format: {}, instruction: schemaInstruction(schema) };
}

function nativeFormat(kind: 'json' | 'json-schema', schema: JsonObject, losses: LossList): JsonObject {
  return wire<GenerationConfig>({
    responseMimeType: 'application/json',
    responseJsonSchema: kind === 'json' ? undefined : acceptableSchema(schema, 'response_format', losses),
  });
}

function answerTool(schema: JsonObject, losses: LossList): JsonObject {
  return wire<FunctionDeclaration>({
    name: ANSWER_TOOL,
    description: 'Gives the answer.',
    parametersJsonSchema: acceptableSchema(schema, 'response_format', losses),
  });
}
