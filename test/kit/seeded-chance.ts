import type { Chance } from '../../src/engine/ports.ts';

/** Chance that repeats itself: mulberry32 (Tommy Ettinger, public domain). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  let ids = 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
    newId() {
      ids += 1;
      return `id${String(seed)}x${String(ids).padStart(16, '0')}`;
    },
  };
}
