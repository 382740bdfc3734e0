import type { RequestAdditions } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { objectRoot } from '../common/object-root.ts';
import { nativeSchema } from './output-schema.ts';
import type { OutputConfig, Tool } from './wire.ts';

/** What a prompt brings, in the words of a caller of this dialect. */
export function withAdditions(body: JsonObject, { tools, output, maxOutputTokens }: RequestAdditions): JsonObject {
  const config = isJsonObject(body.output_config) ? body.output_config : {};
  const schema =
    output?.kind === 'json-schema' ? output.schema : output?.kind === 'json' ? { type: 'object' } : undefined;
  return {
    ...body,
    ...(tools && { tools: tools.map(({ name, description, parameters }) => toolOf(name, description, parameters)) }),
    ...(schema && { output_config: { ...config, format: formatOf(schema) } }),
    ...(maxOutputTokens !== undefined && { max_tokens: maxOutputTokens }),
  };
}

/** A schema that cannot be said natively stands as it is: targets without native schemas take it in words. */
function formatOf(schema: JsonObject): JsonObject {
  const native = nativeSchema(schema);
  const format = { type: 'json_schema' as const, schema: native.ok ? native.schema : schema };
  return format satisfies NonNullable<OutputConfig['format']>;
}

function toolOf(name: string, description: string | undefined, parameters: JsonObject): JsonObject {
  const input_schema: JsonObject & Tool.InputSchema = { ...objectRoot(parameters).schema, type: 'object' };
  return { name, ...(description !== undefined && { description }), input_schema };
}
