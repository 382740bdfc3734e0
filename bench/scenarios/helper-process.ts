import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Asked, Told } from './serve-parent.ts';

/** A process of the bench's own: the load client, or a provider. */
export interface HelperProcess<O, R> {
  readonly pid: number;
  /** Rejects when the helper fails, ends, or takes longer. */
  ask(order: O, limitMs: number): Promise<R>;
  /** User and system time so far, in microseconds, to a hundredth of a second. */
  cpuMicros(): number;
  stop(): Promise<void>;
}

interface Waiting<R> {
  resolve(result: R): void;
  reject(error: Error): void;
}

/** Starts a module of this folder that calls `serveParent`. */
export function startHelper<O, R>(module: string, args: readonly string[] = []): HelperProcess<O, R> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), [...args], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${module} did not start`);
  const waiting = new Map<number, Waiting<R>>();
  let asked = 0;
  child.on('message', (told: Told<R>) => {
    const one = waiting.get(told.id);
    waiting.delete(told.id);
    if ('error' in told) one?.reject(new Error(`${module}: ${told.error}`));
    else one?.resolve(told.result);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${module} ended with ${code ?? signal}`));
    waiting.clear();
  });
  return {
    pid,
    ask(order, limitMs) {
      asked += 1;
      const id = asked;
      return new Promise<R>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${module} took longer than ${limitMs} ms`)), limitMs);
        const settled = <T>(settle: (value: T) => void) => {
          return (value: T) => {
            clearTimeout(timer);
            settle(value);
          };
        };
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
        child.send({ id, order } satisfies Asked<O>);
      });
    },
    cpuMicros: () => cpuMicrosOf(pid),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** Linux counts in hundredths of a second (proc(5), fields 14 and 15 of `stat`). */
const TICK_MICROS = 10_000;

function cpuMicrosOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name of the program may hold anything, blanks and brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
