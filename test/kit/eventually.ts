import { isDeepStrictEqual } from 'node:util';

/**
 * Looks until what is seen is what is wanted (a value, or a test of one), and gives it. Fails with what it saw last:
 * tests of other processes and sockets wait for facts, not for times.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  wanted: T | ((seen: T) => boolean),
  limitMs = 15_000,
): Promise<T> {
  const until = performance.now() + limitMs;
  const fits = (seen: T) =>
    typeof wanted === 'function' ? (wanted as (seen: T) => boolean)(seen) : isDeepStrictEqual(seen, wanted);
  for (;;) {
    const seen = await look();
    if (fits(seen)) return seen;
    if (performance.now() > until) throw new Error(`after ${limitMs} ms still ${JSON.stringify(seen)?.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
