import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CitedText } from './cited-text.ts';

const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '€', '🌍', 'xyz'.repeat(400)), maxLength: 8 }), {
  maxLength: 12,
});

describe('places in a text', () => {
  test('are those of the whole, however it grows and whenever it is asked', () => {
    fc.assert(
      fc.property(pieces, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const grown = new CitedText();
        for (const piece of list) {
          grown.add(piece);
          grown.points(grown.length);
        }
        const points = [...list.join('')];
        const before = points.slice(0, Math.floor(points.length * share));
        const units = before.join('').length;
        expect(grown.text).toBe(list.join(''));
        expect(grown.points(units)).toBe(before.length);
        expect(grown.bytes(units)).toBe(Buffer.byteLength(before.join('')));
        expect(grown.atPoints(before.length)).toBe(units);
        expect(grown.atBytes(Buffer.byteLength(before.join('')))).toBe(units);
      }),
      { numRuns: 500 },
    );
  });

  test('behind the text are its end', () => {
    const text = new CitedText('é🌍');
    expect([text.points(99), text.bytes(99), text.atPoints(99), text.atBytes(99)]).toEqual([2, 6, 3, 3]);
    expect(new CitedText().atBytes(1)).toBe(0);
  });

  test('a pair of surrogates may arrive in two pieces', () => {
    const text = new CitedText('x'.repeat(1023));
    text.add('\ud83c');
    text.points(1024);
    text.add(`\udf0d${'y'.repeat(2000)}`);
    expect([text.points(1025), text.bytes(1025)]).toEqual([1024, 1027]);
  });

  test('a thousand citations of a long text take no thousand passes', () => {
    const text = new CitedText('é'.repeat(2_000_000));
    const begun = performance.now();
    for (let at = 0; at < 1_000; at += 1) text.atBytes(3_999_999 - at);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
