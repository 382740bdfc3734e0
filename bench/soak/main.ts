import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type SoakedOf, writePage } from './page.ts';
import { plotOf } from './plot.ts';
import { soak } from './soak.ts';
import { checksOf, passed, type Soaked } from './verdict.ts';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const USAGE =
  'npm run soak -- [--minutes 30] [--rate 200] [--stalled 300] [--healthy 20] [--seed 1] [--loop-delay MS] [--json FILE] [--write docs/images/soak.svg] [--root DIR]\n' +
  'npm run soak -- --from FILE [--write docs/images/soak.svg]   judges a run that was kept with --json';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '200' },
    stalled: { type: 'string', default: '300' },
    healthy: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'loop-delay': { type: 'string' },
    json: { type: 'string' },
    write: { type: 'string' },
    root: { type: 'string', default: HERE },
    from: { type: 'string' },
  },
});

function numberOf(name: 'minutes' | 'rate' | 'stalled' | 'healthy' | 'seed' | 'loop-delay', least: number): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= least) return value;
  console.error(`--${name} must be a number of ${least} or more, got ${values[name]}\n${USAGE}`);
  process.exit(64);
}

const setting = {
  root: resolve(values.root),
  minutes: numberOf('minutes', 0.5),
  rate: numberOf('rate', 1),
  stalled: numberOf('stalled', 1),
  healthy: numberOf('healthy', 1),
  seed: numberOf('seed', 0),
  ...(values['loop-delay'] !== undefined && { loopDelayMs: numberOf('loop-delay', 1) }),
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const kept = values.from === undefined ? await lived() : keptIn(values.from);
const checks = checksOf(kept.soaked);
for (const { verdict, what, found, wanted } of checks) {
  console.log(`${verdict.padEnd(8)}  ${what}: ${found}  (wanted: ${wanted})`);
}
const good = passed(checks);
console.log(good ? 'the soak passed' : 'the soak FAILED');
if (values.json) writeFileSync(values.json, JSON.stringify({ ...kept.of, checks, ...kept.soaked }, null, 1));
if (values.write) {
  writeFileSync(values.write, plotOf(kept.soaked));
  writePage(new URL('../../docs/soak.md', import.meta.url), { ...kept.of, checks, soaked: kept.soaked });
}
process.exitCode = good ? 0 : 1;

/** A run, and what it was a run of. */
interface Kept {
  readonly of: SoakedOf;
  readonly soaked: Soaked;
}

async function lived(): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-soak-'));
  try {
    const soaked = await soak(setting, folder, (line) => console.log(line));
    const { root: _, ...of } = setting;
    return { of: { setting: of, node: process.version }, soaked };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keptIn(file: string): Kept {
  const { setting: of, node, ...soaked } = JSON.parse(readFileSync(file, 'utf8')) as SoakedOf & Soaked;
  return { of: { setting: of, node }, soaked };
}
