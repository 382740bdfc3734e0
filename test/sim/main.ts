import { parseArgs } from 'node:util';
import { drawWorld } from './draw-world.ts';
import { runPlanted } from './planted.ts';
import { addTally, noTally, runWorld, type Tally, type WorldReport } from './run-world.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

/**
 * `npm run sim -- [--seed N] [--worlds M] [--minutes X] [--json] [--planted [WORDS]]`
 *
 * Lives through worlds drawn from seeds and ends with exit code 1 at the first in which an invariant breaks. `--seed`
 * alone replays one world and tells its story. `--minutes` are minutes of this process's own CPU, so that a busy machine
 * searches as far as an idle one. `--planted` shows that each planted bug is caught, or each whose name holds the WORDS.
 */
const USAGE = 'npm run sim -- [--seed N] [--worlds M] [--minutes X] [--json] [--planted [WORDS]]';
const DEFAULT_WORLDS = 10_000;
const BAR_WIDTH = 30;
/** Worlds between two looks of the progress bar. */
const STEP = 20;

interface Search {
  readonly firstSeed: number;
  readonly worlds: number;
  readonly minutes: number;
  readonly json: boolean;
}

function searchOf(): Search | { readonly planted: string } | undefined {
  const { values, positionals } = parseArgs({
    options: {
      seed: { type: 'string' },
      worlds: { type: 'string' },
      minutes: { type: 'string' },
      json: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  if (values.planted) return { planted: positionals.join(' ') };
  const unbounded = values.minutes === undefined ? undefined : Number.POSITIVE_INFINITY;
  const search = {
    firstSeed: Number(values.seed ?? 1),
    worlds: Number(values.worlds ?? unbounded ?? (values.seed === undefined ? DEFAULT_WORLDS : 1)),
    minutes: Number(values.minutes ?? Number.POSITIVE_INFINITY),
    json: values.json,
  };
  const sound = Number.isInteger(search.firstSeed) && search.worlds >= 1 && search.minutes > 0;
  return sound ? search : undefined;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function showProgress(search: Search, tally: Tally): void {
  if (search.json || !process.stderr.isTTY) return;
  const done = Math.max(tally.worlds / search.worlds, cpuSeconds() / 60 / search.minutes);
  const filled = Math.min(BAR_WIDTH, Math.round(done * BAR_WIDTH));
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  process.stderr.write(
    `\r${bar} ${tally.worlds} worlds, ${tally.requests} requests, ${cpuSeconds().toFixed(0)} CPU s  `,
  );
}

/** Ends at the first world in which something breaks. */
async function livedThrough(search: Search): Promise<{ tally: Tally; last: WorldReport | undefined }> {
  // Faults are thrown by the million, and nobody reads where; a replay shows it.
  if (search.worlds > 1) Error.stackTraceLimit = 0;
  const tally = noTally();
  let last: WorldReport | undefined;
  for (let at = 0; at < search.worlds && cpuSeconds() < search.minutes * 60; at += 1) {
    last = await runWorld(drawWorld(search.firstSeed + at));
    addTally(tally, last.tally);
    if (last.violations.length > 0) break;
    if (at % STEP === 0) {
      showProgress(search, tally);
      // Worlds live in virtual time alone; real time gets a turn now and then.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  showProgress(search, tally);
  if (!search.json && process.stderr.isTTY) process.stderr.write('\n');
  return { tally, last };
}

function summary(tally: Tally, seconds: number): string[] {
  const hours = (tally.virtualMs / 3_600_000).toFixed(0);
  const perRequest = ((seconds * 1_000_000) / Math.max(1, tally.requests)).toFixed(0);
  return [
    `${tally.worlds} worlds, ${tally.requests} requests, ${tally.attempts} attempts, ${hours} hours of virtual time`,
    `served ${tally.served} (${tally.degraded} of them marked degraded), failed ${tally.failed}, interrupted ${tally.interrupted}, callers gone ${tally.gone}`,
    `breakers half-opened ${tally.probes} times`,
    `${seconds.toFixed(1)} s of CPU, ${perRequest} µs a request, everything included`,
  ];
}

async function search(wanted: Search): Promise<number> {
  const { tally, last } = await livedThrough(wanted);
  const broken = last !== undefined && last.violations.length > 0;
  const seconds = cpuSeconds();
  if (wanted.json) {
    const failures = broken ? [{ seed: last.world.plan.seed, violations: last.violations }] : [];
    console.log(JSON.stringify({ ...tally, cpuSeconds: seconds, failures }));
    return broken ? 1 : 0;
  }
  for (const line of summary(tally, seconds)) console.log(line);
  if (!broken) {
    if (wanted.worlds === 1 && last) for (const line of storyOf(last)) console.log(line);
    else console.log('Every invariant held.');
    return 0;
  }
  const small = await shrink(last);
  console.log(`\nSeed ${last.world.plan.seed} breaks an invariant; its story, in the smallest world found:\n`);
  for (const line of storyOf(small)) console.log(line);
  console.log(`\nReplay: npm run sim -- --seed ${last.world.plan.seed}`);
  return 1;
}

async function main(): Promise<number> {
  const wanted = searchOf();
  if (wanted === undefined) {
    console.error(USAGE);
    return 2;
  }
  return 'planted' in wanted ? runPlanted(wanted.planted) : search(wanted);
}

process.exitCode = await main();
