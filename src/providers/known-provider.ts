import type { KeyScheme } from '../model/authorisation.ts';
import type { DialectName } from '../model/dialect-name.ts';
import type { Quirks } from '../model/quirks.ts';

/** What is known of a provider that configurations may name without telling more than a key. */
export interface KnownProvider {
  readonly dialect: DialectName;
  /** Without a slash at its end; the dialect's path (`/chat/completions`) is appended. */
  readonly baseUrl: string;
  /** Which header carries the key; `none` where it takes none. */
  readonly auth: KeyScheme | 'none';
  /** Environment variables that its users set, the usual one first. */
  readonly keyVariables: readonly string[];
  readonly aliases?: readonly string[];
  readonly quirks?: Partial<Quirks>;
  /** Static headers sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A current model for starting without a configuration; absent where the models are the operator's own. */
  readonly defaultModel?: string;
  /** Name in the price table of `@pydantic/genai-prices`; absent where it has none. */
  readonly pricesAs?: string;
  /** Where the base URL was read, and the quirks that name no other place. */
  readonly source: string;
  /** Day on which they were read there, possibly in an archived copy, YYYY-MM-DD. */
  readonly verifiedAt: string;
}

/** Known providers by name. */
export type KnownProviders = Readonly<Record<string, KnownProvider>>;
