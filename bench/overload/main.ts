import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Caller, Phase } from './flood.ts';
import { type OverloadHouse, startOverloadHouse } from './house.ts';
import { goodput, judge, type Line, type Measured, type Offered, percent } from './verdict.ts';

/** One of them asks for nearly all. */
const CALLERS: readonly Caller[] = [
  { name: 'greedy', key: 'overload-greedy', share: 0.85 },
  { name: 'one', key: 'overload-one', share: 0.05 },
  { name: 'two', key: 'overload-two', share: 0.05 },
  { name: 'three', key: 'overload-three', share: 0.05 },
];
const TIMES = 3;
const WARM = { rate: 100, ms: 5_000 };
/** Each step is long enough for streams to end in it at the rate at which they begin. */
const RAMP = { from: 150, factor: 1.3, ms: 6_000, steps: 12, until: 0.85 };
const NORMAL = { share: 0.5, ms: 6_000 };
const AFTER_MS = 16_000;
/** Connections that the callers' pools have when it begins. */
const POOL = 1_500;
const MIN_SECONDS = 8;

/** `npm run overload`: finds what the gateway can do, asks three times as much of it, and judges. Exits 1 where a promise was not kept. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '30' }, json: { type: 'string' } },
  });
  const seconds = Number(values.seconds);
  if (!(seconds >= MIN_SECONDS && seconds <= 3_600)) {
    throw new RangeError(`--seconds must be a number from ${MIN_SECONDS} to 3600, got ${values.seconds}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'understudy-overload-'));
  let house: OverloadHouse | undefined;
  try {
    house = await startOverloadHouse(folder, CALLERS);
    const { measured, costs } = await measure(house, seconds * 1000);
    const lines = judge(measured);
    const shed = await house.shed();
    print(lines, costs, shed);
    if (values.json)
      writeFileSync(values.json, `${JSON.stringify(report(measured, lines, { costs, shed }), null, 2)}\n`);
    process.exitCode = lines.every(({ kept }) => kept) ? 0 : 1;
  } finally {
    await house?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Shares of one core over the overload. */
interface Costs {
  readonly gateway: number;
  readonly provider: number;
  readonly flood: number;
}

async function measure(house: OverloadHouse, ms: number): Promise<{ measured: Measured; costs: Costs }> {
  say(`warming up: ${WARM.rate}/s`);
  await house.flood(WARM);
  const { peak, granted: grantedAtPeak } = await ramp(house);
  say(`the peak is ${peak.toFixed(0)} good answers a second`);
  const normal = await offer(house, { rate: peak * NORMAL.share, ms: NORMAL.ms }, 'normal');
  const before = house.cpu();
  const began = performance.now();
  const overload = await offer(house, { rate: peak * TIMES, ms, connections: POOL }, `${TIMES} times the peak`);
  const spent = performance.now() - began;
  const cpu = house.cpu();
  const after = await offer(house, { rate: peak * NORMAL.share, ms: AFTER_MS }, 'normal again');
  const costs = {
    gateway: (cpu.gateway - before.gateway) / spent,
    provider: (cpu.provider - before.provider) / spent,
    flood: overload.seen.cpuMs / spent,
  };
  return { measured: { callers: CALLERS, peak, grantedAtPeak, normal, overload, after }, costs };
}

/** Asks for more and more until the gateway no longer follows; the most good answers a second of any step. */
async function ramp(house: OverloadHouse): Promise<{ readonly peak: number; readonly granted: number }> {
  let best = { peak: 0, granted: 1 };
  let rate = RAMP.from;
  for (let steps = 0; steps < RAMP.steps; steps += 1) {
    const step = await offer(house, { rate, ms: RAMP.ms }, 'ramp');
    const good = goodput(step);
    if (good > best.peak) best = { peak: good, granted: step.granted };
    if (good < RAMP.until * rate) return best;
    rate *= RAMP.factor;
  }
  return best;
}

async function offer(house: OverloadHouse, phase: Phase, name: string): Promise<Offered> {
  const before = house.cpu();
  const seen = await house.flood(phase);
  const cpu = house.cpu();
  const ran = cpu.ran - before.ran;
  const wanted = ran + cpu.waited - before.waited;
  const offered = { seen, ...phase, granted: wanted > 0 ? ran / wanted : 1 };
  const refused = seen.shots.filter(({ status }) => status === 503).length;
  say(
    `${name}: ${phase.rate.toFixed(0)}/s for ${phase.ms / 1000} s, ${goodput(offered).toFixed(0)}/s good, ${refused} refused`,
  );
  return offered;
}

function print(lines: readonly Line[], costs: Costs, shed: Readonly<Record<string, number>>): void {
  const reasons = Object.entries(shed).filter(([, count]) => count > 0);
  say(`refused by reason: ${reasons.map(([reason, count]) => `${reason} ${count}`).join(', ') || 'none'}`);
  say(
    `of one core, over the overload: gateway ${percent(costs.gateway)}, provider ${percent(costs.provider)}, flood ${percent(costs.flood)} (the machine has ${cpus().length})`,
  );
  for (const { name, kept, figure } of lines)
    process.stdout.write(`${kept ? 'kept  ' : 'BROKEN'}  ${name}\n        ${figure}\n`);
}

function report(measured: Measured, lines: readonly Line[], more: { costs: Costs; shed: object }): object {
  const phase = ({ rate, ms, seen }: Offered) => ({
    rate,
    ms,
    requests: seen.shots.length,
    unsent: seen.unsent,
    lost: seen.lost,
  });
  const { peak, normal, overload, after } = measured;
  return {
    node: process.version,
    cores: cpus().length,
    peak,
    phases: { normal: phase(normal), overload: phase(overload), after: phase(after) },
    ...more,
    lines,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await main();
