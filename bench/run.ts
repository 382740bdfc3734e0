import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIRECT, waysOf } from './cases.ts';
import { type BenchContestant, passedOn } from './contestants.ts';
import type { Figure } from './figure.ts';
import { installSizes } from './install-size.ts';
import type { MeasuredProcess } from './measured-process.ts';
import type { Wanted } from './options.ts';
import { PATHS } from './payload.ts';
import { PEERS, peerFolder } from './peers/installs.ts';
import { type Results, thisMachine } from './results.ts';
import { isWanted, rosterOf } from './roster.ts';
import { type Pace, runCases, startProvider } from './run-cases.ts';
import { memoryAfter, runStarts } from './run-starts.ts';
import { startHelper } from './scenarios/helper-process.ts';
import type { LoadOrder, LoadResult } from './scenarios/load-orders.ts';

export interface Run extends Wanted {
  readonly command: string;
  /** How long starting takes, and what an installed copy takes on disk, are measured too. */
  readonly starts: boolean;
}

const PACE = { full: { seconds: 0.8, enough: true }, quick: { seconds: 0.1, enough: false } } as const;

/** Runs whatever was asked for, one thing after the other. */
export async function runBench(run: Run, progress: (text: string) => void): Promise<Results> {
  const machine = thisMachine();
  const at = new Date().toISOString();
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
  try {
    const { contestants, leftOut } = await rosterOf({ ...run, folder }, progress);
    const found: Found = { figures: [], failures: [] };
    const starting = await measureCases(run, contestants, { found, progress });
    const standing = contestants.filter(({ name }) => !starting.has(name));
    const { rounds, quick } = run;
    for (const scenario of run.scenarios) {
      await attempt(scenario.name, { found, progress }, async () => {
        const cast = standing.filter(({ scenarios }) => scenarios?.includes(scenario.name) ?? true);
        found.figures.push(...(await scenario.run({ contestants: cast, rounds, quick, folder, progress })));
      });
    }
    return {
      at,
      node: process.version,
      machine,
      command: run.command,
      rounds,
      quick,
      versions: Object.fromEntries(contestants.map(({ name, version }) => [name, version])),
      leftOut: [...leftOut, ...[...starting].map(([name, reason]) => ({ name, reason }))],
      failures: found.failures,
      // What nobody answered has no latency.
      figures: found.figures.filter(({ value }) => Number.isFinite(value)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Found {
  readonly figures: Figure[];
  readonly failures: string[];
}

interface Watched {
  readonly found: Found;
  readonly progress: (text: string) => void;
}

/** What fails leaves the rest of a run of many minutes as it is. */
async function attempt(name: string, { found, progress }: Watched, measure: () => Promise<void>): Promise<void> {
  progress(name);
  try {
    await measure();
  } catch (error) {
    found.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    progress(`failed: ${found.failures.at(-1)}`);
  }
}

/** Gives the peers that do not start, and what they said. */
async function measureCases(
  run: Run,
  contestants: readonly BenchContestant[],
  watched: Watched,
): Promise<ReadonlyMap<string, string>> {
  if (run.cases.length === 0) return new Map();
  const { found, progress } = watched;
  const provider = await startProvider();
  const load = startHelper<LoadOrder, LoadResult>('load-process.ts');
  const running = new Map<string, MeasuredProcess>();
  const failed = new Map<string, string>();
  try {
    const rounds = run.starts ? run.rounds : 0;
    await attempt('starts', watched, async () => {
      const starts = await runStarts(contestants, { rounds, providerUrl: provider.url }, progress);
      found.figures.push(...starts.figures);
      for (const [name, reason] of starts.failed) failed.set(name, reason);
    });
    const standing = contestants.filter(({ name }) => !failed.has(name));
    await attempt('cases', watched, async () => {
      for (const { name, start } of standing) running.set(name, await start(provider.url));
      const pace: Pace = { ...PACE[run.quick ? 'quick' : 'full'], rounds: run.rounds };
      const ways = waysOf(isWanted(DIRECT, run.only) ? [direct(), ...standing] : standing);
      const bench = { provider, load, between: running };
      for await (const figures of runCases(bench, { ...pace, cases: run.cases, ways }, progress))
        found.figures.push(...figures);
    });
    if (run.starts) found.figures.push(...(await memoryAfter(running)), ...sizesOf(run, standing));
    return failed;
  } finally {
    await Promise.all([provider, load, ...running.values()].map((each) => each.stop()));
  }
}

/** Nobody between: what caller and provider alone take. */
function direct(): BenchContestant {
  return {
    name: DIRECT,
    version: '',
    grants: [],
    speaks: passedOn.slice(0, 1),
    callers: 1,
    path: PATHS['openai-chat'],
    headers: () => ({}),
    start: () => Promise.reject(new Error(`${DIRECT} has no process`)),
  };
}

function sizesOf({ peersDir }: Run, standing: readonly BenchContestant[]): Figure[] {
  const names = new Set(standing.map(({ name }) => name));
  const peers = peersDir === undefined ? [] : PEERS.filter(({ name }) => names.has(name));
  return installSizes(new Map(peers.map((peer) => [peer.name, peerFolder(peersDir ?? '', peer)])));
}
