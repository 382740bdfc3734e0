import type { FunctionDeclaration, GenerationConfig, Tool } from '@google/genai';
import type { RequestAdditions } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { wire } from './wire.ts';

/** What a prompt brings, in the words of a caller of this dialect. */
export function withAdditions(body: JsonObject, { tools, output, maxOutputTokens }: RequestAdditions): JsonObject {
  const name = 'generation_config' in body ? 'generation_config' : 'generationConfig';
  const config = isJsonObject(body[name]) ? body[name] : {};
  const isJson = output !== undefined && output.kind !== 'text';
  const more = wire<GenerationConfig>({
    responseMimeType: isJson ? 'application/json' : undefined,
    responseJsonSchema: output?.kind === 'json-schema' ? output.schema : undefined,
    maxOutputTokens,
  });
  const functionDeclarations = tools?.map(({ name: tool, description, parameters }) =>
    wire<FunctionDeclaration>({ name: tool, description, parametersJsonSchema: parameters }),
  );
  return {
    ...body,
    ...(functionDeclarations && { tools: [wire<Tool>({ functionDeclarations })] }),
    ...(Object.keys(more).length > 0 && { [name]: { ...config, ...more } }),
  };
}
