import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import { countOf } from './wire.ts';

/**
 * Reads a `usage` object; undefined where it holds no count. `inputTokens` of the API leaves out what was read from or
 * written to the cache (its own total adds all four up); the neutral count includes both.
 */
export function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const input = countOf(value.inputTokens);
  const cacheRead = countOf(value.cacheReadInputTokens);
  const cacheWrite = countOf(value.cacheWriteInputTokens);
  const output = countOf(value.outputTokens);
  const usage: Usage = {
    ...(input !== undefined && { inputTokens: input + (cacheRead ?? 0) + (cacheWrite ?? 0) }),
    ...(cacheRead !== undefined && { cachedInputTokens: cacheRead }),
    ...(cacheWrite !== undefined && { cacheWriteTokens: cacheWrite }),
    ...(output !== undefined && { outputTokens: output }),
  };
  return Object.keys(usage).length > 0 ? usage : undefined;
}
