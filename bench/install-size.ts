import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OURS, YARDSTICK } from './cases.ts';
import { HERE } from './contestants.ts';
import type { Figure } from './figure.ts';

export const INSTALL = 'install';
export const ON_DISK = 'on disk';
export const PACKAGES = 'packages';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * What an installed copy takes on disk, in bytes of its files. Ours: what `npm pack` would send and every package that
 * `npm install --omit=dev` would bring to this machine. A peer: its folder, runtime of its language left out.
 */
export function installSizes(peers: ReadonlyMap<string, string>): Figure[] {
  const lock: unknown = JSON.parse(readFileSync(join(HERE, 'package-lock.json'), 'utf8'));
  const { packages } = lock as { readonly packages: Readonly<Record<string, Locked>> };
  const production = Object.entries(packages)
    .filter(([path, one]) => path !== '' && !one.dev && !one.devOptional && !one.peer && existsSync(join(HERE, path)))
    .map(([path]) => path);
  const bare = closureOf(packages, ['fastify', 'undici', 'eventsource-parser']);
  return [
    ...figuresOf(OURS, packedBytes() + bytesOfAll(production), production.length + 1),
    ...figuresOf(YARDSTICK, bytesOfAll(bare), bare.length),
    ...[...peers].flatMap(([name, folder]) => figuresOf(name, bytesIn(folder), packagesIn(folder))),
  ];
}

function figuresOf(contestant: string, bytes: number, packages: number | undefined): Figure[] {
  const figure = { scenario: INSTALL, contestant, round: 0 };
  return [
    { ...figure, metric: ON_DISK, unit: 'MiB', value: bytes / 2 ** 20 },
    ...(packages === undefined ? [] : [{ ...figure, metric: PACKAGES, unit: 'count' as const, value: packages }]),
  ];
}

/** Some packages and what they depend on, as the lock file places them. */
function closureOf(packages: Readonly<Record<string, Locked>>, names: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const path = placeOf(packages, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    for (const one of Object.keys(packages[path]?.dependencies ?? {})) add(one, path);
  };
  for (const name of names) add(name, '');
  return [...found];
}

/** The nearest `node_modules` that has it: the folder's own, then that of each folder above. */
function placeOf(packages: Readonly<Record<string, Locked>>, name: string, from: string): string | undefined {
  const here = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (here in packages) return here;
  if (from === '') return undefined;
  const above = from.lastIndexOf('/node_modules/');
  return placeOf(packages, name, above === -1 ? '' : from.slice(0, above));
}

function packedBytes(): number {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: HERE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(said) as [{ readonly unpackedSize: number }];
  return packed.unpackedSize;
}

/** A package within a package counts where it stands. */
function bytesOfAll(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + bytesIn(join(HERE, path), 'node_modules'), 0);
}

function bytesIn(folder: string, except?: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === except ? sum : sum + bytesIn(path);
    return entry.isFile() ? sum + lstatSync(path).size : sum;
  }, 0);
}

/** Of a folder that npm has filled. */
function packagesIn(folder: string): number | undefined {
  const lock = join(folder, 'package-lock.json');
  if (!existsSync(lock)) return undefined;
  return Object.keys(JSON.parse(readFileSync(lock, 'utf8')).packages).length - 1;
}
