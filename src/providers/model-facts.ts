import type { CapabilityName, Tri } from '../model/capability.ts';
import type { Quirks } from '../model/quirks.ts';

/** What is known of one model, with where it was read. Whatever is left out is unknown. */
export interface ModelFacts {
  /** Name of the model, or the beginning of a family's names. */
  readonly name: string;
  /**
   * `model`: this name and its dated snapshots, nothing else, so that the numbers never reach a sibling.
   * `family`: every name that begins so; holds only what a vendor says of the whole family.
   */
  readonly match: 'model' | 'family';
  /** Tokens of input and output together. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly abilities?: Partial<Readonly<Record<CapabilityName, Tri>>>;
  readonly quirks?: Partial<Quirks>;
  /** Where the facts were read. */
  readonly source: string;
  /** Day on which they were read there, possibly in an archived copy, YYYY-MM-DD. */
  readonly verifiedAt: string;
}
