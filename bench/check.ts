import { parseArgs } from 'node:util';
import { cpuRatiosOf, readBaselines, regressionsOf, storeBaseline } from './baseline.ts';
import { CASES, OURS, YARDSTICK } from './cases.ts';
import { progress } from './progress.ts';
import { majorOf } from './results.ts';
import { runBench } from './run.ts';
import { numberText, spreadText } from './units.ts';

/**
 * `npm run bench:check -- [--rounds 3] [--case TEXT] [--json] [--store-baseline]`: ends with 1 where a request costs more
 * beside the bare proxy than `baseline.json` says, and with 2 where that says nothing of this version of Node.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    case: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    'store-baseline': { type: 'boolean', default: false },
  },
});

const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds must be a positive number, got ${options.rounds}`);
const cases = CASES.filter(({ name, quality }) => quality === undefined && name.includes(options.case));
if (cases.length === 0) throw new RangeError(`--case is part of no case: ${options.case}`);

const results = await runBench(
  {
    command: 'npm run bench:check',
    rounds,
    quick: false,
    cases,
    scenarios: [],
    only: [YARDSTICK, OURS],
    against: undefined,
    peersDir: undefined,
    starts: false,
  },
  progress,
);
for (const failure of results.failures) console.error(`failed: ${failure}`);
if (results.failures.length > 0) process.exit(1);
const measured = cpuRatiosOf(results.figures);
const major = majorOf(results);

if (options['store-baseline']) {
  storeBaseline(major, { at: results.at, cpu: results.machine.cpu, rounds, ratios: measured });
  for (const [what, spread] of Object.entries(measured)) console.log(`${what}: ${spreadText(spread, 'times')}`);
} else {
  process.exitCode = compare();
}

function compare(): number {
  const baseline = readBaselines()[major];
  if (baseline === undefined) {
    console.error(`no baseline for Node ${major}: npm run bench:check -- --store-baseline`);
    return 2;
  }
  const regressions = regressionsOf(measured, baseline.ratios);
  if (options.json) console.log(JSON.stringify({ node: results.node, measured, baseline, regressions }, null, 1));
  for (const [what, spread] of options.json ? [] : Object.entries(measured)) {
    const before = baseline.ratios[what];
    console.log(`${what}: ${spreadText(spread, 'times')}${before ? `, was ${spreadText(before, 'times')}` : ''}`);
  }
  for (const { what, measured: now, limit } of regressions)
    console.error(`regression: ${what}: ${spreadText(now, 'times')}, more than ${numberText(limit)}`);
  return regressions.length > 0 ? 1 : 0;
}
