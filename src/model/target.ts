import type { Capabilities } from './capability.ts';
import type { DialectName } from './dialect-name.ts';
import type { Quirks } from './quirks.ts';

/** `provider/model`, something that can serve a request. */
export interface Target {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly dialect: DialectName;
  /** Free tag such as `eu`; absent when the operator did not say. */
  readonly region?: string;
  /** Provider credential × model: what a rate limit or a breaker applies to. */
  readonly lane: string;
  readonly capabilities: Capabilities;
  readonly quirks: Quirks;
}

/** `provider/model`, split at the first slash (model names may hold more of them); undefined where there is none. */
export function parseTargetId(id: string): { provider: string; model: string } | undefined {
  const slash = id.indexOf('/');
  if (slash <= 0 || slash === id.length - 1) return undefined;
  return { provider: id.slice(0, slash), model: id.slice(slash + 1) };
}
