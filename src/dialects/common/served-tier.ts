import type { ServedTier } from '../../model/chat-event.ts';
import type { JsonValue } from '../../model/json.ts';

/** The words of all vendors; `auto` is what was asked for, and says nothing of what was done. */
const TIERS: ReadonlyMap<string, ServedTier> = new Map([
  ['standard', 'standard'],
  ['default', 'standard'],
  ['on_demand', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['batch', 'batch'],
  ['scale', 'provisioned'],
  ['provisioned', 'provisioned'],
  ['provisioned_throughput', 'provisioned'],
]);

/** The tier that a provider names; undefined where it names none that is known. */
export function readTier(word: JsonValue | undefined): ServedTier | undefined {
  return typeof word === 'string' ? TIERS.get(word.toLowerCase()) : undefined;
}

/** OpenAI's word; undefined for a tier that it does not sell. */
export function openaiTier(tier: ServedTier | undefined): 'default' | 'flex' | 'priority' | 'scale' | undefined {
  switch (tier) {
    case 'standard':
      return 'default';
    case 'provisioned':
      return 'scale';
    case 'flex':
    case 'priority':
      return tier;
    case 'batch':
    case undefined:
      return undefined;
  }
}
