import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReaderPace } from './reader-pace.ts';

const OPTIONS = { bytesPerSecond: 1_024, windowMs: 60_000 };

/** Reads pieces of so many bytes, each after so long; true where some piece came later than it may. */
function isCut(pieces: readonly { readonly bytes: number; readonly ms: number }[]): boolean {
  const pace = new ReaderPace(OPTIONS);
  for (const { bytes, ms } of pieces) {
    if (ms > pace.allowedMs(bytes)) return true;
    if (!pace.took(bytes, ms)) return true;
  }
  return false;
}

const pieces = (bytes: number, ms: number, count: number) => Array.from({ length: count }, () => ({ bytes, ms }));

describe('the pace of a reader', () => {
  test.each([
    ['a trickle of 500 bytes every second', pieces(500, 1_000, 100), true],
    ['the same for less than a minute', pieces(500, 1_000, 59), false],
    ['two thousand bytes every second', pieces(2_000, 1_000, 600), false],
    ['a pause of 50 s, then all at once', [...pieces(10_000, 50_000, 1), ...pieces(60_000, 10, 20)], false],
    ['nothing of a short piece for a minute', pieces(100, 60_001, 1), true],
    ['a megabyte in ten minutes: slow, but more than the least', pieces(1_048_576, 600_000, 1), false],
    ['a megabyte in twenty', pieces(1_048_576, 1_200_000, 1), true],
    ['quick for an hour, then a trickle', [...pieces(60_000, 100, 36_000), ...pieces(10, 1_000, 121)], true],
  ])('%s', (_, read, cut) => {
    expect(isCut(read)).toBe(cut);
  });

  test('whoever is faster than the least is never cut, however it is read', () => {
    const piece = fc
      .record({
        bytes: fc.integer({ min: 1, max: 2_000_000 }),
        slowness: fc.double({ min: 0, max: 0.999, noNaN: true }),
      })
      .map(({ bytes, slowness }) => ({ bytes, ms: (bytes / 1.024) * slowness }));
    fc.assert(fc.property(fc.array(piece, { maxLength: 50 }), (read) => !isCut(read)));
  });

  test.each([
    [{ bytesPerSecond: 0, windowMs: 1 }, 'bytesPerSecond'],
    [{ bytesPerSecond: 1, windowMs: Number.NaN }, 'windowMs'],
  ])('refuses %j', (options, name) => {
    expect(() => new ReaderPace(options)).toThrow(new RegExp(name));
  });
});
