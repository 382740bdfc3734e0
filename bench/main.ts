import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, type Case, STREAM_EVENTS, STREAM_PACE_MS, WAYS, type Way } from './cases.ts';
import { GATEWAY_ENV, writeGatewayConfig } from './gateway-config.ts';
import { quantile, sendAll } from './load.ts';
import { freePort, type MeasuredProcess, startMeasured } from './measured-process.ts';
import { PATHS, requestOf } from './payload.ts';
import { type Measurement, machine, type Report, tables } from './report.ts';

/** `npm run bench -- [--rounds 5] [--json FILE] [--write]`; `--write` renews docs/benchmarks.md. */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Requests before the first measured round: compiled code, warm sockets. */
const WARM_UP = 300;

interface Between {
  readonly gateway: MeasuredProcess;
  readonly bare: MeasuredProcess;
}

async function measure(each: Case, way: Way, round: number, between: Between): Promise<Measurement> {
  const process = way.through === 'understudy' ? between.gateway : between.bare;
  const model = way.provider === 'openai-chat' ? 'chat' : 'claude';
  const load = {
    url: process.url,
    path: PATHS[way.caller],
    body: requestOf(way.caller, model, each.chars, each.stream),
    concurrency: each.concurrency,
  };
  if (round === 0) await sendAll({ ...load, requests: Math.min(WARM_UP, each.requests) });
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

/** Ways take turns within a round, so that what else the machine does meets all of them alike. */
async function measureAll(rounds: number, between: Between): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const all = rounds * CASES.length * WAYS.length;
  for (let round = 0; round < rounds; round += 1) {
    for (const each of CASES) {
      for (const way of WAYS) {
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

async function main(): Promise<void> {
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds must be a positive number, got ${options.rounds}`);
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
  const running: MeasuredProcess[] = [];
  const start = async (command: Parameters<typeof startMeasured>[0]) => {
    const started = await startMeasured(command);
    running.push(started);
    return started;
  };
  try {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const args = [String(ports[0]), String(STREAM_EVENTS), String(STREAM_PACE_MS)];
    const provider = await start({ module: 'bench/provider.ts', args, port: ports[0], ready: '/' });
    const bare = await start({
      module: 'bench/bare-proxy.ts',
      args: [String(ports[1]), provider.url],
      port: ports[1],
      ready: '/ready',
    });
    const gateway = await start({
      module: 'bin/understudy.js',
      args: ['serve', '--config', writeGatewayConfig(folder, ports[2], provider.url)],
      env: GATEWAY_ENV,
      port: ports[2],
      ready: '/health/ready',
    });
    const measurements = await measureAll(rounds, { gateway, bare });
    tell({ node: process.version, machine: machine(), rounds, measurements });
  } finally {
    await Promise.all(running.map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(report: Report): void {
  const text = tables(report, CASES, WAYS);
  process.stdout.write(`Node ${report.node}, ${report.machine}, ${report.rounds} rounds\n\n${text}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  if (!options.write) return;
  const page = `# Benchmarks

What the gateway costs beside a bare proxy, measured by \`npm run bench -- --rounds ${report.rounds} --write\`
on Node ${report.node}, ${report.machine}. How it is measured, and what the ways are: [bench/README.md](../bench/README.md).
Compare the ratios, not the times: the machine had other work.

${text}`;
  writeFileSync(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), page);
}

await main();
