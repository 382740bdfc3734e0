import type { RequestAdditions } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { LossList } from '../common/losses.ts';
import { openaiOutput } from '../common/openai-schema.ts';
import { encodeTool } from './encode-tools.ts';
import type { WireTextFormat } from './wire.ts';

/** What a prompt brings, in the words of a caller of this dialect. */
export function withAdditions(body: JsonObject, { tools, output, maxOutputTokens }: RequestAdditions): JsonObject {
  const untold = new LossList();
  const schema = output?.kind === 'json-schema' ? openaiOutput(output, 'text.format', untold) : undefined;
  const text = isJsonObject(body.text) ? body.text : {};
  return {
    ...body,
    ...(tools && { tools: tools.map((tool, at) => encodeTool(tool, `tools[${at}]`, untold)) }),
    ...(schema && { text: { ...text, format: { type: 'json_schema', ...schema } satisfies WireTextFormat } }),
    ...(output?.kind === 'json' && { text: { ...text, format: { type: 'json_object' } satisfies WireTextFormat } }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
  };
}
