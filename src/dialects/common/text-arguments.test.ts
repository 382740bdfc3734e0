import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ArgumentText,
  jsonOfText,
  TEXT_CLOSING,
  TEXT_OPENING,
  textArguments,
  textOfArguments,
} from './text-arguments.ts';

/** Any UTF-16 at all, halves of characters without their other half included, and much of what JSON escapes. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\r', '\t', '/', '\u2028', '\u0000', '\u{1f600}', '\\u0041', '{"input":"x"}'),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
    ),
  )
  .map((pieces) => pieces.join(''));

/** Where to cut, as shares of the length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

function sliced(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

function readIn(pieces: readonly string[]): string[] {
  const reader = new ArgumentText();
  return [...pieces.map((piece) => reader.push(piece)), reader.end()];
}

const isHalf = (text: string) => /^[\ud800-\udbff]$/.test(text.slice(-1));

/** The same JSON in other words: every character as an escape, blanks, and values of other kinds around it. */
const dressed = (text: string) => {
  const escaped = text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
  return `\n { "more" : { "input" : "not \\" this" , "list": ["a", {"b": 1}] }, "n": -1.5e3, "inp\\u0075t" :\t"${escaped}" , "last": "input" } `;
};

describe('free text inside arguments', () => {
  it('any text comes out as it went in, in any slicing of either', () => {
    fc.assert(
      fc.property(anyText, cuts, cuts, (text, given, taken) => {
        const json = TEXT_OPENING + sliced(text, given).map(jsonOfText).join('') + TEXT_CLOSING;
        expect(JSON.parse(json)).toEqual({ input: text });
        expect(readIn(sliced(json, taken)).join('')).toBe(text);
        expect(textOfArguments(textArguments(text))).toBe(text);
      }),
      { numRuns: 10_000 },
    );
  });

  it('however a model has written the JSON', () => {
    fc.assert(
      fc.property(anyText, cuts, (text, at) => {
        const json = dressed(text);
        expect(JSON.parse(json)).toMatchObject({ input: text });
        expect(readIn(sliced(json, at)).join('')).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('no piece but the last one ends in the first half of a character', () => {
    fc.assert(
      fc.property(anyText, cuts, (given, at) => {
        const text = given.replaceAll(/\p{Surrogate}/gu, '');
        const pieces = readIn(sliced(textArguments(text), at));
        expect(pieces.slice(0, -1).filter(isHalf)).toEqual([]);
      }),
    );
  });

  it.each([
    ['none where there is no such argument', '{"patch":"x"}', ''],
    ['none where it is not text', '{"input":{"input":"x"},"b":["input","y"]}', ''],
    ['none in a bare text', '"input"', ''],
    ['none in nothing', '', ''],
    ['the beginning of what breaks off', '{"input":"abc\\', 'abc'],
    ['nothing of what follows it', '{"input":"abc"}{"input":"d"}', 'abc'],
  ])('is %s', (_, json, text) => {
    expect(textOfArguments(json)).toBe(text);
  });
});
