import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { request } from 'undici';
import { familyOf, type Usage, usageOf } from './process-tree.ts';

/** A process of its own, with its children, whose CPU is counted whole, and not by a timer inside it. */
export interface MeasuredProcess {
  readonly url: string;
  /** Its process, or the first of its processes. */
  readonly pid: number;
  /** From the start of the process to the first answer, in milliseconds. */
  readonly readyMs: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Path that answers 200 once the process serves. */
  readonly ready: string;
  /** Longest time until then. */
  readonly startLimitMs?: number;
}

/** How to run a module of JavaScript or TypeScript on the Node that runs the bench. */
export function nodeModule(file: string, args: readonly string[]): Pick<Command, 'program' | 'args'> {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
  return { program: process.execPath, args: [...loader, file, ...args] };
}

/** Far more than anybody takes on a machine that is not overloaded. */
const START_LIMIT_MS = 60_000;
const ASK_EVERY_MS = 5;
/** Of what a process said before it failed, shown with the failure. */
const MAX_COMPLAINT_CHARS = 2_000;

const running = new Set<ChildProcess>();
let guarded = false;

/** Nothing that was started outlives the bench, however it ends. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.on('exit', () => running.forEach(kill));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
}

/** Starts a process and waits until it serves. Rejects when it ends before that, or takes too long. */
export async function startMeasured(command: Command): Promise<MeasuredProcess> {
  guard();
  const startedAt = performance.now();
  const child = spawn(command.program, [...command.args], {
    env: { ...process.env, NODE_ENV: 'production', ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const failed = failureOf(child, command);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const url = `http://127.0.0.1:${command.port}`;
  try {
    await Promise.race([failed, untilReady(url + command.ready, command.startLimitMs ?? START_LIMIT_MS)]);
  } catch (error) {
    kill(child);
    throw error;
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.program} did not start`);
  return {
    url,
    pid,
    readyMs: performance.now() - startedAt,
    usage: async () => usageOf(pid),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        kill(child);
      }),
  };
}

/** All of its family at once: some children outlive a parent that was killed. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  for (const each of familyOf(pid)) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Rejects when the process ends or cannot be started, with the last that it said. */
function failureOf(child: ChildProcess, { program, args }: Command): Promise<never> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT_CHARS);
  });
  const failure = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}\n${complaint}`));
    });
  });
  // Once it serves nobody waits for this: whoever asks it then sees that it is gone.
  failure.catch(() => {});
  return failure;
}

async function untilReady(url: string, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
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
  throw new Error(`nothing serves at ${url} after ${limitMs} ms`);
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
