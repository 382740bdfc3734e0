import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time since the start, in microseconds: of all threads, and of all children. */
  readonly cpuMicros: number;
  /** Of all processes together: what they share counts for each. */
  readonly rssBytes: number;
}

/** A process and its children, and theirs (proc(5), `children`). Those that have ended are left out. */
export function familyOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** What a process and its children have used. Works on Linux alone. */
export function usageOf(pid: number): Usage {
  if (process.platform !== 'linux') throw new Error(`CPU is read from /proc, which ${process.platform} has not`);
  let cpuMicros = 0;
  let rssBytes = 0;
  for (const each of familyOf(pid)) {
    cpuMicros += cpuMicrosOf(each);
    rssBytes += Number(read(`/proc/${each}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES;
  }
  return { cpuMicros, rssBytes };
}

/** Units of proc(5): `stat` counts in hundredths of a second, `statm` in pages. */
const TICK_MICROS = 10_000;
const PAGE_BYTES = 4_096;

/**
 * The scheduler counts a thread's time to the nanosecond, but forgets it when the thread ends; the process's own count
 * is coarse, but forgets nothing. The larger of the two is right to a hundredth of a second, and mostly far better.
 */
function cpuMicrosOf(pid: number): number {
  const fine = threadsOf(pid).reduce(
    (sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0) / 1_000,
    0,
  );
  const [own, ended] = ticksOf(read(`/proc/${pid}/stat`));
  return Math.max(fine, own * TICK_MICROS) + ended * TICK_MICROS;
}

/** Fields 14 to 17 of `stat`: the time of the process, and of its children that have ended. */
export function ticksOf(stat: string): readonly [own: number, ended: number] {
  // The name of the program may hold anything, blanks and brackets too.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return [user + system, endedUser + endedSystem];
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nothing of a process or thread that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return '';
  }
}
