import type { Quirks } from '../../model/quirks.ts';
import type { ToolCallIdRule } from '../common/tool-call-ids.ts';

/** Whose rules `call_id` follows: this dialect's, unless the provider has narrower ones. */
export function callIdRule({ toolCallIds }: Quirks): ToolCallIdRule {
  return toolCallIds === 'any' ? 'openai-responses' : toolCallIds;
}
