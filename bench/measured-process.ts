import { type ChildProcess, fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { request } from 'undici';

export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** A process of its own whose CPU is counted whole, and not by a timer inside it. */
export interface MeasuredProcess {
  readonly url: string;
  /** From the start of the process to the first answer, in milliseconds. */
  readonly readyMs: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

const REPORT = new URL('report-usage.mjs', import.meta.url).href;
const START_LIMIT_MS = 15_000;
const ASK_EVERY_MS = 5;

export interface Command {
  /** Path of a module. */
  readonly module: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Path that answers 200 once the process serves. */
  readonly ready: string;
  readonly port: number;
}

/** Starts a process and waits until it serves. Rejects when it ends before that, or takes too long. */
export async function startMeasured(command: Command): Promise<MeasuredProcess> {
  const { module } = command;
  const startedAt = performance.now();
  const child = fork(module, [...(command.args ?? [])], {
    execArgv: ['--import', REPORT, ...(module.endsWith('.ts') ? ['--import', 'tsx'] : [])],
    env: { ...process.env, NODE_ENV: 'production', ...command.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const url = `http://127.0.0.1:${command.port}`;
  await untilReady(child, url + command.ready);
  return {
    url,
    readyMs: performance.now() - startedAt,
    usage: () =>
      new Promise((resolve) => {
        child.once('message', (usage) => resolve(usage as Usage));
        child.send('usage');
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`);
    const status = await request(url).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => undefined,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  child.kill('SIGKILL');
  throw new Error(`nothing serves at ${url} after ${START_LIMIT_MS} ms`);
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
