import type { Tools } from './compose-tools.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import type { Upstream } from './engine/ports.ts';
import type { SharedPart } from './shared-parts.ts';
import { findMissingLibraries, loadLibraries } from './upstream/cloud-libraries.ts';
import { upstreamProviders } from './upstream/provider.ts';
import { createUpstream, type HttpUpstream } from './upstream/upstream.ts';

/** The providers of one configuration, as they are reached. */
export interface ReachedProviders {
  readonly upstream: Upstream;
  /** Closes the sockets of those that no other configuration has in common with it. */
  release(): Promise<void>;
}

/**
 * Every provider with sockets, tokens and signatures of its own. Rejects for one that cannot work: a library that is not
 * installed, an address that must not be called.
 */
export async function reachProviders(
  config: ResolvedConfig,
  tools: Pick<Tools, 'secrets' | 'redactor' | 'clock' | 'shared' | 'tell'>,
): Promise<ReachedProviders> {
  const providers = upstreamProviders(config.providers);
  const libraries = await loadLibraries(providers.values());
  const parts = {
    libraries,
    resolveSecret: tools.secrets.resolve,
    onSecret: tools.redactor.addPassing,
    onProblem: tools.tell,
    now: () => tools.clock.wallNow(),
  };
  const reached = new Map<string, SharedPart<HttpUpstream>>();
  const release = async () => {
    await Promise.all([...reached.values()].map((one) => one.release()));
  };
  try {
    for (const [name, provider] of providers) {
      const key = `provider ${JSON.stringify(provider)}`;
      const make = () => createUpstream({ ...parts, providers: new Map([[name, provider]]) });
      reached.set(name, tools.shared.take(key, make));
    }
  } catch (error) {
    await release();
    throw error;
  }
  const upstreams = new Map([...reached].map(([name, { part }]) => [name, part]));
  const nobody = createUpstream({ ...parts, providers: new Map() });
  return {
    upstream: { send: (request) => (upstreams.get(request.target.provider) ?? nobody).send(request) },
    release,
  };
}

/** What has to be installed before a provider can be reached, in one line each, by the provider's name. */
export function missingLibraries(config: ResolvedConfig): Promise<ReadonlyMap<string, string>> {
  return findMissingLibraries(upstreamProviders(config.providers).values());
}
