import { availableParallelism } from 'node:os';
import type { LoadedConfig } from '../config/load.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { ServingPlace } from '../engine/sharing.ts';

/** Processes that serve: a number, or one for each core that this process may use. */
export function workersOf(asked: number | 'auto'): number {
  return asked === 'auto' ? availableParallelism() : asked;
}

/** Why so many workers cannot share the limits of the lanes; undefined where they can. */
export function shareProblem(config: ResolvedConfig, loaded: LoadedConfig, count: number): string | undefined {
  const at = loaded.kind === 'file' ? `${loaded.file}: ` : '';
  const fix = 'let it have a place for each of them, or start fewer workers (--workers, server.workers)';
  const refuse = (path: string, limit: number) =>
    `${at}${path} is ${limit}, which ${count} workers cannot share; ${fix}`;
  for (const [name, { gate }] of config.providers) {
    if (gate.concurrency < count) return refuse(`providers.${name}.limits.concurrency`, gate.concurrency);
  }
  for (const route of config.routes.values()) {
    for (const [at, { target, gate }] of route.targets.entries()) {
      if (gate.concurrency >= count) continue;
      return refuse(`routes.${route.name}.targets.${at}.limits.concurrency (${target.id})`, gate.concurrency);
    }
  }
  const { maxStreams } = config.server.limits;
  return maxStreams !== undefined && maxStreams < count ? refuse('server.limits.streams', maxStreams) : undefined;
}

/** The configuration as one of several workers serves it: of what all of them may take together it has its share. */
export function shareOfConfig(config: ResolvedConfig, { index, count }: ServingPlace): ResolvedConfig {
  const { limits } = config.server;
  const { maxStreams: whole } = limits;
  // Without a limit of its own each process works one out from its own memory.
  if (whole === undefined) return config;
  const maxStreams = Math.floor(whole / count) + (index < whole % count ? 1 : 0);
  return { ...config, server: { ...config.server, limits: { ...limits, maxStreams } } };
}
