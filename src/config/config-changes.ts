import type { ConfigProblem } from './problems.ts';
import type { ResolvedConfig } from './resolved-config.ts';

/** What of a list that goes by names is other than before. */
export interface NameChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What one configuration has otherwise than the one before it. Names only, never a value. */
export interface ConfigChanges {
  readonly routes: NameChanges;
  /** Of all routes, as `provider/model`. */
  readonly targets: NameChanges;
  readonly providers: NameChanges;
  readonly prompts: NameChanges;
  /** Sections that have no names of their own, e.g. `health`. */
  readonly sections: readonly string[];
}

/** What of each entry a change is looked for in, beside the entry itself. */
const OF_ROUTES = ['descriptions', 'autoChoices'] as const;

/** Told by the names that they belong to. */
const BY_NAME = ['server', 'routes', 'providers', 'prompts', 'prices', 'laneLimits', 'qualityWatch', 'callerLimits'];

/** Sections whose changes are followed while the gateway runs; whatever else changes needs a restart. */
const FOLLOWED = [
  ...BY_NAME,
  ...OF_ROUTES,
  'tagLimits',
  'health',
  'conversations',
  'retention',
  'jobs',
  'webhooks',
  'stateMemory',
  'receipts',
  'statusPages',
];

/** The same, field by field, of sections that are followed in part. */
const FOLLOWED_FIELDS = [
  'server.adminKey',
  'server.keys',
  'server.strictCompat',
  'server.limits.maxHeaders',
  'server.limits.maxMessages',
  'server.limits.maxTools',
  'server.limits.maxDepth',
  'server.limits.maxStreams',
  'server.limits.maxConnectionsPerAddress',
  'server.limits.loopDelayMs',
  'server.limits.stalledReaderMs',
  'server.limits.readerRate',
  'telemetry.logLevel',
];

/** As files write what is called otherwise here; of limits, the units and `max` are left out as well. */
const WRITTEN: Readonly<Record<string, string>> = {
  'server.limits.maxBodyBytes': 'server.limits.body',
  'storage.file': 'storage',
  tagLimits: 'tags',
};

/** What `before` and `after` have in common is left out. */
export function configChanges(before: ResolvedConfig, after: ResolvedConfig): ConfigChanges {
  const rest = Object.keys({ ...before, ...after }).filter((name) => !BY_NAME.includes(name) && !isOfRoutes(name));
  const server = changedFields(before.server, after.server, 'server').filter((path) => path !== 'server.keys');
  const sections = rest.filter((name) => !same(section(before, name), section(after, name)));
  return {
    routes: nameChanges(routesOf(before), routesOf(after)),
    targets: nameChanges(targetsOf(before), targetsOf(after)),
    providers: nameChanges(providersOf(before), providersOf(after)),
    prompts: nameChanges(promptsOf(before), promptsOf(after)),
    sections: [...sections, ...server].map(written),
  };
}

/** What cannot change while the gateway runs, and does: one problem a field. */
export function needsRestart(before: ResolvedConfig, after: ResolvedConfig, file: string): ConfigProblem[] {
  const whole = Object.keys({ ...before, ...after }).filter((name) => !FOLLOWED.includes(name) || name === 'server');
  return whole
    .flatMap((name) => changedFields(section(before, name), section(after, name), name))
    .filter((path) => !FOLLOWED_FIELDS.some((field) => path === field || path.startsWith(`${field}.`)))
    .map((path) => ({
      file,
      path: written(path),
      message: 'cannot change while the gateway runs',
      fix: 'restart the gateway, or write what stood there before',
    }));
}

export function isUnchanged({ sections, ...named }: ConfigChanges): boolean {
  return sections.length === 0 && Object.values(named).every(nothingIn);
}

export function nothingIn({ added, removed, changed }: NameChanges): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** By name, what is compared. */
export function nameChanges(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): NameChanges {
  const kept = [...after.keys()].filter((name) => before.has(name));
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: kept.filter((name) => !same(before.get(name), after.get(name))),
  };
}

function isOfRoutes(name: string): boolean {
  return OF_ROUTES.some((known) => known === name);
}

function written(path: string): string {
  const plainly = path.replace(
    /\.max([A-Z])(\w*)$/,
    (_, first: string, rest: string) => `.${first.toLowerCase()}${rest}`,
  );
  return WRITTEN[path] ?? plainly.replace(/Ms$/, '');
}

function section(config: ResolvedConfig, name: string): unknown {
  return (config as unknown as Readonly<Record<string, unknown>>)[name];
}

function routesOf({ routes, ...config }: ResolvedConfig): Map<string, unknown> {
  return new Map([...routes].map(([name, route]) => [name, [route, ...OF_ROUTES.map((of) => config[of].get(name))]]));
}

function targetsOf({ routes }: ResolvedConfig): Map<string, unknown> {
  return new Map([...routes.values()].flatMap(({ targets }) => targets.map((one) => [one.target.id, one] as const)));
}

function providersOf({ providers, prices }: ResolvedConfig): Map<string, unknown> {
  const priced = [...prices];
  return new Map(
    [...providers].map(([name, provider]) => [name, [provider, priced.filter(([id]) => id.startsWith(`${name}/`))]]),
  );
}

function promptsOf({ prompts }: ResolvedConfig): Map<string, unknown> {
  const names = prompts?.names ?? [];
  return new Map(
    names.map((name) => [name, [prompts?.versions(name), prompts?.pins.filter((pin) => pin.name === name)]]),
  );
}

/** Deepest fields that differ, as paths from the section. */
function changedFields(before: unknown, after: unknown, path: string): string[] {
  if (same(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  return Object.keys({ ...before, ...after }).flatMap((name) =>
    changedFields(before[name], after[name], `${path}.${name}`),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** Configurations are plain data and maps of it: what they write the same is the same. */
function same(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before, plain) === JSON.stringify(after, plain);
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
