import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acceptedLanguages, textFor } from './localised.ts';

const TEXTS = new Map([
  ['en', 'hello'],
  ['de', 'hallo'],
  ['pt-BR', 'oi'],
  ['zh-Hant', '你好'],
]);
const chosen = (...wanted: string[]) => textFor(TEXTS, wanted).language;

it('a reader is given the words of the language that is wanted most and exists', () => {
  expect(chosen('fr', 'de', 'en')).toBe('de');
  expect(chosen('DE-at')).toBe('de');
  expect(chosen('zh-Hant-HK')).toBe('zh-Hant');
  expect(chosen('zh-hant-x-private')).toBe('zh-Hant');
});

it('a wider language does not stand for a narrower one, and the first is for whoever finds none', () => {
  expect(chosen('pt')).toBe('en');
  expect(chosen('pt-PT')).toBe('en');
  expect(chosen()).toBe('en');
  expect(() => textFor(new Map(), ['en'])).toThrow(RangeError);
});

it('a header names languages by weight, in its own order where they weigh the same', () => {
  expect(acceptedLanguages('da, en-gb;q=0.8, en;q=0.7')).toEqual(['da', 'en-gb', 'en']);
  expect(acceptedLanguages('en;q=0.5,de;q=0.9,fr')).toEqual(['fr', 'de', 'en']);
  expect(acceptedLanguages('en , de')).toEqual(['en', 'de']);
});

it('what is not wanted, or is no language, is left out', () => {
  expect(acceptedLanguages('en;q=0, *, de;q=x, ;;q=1, f r, 9;q=1')).toEqual([]);
  expect(acceptedLanguages('')).toEqual([]);
});

it('whatever a caller sends is read within bounds', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3_000 }), (header) => {
      const languages = acceptedLanguages(header);
      expect(languages.length).toBeLessThanOrEqual(32);
      expect(TEXTS.has(textFor(TEXTS, languages).language)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
