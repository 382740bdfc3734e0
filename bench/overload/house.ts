import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Caller, Phase, PhaseSeen } from './flood.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 20_000;
/** Kernel ticks a second in `/proc/<pid>/stat`; 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
/** A stream of 240 events in two seconds, four to a packet, as providers and networks bundle them. */
const STREAM = [60, 4, 32];
const WAIT_MS = 20;

/** CPU time since the start, in milliseconds; 0 where the system does not say. */
export interface Cpu {
  readonly gateway: number;
  readonly provider: number;
  /** Of the thread that serves: how long it ran, and how long it could have run but others did. */
  readonly ran: number;
  readonly waited: number;
}

/** Three processes: a provider, the built gateway, and whoever floods it. */
export interface OverloadHouse {
  flood(phase: Phase): Promise<PhaseSeen>;
  cpu(): Cpu;
  /** What the gateway counts of its refusals, by reason. */
  shed(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Starts all of them; the gateway with `folder` for its ledger, and nothing tuned for the occasion. */
export async function startOverloadHouse(folder: string, callers: readonly Caller[]): Promise<OverloadHouse> {
  const children: ChildProcess[] = [];
  try {
    const providerPort = await freePort();
    const provider = start('bench/overload/provider.ts', [providerPort, ...STREAM, WAIT_MS]);
    children.push(provider);
    await said(provider, 'ready');
    const port = await freePort();
    const gateway = startGateway(folder, { port, providerPort, callers });
    children.push(gateway);
    await answers(`http://127.0.0.1:${port}/health/ready`);
    const flooder = start('bench/overload/flood.ts', [port, JSON.stringify(callers)]);
    children.push(flooder);
    await said(flooder, 'ready');
    return {
      flood: async (phase) => {
        flooder.send(phase);
        return (await said(flooder)) as PhaseSeen;
      },
      cpu: () => ({ gateway: cpuOf(gateway), provider: cpuOf(provider), ...turnsOf(gateway) }),
      shed: () => shedBy(port),
      stop: () => stopAll(children),
    };
  } catch (error) {
    await stopAll(children);
    throw error;
  }
}

function start(module: string, args: readonly (string | number)[]): ChildProcess {
  return fork(join(ROOT, module), args.map(String), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function startGateway(
  folder: string,
  about: { readonly port: number; readonly providerPort: number; readonly callers: readonly Caller[] },
): ChildProcess {
  const config = join(folder, 'understudy.yaml');
  const keys = about.callers.map(({ name }, at) => ({ name, key: `env:OVERLOAD_CALLER_${at}` }));
  writeFileSync(
    config,
    stringify({
      server: { port: about.port, keys },
      providers: {
        steady: {
          dialect: 'openai-chat',
          baseUrl: `http://127.0.0.1:${about.providerPort}/v1`,
          apiKey: 'env:OVERLOAD_PROVIDER',
          // The gateway is to be what is short, not the lane.
          limits: { concurrency: 5_000, queue: 5_000 },
        },
      },
      routes: { reply: { targets: ['steady/steady'] } },
      storage: `sqlite:${join(folder, 'ledger.db')}`,
      telemetry: { logLevel: 'warn' },
    }),
  );
  const env: Record<string, string> = { OVERLOAD_PROVIDER: 'provider' };
  for (const [at, { key }] of about.callers.entries()) env[`OVERLOAD_CALLER_${at}`] = key;
  return fork(join(ROOT, 'bin/understudy.js'), ['serve', '--config', config], {
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function said(child: ChildProcess, wanted?: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`));
    const onMessage = (message: unknown) => {
      if (wanted !== undefined && message !== wanted) return;
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(message);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

async function answers(url: string): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing serves at ${url} after ${READY_MS} ms; is the gateway built (npm run build)?`);
}

async function shedBy(port: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const series = text.matchAll(/^understudy_shed_total\{reason="([\w-]+)"\} (\d+)/gm);
  return Object.fromEntries([...series].map(([, reason, count]) => [reason, Number(count)]));
}

function cpuOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(1)?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND) * 1000;
  } catch {
    return 0;
  }
}

/** Linux counts for each thread what it got and what it had to wait for, in nanoseconds. */
function turnsOf({ pid }: ChildProcess): { ran: number; waited: number } {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ').map(Number);
    return { ran: (ran ?? 0) / 1e6, waited: (waited ?? 0) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 };
  }
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', () => resolve());
          child.kill('SIGKILL');
        }),
    ),
  );
}

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
