import type { Capabilities, ModelTier } from './capability.ts';
import type { TargetDialectName } from './dialect-name.ts';
import type { Quirks } from './quirks.ts';
import type { TokenRules } from './token-rules.ts';

/** `provider/model`, something that can serve a request. */
export interface Target {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly dialect: TargetDialectName;
  /** Free tag such as `eu`; absent when the operator did not say. */
  readonly region?: string;
  /** Provider credential × model: what a rate limit or a breaker applies to. */
  readonly lane: string;
  readonly capabilities: Capabilities;
  readonly quirks: Quirks;
  /** How its tokens are counted; absent: `DEFAULT_TOKEN_RULES`. */
  readonly tokens?: TokenRules;
  /** Languages that the maker names, as BCP 47 tags; absent where it names none. */
  readonly languages?: readonly string[];
  /** Days for which the host keeps what it was sent, unless the account says otherwise; 0: not at all. */
  readonly retentionDays?: number;
  readonly tier?: ModelTier;
  /** Name of the model itself: targets that share one serve the same weights, or the same vendor's model. */
  readonly sameModel?: string;
}

/**
 * What two targets have in common that serve the same model: the name that the catalogue or the operator gave it, else
 * its own name without the vendor that some hosts put before it (`openai/text-embedding-3-small`).
 */
export function modelIdentity(target: Pick<Target, 'model' | 'sameModel'>): string {
  return (target.sameModel ?? target.model.slice(target.model.lastIndexOf('/') + 1)).toLowerCase();
}

/** `provider/model`, split at the first slash (model names may hold more of them); undefined where there is none. */
export function parseTargetId(id: string): { provider: string; model: string } | undefined {
  const slash = id.indexOf('/');
  if (slash <= 0 || slash === id.length - 1) return undefined;
  return { provider: id.slice(0, slash), model: id.slice(slash + 1) };
}
