import type { CheckFailure, Permission } from '../quality/contract-rules.ts';

/** What a contract means where it says nothing. */
export const CONTRACT_DEFAULTS = {
  refusal: 'allowed' as Permission,
  truncation: 'allowed' as Permission,
  /** A check of one's own that is down must not take the feature down with it, unless its owner says so. */
  onFailure: 'pass' as CheckFailure,
  checkTimeoutMs: 2_000,
} as const;
