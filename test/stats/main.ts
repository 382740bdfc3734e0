import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type Delays,
  DIFFERENCES,
  equalBinary,
  equalScores,
  failedTrials,
  falseAlarms,
  healthyAlarms,
  inferiorBinary,
  inferiorScores,
  LOSSES,
  type Rate,
  regressionDelays,
  SCORES,
  severalMetrics,
} from './simulations.ts';

/** `npm run stats -- [--runs 10000] [--json FILE]`: the error rates of everything statistical, see docs/statistics.md. */
const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, json: { type: 'string' } },
});
const runs = Number(options.runs);
if (!(Number.isSafeInteger(runs) && runs >= 1))
  throw new RangeError(`--runs must be a whole number, got ${options.runs}`);

const SIZES = [20, 50, 100, 200, 500];
const rates: Rate[] = [];
const delays: Delays[] = [];
const told = (rate: Rate) => {
  rates.push(rate);
  process.stdout.write(
    `| ${rate.what} | ${rate.how} | ${rate.n} | ${rate.runs} | ${(rate.rate * 100).toFixed(2)} % |\n`,
  );
};

process.stdout.write('| truth | structure | n | runs | passes, or alarms |\n|---|---|---:|---:|---:|\n');
for (const n of SIZES) {
  for (const [margin, discordance] of [
    [0.05, 0.05],
    [0.05, 0.1],
    [0.05, 0.3],
    [0.1, 0.1],
    [0.1, 0.2],
    [0.1, 0.6],
  ] as const) {
    told(inferiorBinary(n, margin, discordance, 10 * runs));
  }
}
for (const n of SIZES) for (const loss of Object.keys(LOSSES)) told(inferiorScores(n, 0.1, loss, runs));
for (const loss of Object.keys(LOSSES)) told(inferiorScores(200, 0.05, loss, runs));
for (const margin of [0.05, 0.1]) for (const q of [0.02, 0.05, 0.1, 0.2, 0.3]) told(equalBinary(margin, q, 10 * runs));
for (const margin of [0.05, 0.1]) for (const kind of Object.keys(DIFFERENCES)) told(equalScores(margin, kind, runs));
for (const kind of Object.keys(DIFFERENCES)) told(equalScores(0.1, kind, runs, 100));
for (const metrics of [2, 4]) {
  told(severalMetrics(metrics, 'inferior', runs));
  told(severalMetrics(metrics, 'equal', runs));
}
for (const kind of Object.keys(SCORES)) told(falseAlarms(kind, 2_000, runs));
for (const kind of Object.keys(SCORES)) told(failedTrials(kind, 200, runs));
for (const share of [1, 0.99, 0.97, 0.8]) told(healthyAlarms(share, 100_000, Math.ceil(runs / 100)));

process.stdout.write(
  '\n| answers before | runs | false | missed | p50 | p90 | p99 | most |\n|---|---:|---:|---:|---:|---:|---:|---:|\n',
);
for (const share of [1, 0.99, 0.97]) {
  for (const healthy of [600, 4_000]) {
    const found = regressionDelays(share, healthy, Math.ceil(runs / 10));
    delays.push(found);
    const { how, p50, p90, p99, most, missed } = found;
    process.stdout.write(
      `| ${how} | ${found.runs} | ${found.false} | ${missed} | ${p50} | ${p90} | ${p99} | ${most} |\n`,
    );
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ rates, delays }, null, 2)}\n`);
