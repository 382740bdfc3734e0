import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import type { Invariant } from './invariants.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Worlds in which a planted bug has to show itself. */
const WORLDS = 6_000;
const TIMEOUT_MS = 300_000;

interface Caught {
  readonly seed: number;
  readonly worlds: number;
  readonly requests: number;
  readonly invariants: readonly Invariant[];
}

/** Plants each bug whose name holds the words in a copy of the sources and searches until an invariant breaks. 0 where the named one did for each. */
export function runPlanted(words: string): number {
  const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(words));
  const folder = mkdtempSync(join(tmpdir(), 'understudy-planted-'));
  const table = new Table({
    head: ['bug', 'caught by', 'seed', 'requests until then'],
    style: { head: [], border: [] },
  });
  let missed = 0;
  try {
    for (const part of ['src', 'test/kit', 'test/sim', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const bug of bugs) {
      const caught = hunt(folder, bug);
      const asExpected = caught?.invariants.includes(bug.caughtBy) ?? false;
      if (!asExpected) missed += 1;
      const by = caught ? caught.invariants.join(', ') : 'NOT CAUGHT';
      const words = asExpected ? by : `${by} (expected ${bug.caughtBy})`;
      table.push([bug.name, words, caught ? String(caught.seed) : '', caught ? String(caught.requests) : '']);
      console.error(`${bug.name}: ${words}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(table.toString());
  console.log(`${bugs.length - missed} of ${bugs.length} planted bugs are caught`);
  return missed === 0 && bugs.length > 0 ? 0 : 1;
}

/** Applies one bug, searches, and takes it out again. */
function hunt(folder: string, bug: PlantedBug): Caught | undefined {
  const file = join(folder, bug.file);
  const sound = readFileSync(file, 'utf8');
  writeFileSync(file, planted(sound, bug));
  try {
    return search(folder);
  } finally {
    writeFileSync(file, sound);
  }
}

/** The source with the bug in it. Throws where the place is not found exactly once: the list has to follow the source. */
export function planted(source: string, { name, before, after }: PlantedBug): string {
  const found = source.split(before).length - 1;
  if (found !== 1) throw new Error(`the place of "${name}" is found ${found} times`);
  return source.replace(before, () => after);
}

interface Printed extends Omit<Caught, 'seed' | 'invariants'> {
  readonly failures: readonly { readonly seed: number; readonly violations: readonly { invariant: Invariant }[] }[];
}

function search(folder: string): Caught | undefined {
  const args = [
    '--max-semi-space-size=64',
    '--import',
    'tsx',
    'test/sim/main.ts',
    '--seed',
    '1',
    '--worlds',
    String(WORLDS),
    '--json',
  ];
  const { failures, worlds, requests } = JSON.parse(output(folder, args)) as Printed;
  const [first] = failures;
  if (!first) return undefined;
  const invariants = [...new Set(first.violations.map(({ invariant }) => invariant))];
  return { seed: first.seed, worlds, requests, invariants };
}

/** A search that found something ends with exit code 1, and has printed it all the same. */
function output(cwd: string, args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS, stdio: 'pipe' });
  } catch (error) {
    const printed = (error as { stdout?: unknown }).stdout;
    if (typeof printed === 'string' && printed.startsWith('{')) return printed;
    throw error;
  }
}
