import type { CapabilityName, ModelTier, Tri } from '../model/capability.ts';
import type { Quirks } from '../model/quirks.ts';
import type { TokenRules } from '../model/token-rules.ts';

/** What may be known of one model, by the catalogue or by an operator. Whatever is left out is unknown. */
export interface KnownOfModel {
  /** Tokens of input and output together. */
  readonly contextWindow?: number;
  /** Tokens of input alone, where the vendor limits them apart. */
  readonly maxInputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly abilities?: Partial<Readonly<Record<CapabilityName, Tri>>>;
  readonly quirks?: Partial<Quirks>;
  readonly tokens?: Partial<TokenRules>;
  /** Languages that the maker names as supported, as BCP 47 tags. */
  readonly languages?: readonly string[];
  /** Days for which the host keeps what it was sent when the account says nothing else; 0: not at all. */
  readonly retentionDays?: number;
  readonly tier?: ModelTier;
  /** Name of the model itself, the same at every host that serves it. */
  readonly sameModel?: string;
}

/** Where facts were read, and when. */
export interface FactSource {
  readonly source: string;
  /** Day on which they were read there, possibly in an archived copy, YYYY-MM-DD. */
  readonly verifiedAt: string;
}

/** What is known of one model, with where it was read. */
export interface ModelFacts extends KnownOfModel, FactSource {
  /** Name of the model, or the beginning of a family's names. */
  readonly name: string;
  /**
   * `model`: this name and its dated snapshots, nothing else, so that the numbers never reach a sibling.
   * `family`: every name that begins so; holds only what a vendor says of the whole family.
   */
  readonly match: 'model' | 'family';
}

/** What a host does with every model that it serves. */
export interface HostFacts extends FactSource, Pick<KnownOfModel, 'abilities' | 'retentionDays' | 'tokens'> {
  /** Where the host says that it processes and keeps what it is sent. Shown, never relied on: residency is the operator's word. */
  readonly places?: readonly string[];
}
