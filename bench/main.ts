import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, type Case, STREAM_EVENTS, STREAM_PACE_MS, type Way, waysFor, waysOf } from './cases.ts';
import { HERE, startBare, startGateway, startProvider } from './contestants.ts';
import { PROMPT_USE } from './gateway-config.ts';
import { quantile, sendAll } from './load.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { PATHS, requestOf } from './payload.ts';
import { type Measurement, machine, type Report, type Start, tables } from './report.ts';

/** `npm run bench -- [--rounds 5] [--case TEXT] [--against DIR] [--json FILE] [--write]`: see README.md. */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    case: { type: 'string', default: '' },
    against: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Short requests before the first measured round: what was measured before, the compiler was still at work on. */
const WARM_UP = 4_000;

/** What a caller fills in. */
const FILLED = { prompt: { understudy: { prompt: PROMPT_USE } }, contract: {} };

type Between = Readonly<Partial<Record<Way['through'], MeasuredProcess>>>;

async function measure(each: Case, way: Way, round: number, between: Between): Promise<Measurement> {
  const process = between[way.through];
  if (!process) throw new Error(`nothing runs for ${way.name}`);
  const route = way.provider === 'openai-chat' ? 'chat' : 'claude';
  const { quality } = each;
  const more = quality !== undefined && way.through === 'understudy';
  const model = more ? `${route}-${quality.kind}` : route;
  const load = {
    url: process.url,
    path: PATHS[way.caller],
    body: { ...requestOf(way.caller, model, each.chars, each.stream), ...(more && FILLED[quality.kind]) },
    concurrency: each.concurrency,
  };
  if (round === 0) await sendAll({ ...load, requests: each.chars > 10_000 || each.stream ? each.requests : WARM_UP });
  const before = await process.usage();
  const seen = await sendAll({ ...load, requests: each.requests });
  const after = await process.usage();
  return {
    case: each.name,
    way: way.name,
    round,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / each.requests,
    p50Ms: quantile(seen.totalMs, 0.5),
    p99Ms: quantile(seen.totalMs, 0.99),
    firstByteP50Ms: quantile(seen.firstByteMs, 0.5),
    failed: seen.failed,
  };
}

interface Plan {
  readonly rounds: number;
  readonly cases: readonly Case[];
  readonly ways: readonly Way[];
}

/** Ways take turns within a round, so that what else the machine does meets all of them alike. */
async function measureAll({ rounds, cases, ways }: Plan, between: Between): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const all = rounds * cases.reduce((sum, each) => sum + waysFor(each, ways).length, 0);
  for (let round = 0; round < rounds; round += 1) {
    for (const each of cases) {
      for (const way of waysFor(each, ways)) {
        const one = await measure(each, way, round, between);
        if (one.failed > 0) throw new Error(`${one.failed} requests failed: ${each.name}, ${way.name}`);
        measurements.push(one);
        process.stderr.write(`\r${measurements.length} of ${all} measurements`);
      }
    }
  }
  process.stderr.write('\n');
  return measurements;
}

type Starter = () => Promise<MeasuredProcess>;

/** Starts and ends each of them once a round: the time until it serves, and what it holds before the first request. */
async function measureStarts(starters: readonly [Way['through'], Starter][], rounds: number): Promise<Start[]> {
  const starts: Start[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [through, start] of starters) {
      const process = await start();
      const { rssBytes } = await process.usage();
      starts.push({ through, round, readyMs: process.readyMs, rssBytes });
      await process.stop();
    }
  }
  return starts;
}

function planOf(): Plan {
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds must be a positive number, got ${options.rounds}`);
  const cases = CASES.filter(({ name }) => name.includes(options.case));
  if (cases.length === 0)
    throw new RangeError(`--case must be part of one of: ${CASES.map(({ name }) => name).join('; ')}`);
  return { rounds, cases, ways: waysOf(options.against !== undefined) };
}

async function main(): Promise<void> {
  const plan = planOf();
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
  const running: MeasuredProcess[] = [];
  const keep = async (starting: Promise<MeasuredProcess>) => {
    const started = await starting;
    running.push(started);
    return started;
  };
  try {
    const { url } = await keep(startProvider(STREAM_EVENTS, STREAM_PACE_MS));
    const against = options.against === undefined ? [] : [resolve(options.against)];
    const starters: [Way['through'], Starter][] = [
      ['bare proxy', () => startBare(url)],
      ['understudy', () => startGateway(HERE, folder, url)],
      ...against.map((root): [Way['through'], Starter] => ['other understudy', () => startGateway(root, folder, url)]),
    ];
    const starts = await measureStarts(starters, plan.rounds);
    const between: Partial<Record<Way['through'], MeasuredProcess>> = {};
    for (const [through, start] of starters) between[through] = await keep(start());
    const measurements = await measureAll(plan, between);
    tell({ node: process.version, machine: machine(), rounds: plan.rounds, starts, measurements }, plan);
  } finally {
    await Promise.all(running.map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(report: Report, plan: Plan): void {
  const text = tables(report, plan.cases, plan.ways);
  process.stdout.write(`Node ${report.node}, ${report.machine}, ${report.rounds} rounds\n\n${text}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  if (!options.write) return;
  const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
  writeFileSync(page, pageOf(report, text, notesOf(readFileSync(page, 'utf8'))));
}

/** What is written by hand stands behind what was measured, and stays. */
const NOTES = '## Where the rest goes';

function notesOf(page: string): string {
  const at = page.indexOf(NOTES);
  return at === -1 ? '' : `\n${page.slice(at)}`;
}

function pageOf(report: Report, measured: string, notes: string): string {
  return `# Benchmarks

What the gateway costs beside a bare proxy, measured by \`npm run bench -- --rounds ${report.rounds} --write\`
on Node ${report.node}, ${report.machine}. How it is measured, and what the ways are: [bench/README.md](../bench/README.md).
Compare the ratios, not the times: the machine had other work.

${measured}${notes}`;
}

await main();
