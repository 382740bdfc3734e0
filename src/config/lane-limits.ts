import type { Path } from './problems.ts';
import type { Config } from './schema.ts';
import type { Finding } from './schema-problems.ts';
import type { GateConfig } from './schema-providers.ts';

/** Limits that routes state for single targets, by target id. A lane is shared by all routes, and so are its limits. */
export type LaneLimits = ReadonlyMap<string, GateConfig>;

interface Stated {
  readonly id: string;
  readonly route: string;
  readonly limits: GateConfig;
  readonly path: Path;
}

function stated(config: Config): Stated[] {
  return Object.entries(config.routes).flatMap(([route, { targets }]) =>
    targets.flatMap((entry, index) => {
      if (typeof entry === 'string' || !entry.limits) return [];
      return [{ id: entry.target, route, limits: entry.limits, path: ['routes', route, 'targets', index, 'limits'] }];
    }),
  );
}

export function laneLimits(config: Config): LaneLimits {
  return new Map(stated(config).map(({ id, limits }) => [id, limits]));
}

/** Two different limits of one lane: whichever were taken, the other would be an option without effect. */
export function laneLimitFindings(config: Config): Finding[] {
  const first = new Map<string, Stated>();
  return stated(config).flatMap((one) => {
    const before = first.get(one.id);
    if (!before) first.set(one.id, one);
    if (!before || sameLimits(before.limits, one.limits)) return [];
    const message = `differs from what route "${before.route}" says of ${one.id}; both share one lane`;
    return [{ path: one.path, message, fix: 'state the limits of a target once; they hold for every route' }];
  });
}

function sameLimits(a: GateConfig, b: GateConfig): boolean {
  return a.concurrency === b.concurrency && a.queue === b.queue && a.queueWait === b.queueWait;
}
