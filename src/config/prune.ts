import type { Path } from './problems.ts';
import { type Config, configSchema } from './schema.ts';
import type { Finding } from './schema-problems.ts';

/**
 * Checks across the file for a file that its schema refuses: what is wrong by itself is cut out first, so that one run
 * tells of a mistyped option and of an unknown provider alike. Leaves out whatever the cut itself may have caused.
 */
export function findingsBeside(
  value: unknown,
  refused: readonly Finding[],
  check: (config: Config) => readonly Finding[],
): Finding[] {
  const rest: unknown = structuredClone(value);
  for (const { path } of [...refused].sort((a, b) => compareIndexes(b.path, a.path))) cut(rest, path);
  const parsed = configSchema.safeParse(rest);
  if (!parsed.success) return [];
  return check(parsed.data).filter((finding) => !refused.some(({ path }) => mayCause(path, finding.path)));
}

/** Later list items first, so that a cut moves none of those still to be cut. */
function compareIndexes(a: Path, b: Path): number {
  for (const [at, step] of a.entries()) {
    const other = b[at];
    if (typeof step === 'number' && typeof other === 'number' && step !== other) return step - other;
  }
  return 0;
}

function cut(root: unknown, path: Path): void {
  let holder = root;
  for (const step of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return;
    holder = (holder as Record<string | number, unknown>)[step];
  }
  const last = path.at(-1);
  if (typeof holder !== 'object' || holder === null || last === undefined) return;
  if (Array.isArray(holder) && typeof last === 'number') holder.splice(last, 1);
  else delete (holder as Record<string | number, unknown>)[last];
}

/** A cut explains what stands around it (items move up, names go missing), and a missing provider explains its targets. */
function mayCause(cutPath: Path, found: Path): boolean {
  const [section, name] = cutPath;
  if ((section === 'providers' || section === 'routes') && cutPath.length <= 2) return true;
  if (section === 'server' && name === 'keys' && found[0] === 'server') return true;
  const depth = Math.min(3, cutPath.length, found.length);
  return cutPath.slice(0, depth).every((step, at) => step === found[at]);
}
