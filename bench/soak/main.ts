import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writePage } from './page.ts';
import { plotOf } from './plot.ts';
import { soak } from './soak.ts';
import { checksOf, passed } from './verdict.ts';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const USAGE =
  'npm run soak -- [--minutes 30] [--rate 200] [--stalled 300] [--healthy 20] [--seed 1] [--loop-delay MS] [--json FILE] [--write docs/images/soak.svg] [--root DIR]';

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
const folder = mkdtempSync(join(tmpdir(), 'understudy-soak-'));
try {
  const soaked = await soak(setting, folder, (line) => console.log(line));
  const checks = checksOf(soaked);
  for (const { verdict, what, found, wanted } of checks) {
    console.log(`${verdict.padEnd(8)}  ${what}: ${found}  (wanted: ${wanted})`);
  }
  const good = passed(checks);
  console.log(good ? 'the soak passed' : 'the soak FAILED');
  if (values.json)
    writeFileSync(
      values.json,
      JSON.stringify({ setting: { ...setting, root: undefined }, checks, ...soaked }, null, 1),
    );
  if (values.write) {
    writeFileSync(values.write, plotOf(soaked));
    writePage(new URL('../../docs/soak.md', import.meta.url), { setting, checks, soaked });
  }
  process.exitCode = good ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
