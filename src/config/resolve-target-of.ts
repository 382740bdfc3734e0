import { parseTargetId, type Target } from '../model/target.ts';
import { resolveTarget } from '../providers/resolve-target.ts';
import type { ResolvedProvider } from './resolved-config.ts';

/** A target as `provider/model`, with everything the configuration says of it. Throws `RangeError` for an unknown provider. */
export function resolveTargetOf(
  id: string,
  providers: ReadonlyMap<string, ResolvedProvider>,
): { target: Target; provider: ResolvedProvider } {
  const parsed = parseTargetId(id);
  const provider = parsed && providers.get(parsed.provider);
  if (!parsed || !provider) throw new RangeError(`target ${id} names no provider of this configuration`);
  return { target: resolveTarget(provider.name, provider, parsed.model, provider.models.get(parsed.model)), provider };
}
