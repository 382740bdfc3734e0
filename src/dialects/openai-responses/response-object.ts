import type { AnswerContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';

/** The response object before anything is in it: the caller's own settings, as the API repeats them. */
export function responseObject(context: AnswerContext): JsonObject {
  const { original } = context.request;
  const text = isJsonObject(original.text) ? original.text : {};
  const reasoning = isJsonObject(original.reasoning) ? original.reasoning : {};
  return {
    id: `resp_${context.requestId}`,
    object: 'response',
    created_at: context.createdAt,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: original.instructions ?? null,
    max_output_tokens: original.max_output_tokens ?? null,
    metadata: original.metadata ?? {},
    model: context.model,
    output: [],
    parallel_tool_calls: original.parallel_tool_calls ?? true,
    previous_response_id: null,
    ...(isJsonObject(original.prompt) && { prompt: original.prompt }),
    reasoning: { effort: null, summary: null, ...reasoning },
    // Whatever was asked for: nothing is kept, here or at a provider.
    store: false,
    temperature: original.temperature ?? null,
    text: { ...text, format: text.format ?? { type: 'text' } },
    tool_choice: original.tool_choice ?? 'auto',
    tools: original.tools ?? [],
    top_p: original.top_p ?? null,
    truncation: 'disabled',
    ...(original.user !== undefined && { user: original.user }),
  };
}
