import type { JsonValue } from '../../model/json.ts';

/** A count as a provider wrote it; undefined for everything that is none. */
export function tokenCount(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
