/**
 * Moments of requests that know nothing of each other (a Poisson process), in microseconds from the start. The same
 * numbers give the same moments: all contestants of a round meet the same bursts.
 */
export function arrivals(perSecond: number, seconds: number, seed: number): Float64Array {
  const chance = chanceOf(seed);
  const moments: number[] = [];
  for (let at = gap(perSecond, chance); at < seconds * 1e6; at += gap(perSecond, chance)) moments.push(at);
  return Float64Array.from(moments);
}

function gap(perSecond: number, chance: () => number): number {
  return (-Math.log(1 - chance()) / perSecond) * 1e6;
}

/** Numbers from 0 to below 1 (mulberry32, public domain). */
function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
