import type { JsonValue } from '../model/json.ts';
import type { DegradedReason } from '../model/summary.ts';
import type { LocalisedText } from '../quality/localised.ts';

export const ON_REFUSED = ['error', 'defer', 'static'] as const;
export const WHEN_NOBODY_SERVES = ['error', 'static'] as const;

/** An answer that an operator wrote beforehand. */
export interface PreparedAnswer {
  readonly text: LocalisedText;
  /** Given in its place to whoever asked for JSON; without it they get the error. */
  readonly json?: JsonValue;
}

/** What a route does where it cannot give what it promises. */
export interface DegradedRule {
  /** Words for whoever reads an answer that lost something substantial. */
  readonly notice?: { readonly texts: LocalisedText; readonly inText: boolean };
  /** Reasons that count as substantial here, beside those that always do. */
  readonly substantial: readonly DegradedReason[];
  /** What a caller gets who refuses degraded answers where the primary cannot serve. */
  readonly onRefused: (typeof ON_REFUSED)[number];
  /** What every other caller gets where nobody can serve. */
  readonly whenNobodyServes: (typeof WHEN_NOBODY_SERVES)[number];
  /** There wherever one of the two says `static`. */
  readonly prepared?: PreparedAnswer;
}
