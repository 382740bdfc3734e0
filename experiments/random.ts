import { seededChance } from '../test/kit/seeded-chance.ts';

/** Uniform numbers in [0, 1), one after another. */
export type Draw = () => number;

/** Draws that depend on nothing but the seed and the names: the same whatever else was drawn before. */
export function drawsFor(seed: number, ...names: readonly (string | number)[]): Draw {
  const chance = seededChance(hash(`${seed}|${names.join('|')}`));
  return () => chance.next();
}

/** FNV-1a, 32 bits, with a final mix so that names that differ in one digit start far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Of an exponential distribution. */
export function exponential(mean: number, draw: Draw): number {
  return -mean * Math.log(1 - draw());
}

/** Of a log-normal distribution; `sigma` is the standard deviation of the logarithm. */
export function logNormal(median: number, sigma: number, draw: Draw): number {
  return median * Math.exp(sigma * normal(draw));
}

/** Standard normal, by Box and Muller. */
function normal(draw: Draw): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
