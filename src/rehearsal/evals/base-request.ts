import type { EngineDeps } from '../../engine/run-state.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Column } from './columns.ts';
import type { EvalSuite, SuiteCase } from './suite.ts';

/** Every request of evals carries it, in the ledger and for budgets by tag. */
export const EVAL_TAG = 'eval';

/** Everything of a request but the conversation, as an ordinary caller would have sent it. */
export function baseRequest(suite: EvalSuite, one: SuiteCase, column: Column, deps: EngineDeps): ChatRequest {
  const decoded = deps.dialects.caller('openai-chat').decodeRequest(bodyOf(suite, column.route.name), {
    tags: [EVAL_TAG],
    pin: column.target,
  });
  const name = suite.subject.kind === 'prompt' ? suite.subject.name : column.route.prompt;
  return name === undefined ? decoded : { ...decoded, prompt: { name, variables: one.variables } };
}

function bodyOf({ parameters, tools, output }: EvalSuite, model: string): JsonObject {
  const { temperature, topP, seed, maxOutputTokens, effort, stop } = parameters;
  return {
    model,
    // Takes the place of the conversation, which is put in turn by turn.
    messages: [{ role: 'user', content: '-' }],
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(maxOutputTokens !== undefined && { max_completion_tokens: maxOutputTokens }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(stop && { stop: [...stop] }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters: schema, strict }) => ({
        type: 'function',
        function: {
          name,
          ...(description !== undefined && { description }),
          parameters: schema,
          ...(strict !== undefined && { strict }),
        },
      })),
    }),
    ...(output?.kind === 'json' && { response_format: { type: 'json_object' } }),
    ...(output?.kind === 'json-schema' && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: output.schema, strict: false } },
    }),
  };
}
