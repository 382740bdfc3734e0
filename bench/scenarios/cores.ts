import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { familyOf } from '../process-tree.ts';

/** Who may run where: the load and the provider on the first core, who stands between on the last. */
export interface Cores {
  readonly load: number;
  readonly between: number;
}

/** Undefined where processes cannot be told apart by core: one core alone, or no `taskset` (util-linux). */
export function coresOf(): Cores | undefined {
  const cores = availableParallelism();
  if (cores < 2) return undefined;
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { load: 0, between: cores - 1 };
}

/** Keeps a process, its threads and its children on one core. */
export function pin(pid: number, core: number): void {
  for (const each of familyOf(pid)) execFileSync('taskset', ['-acp', String(core), String(each)], { stdio: 'ignore' });
}

/** Hundredths of a second in microseconds (proc(5), `stat`). */
const TICK_MICROS = 10_000;

/** Time in which a core did something, for whomever, since the machine started; of all cores where none is named. */
export function busyMicros(core?: number): number {
  const name = core === undefined ? 'cpu' : `cpu${core}`;
  const line = readFileSync('/proc/stat', 'latin1')
    .split('\n')
    .find((each) => each.startsWith(`${name} `));
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .trim()
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MICROS;
}
