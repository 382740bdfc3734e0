import { randomUUID } from 'node:crypto';
import type { Chance, Clock } from './engine/ports.ts';

/** The process's own time. Monotonic for everything but rows and dates. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** The process's own chance. Not for secrets. */
export const systemChance: Chance = {
  next: () => Math.random(),
  newId: () => randomUUID().replaceAll('-', ''),
};
