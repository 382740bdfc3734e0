import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitPieces } from './pieces.ts';

test('pieces joined are the text, whatever it is, and no surrogate pair is torn', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const pieces = splitPieces(text);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
    }),
  );
});

test('a word is one piece, a long word several, and text without spaces too', () => {
  expect(splitPieces('one two')).toEqual(['one', ' two']);
  expect(splitPieces('internationalisation')).toEqual(['internationa', 'lisation']);
  expect(splitPieces('水'.repeat(13))).toHaveLength(2);
  expect(splitPieces('end ')).toEqual(['end', ' ']);
});
