import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** How often the event loop's delay is measured, in milliseconds. */
export const SAMPLE_MS = 50;
/** Memory is read once in so many samples: it moves more slowly, and reading it costs more. */
const SAMPLES_A_MEMORY = 10;

/** How much of one limit of memory is used, in bytes. */
export interface MemoryUse {
  readonly used: number;
  readonly limit: number;
}

/** What one measurement found. */
export interface LoadSample {
  /** How late the event loop came to it, in milliseconds. */
  readonly delayMs: number;
  /** Monotonic. */
  readonly now: number;
  /** The heap, and what the whole process holds where the system limits that; empty where they were not read. */
  readonly memory: readonly MemoryUse[];
}

/** Measures for as long as the process serves; does not keep it alive. Returns what ends it. */
export function sampleLoad(taken: (sample: LoadSample) => void): () => void {
  let samples = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const delayMs = Math.max(0, now - last - SAMPLE_MS);
    last = now;
    const memory = samples % SAMPLES_A_MEMORY === 0 ? memoryInUse() : [];
    samples += 1;
    taken({ delayMs, now, memory });
  }, SAMPLE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function memoryInUse(): MemoryUse[] {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  const container = containerLimit();
  const heap = { used, limit };
  return container === undefined ? [heap] : [heap, { used: process.memoryUsage.rss(), limit: container }];
}

/** What the control group allows; undefined where it allows as much as there is. */
export function containerLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}
