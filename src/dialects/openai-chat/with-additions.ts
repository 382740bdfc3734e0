import type { RequestAdditions } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { LossList } from '../common/losses.ts';
import { openaiOutput } from '../common/openai-schema.ts';
import { encodeTools } from './encode-tools.ts';
import type { WireResponseFormat } from './wire.ts';

/** What a prompt brings, in the words of a caller of this dialect. */
export function withAdditions(body: JsonObject, { tools, output, maxOutputTokens }: RequestAdditions): JsonObject {
  const untold = new LossList();
  const schema = output?.kind === 'json-schema' ? openaiOutput(output, 'response_format', untold) : undefined;
  return {
    ...body,
    ...(tools && { tools: encodeTools(tools, new Map(), untold) }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: schema } satisfies WireResponseFormat }),
    ...(output?.kind === 'json' && { response_format: { type: 'json_object' } satisfies WireResponseFormat }),
    ...(maxOutputTokens !== undefined && { max_completion_tokens: maxOutputTokens }),
  };
}
