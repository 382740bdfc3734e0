import { expect, test } from 'vitest';
import { parsePattern } from './pattern-syntax.ts';
import { waysThrough } from './pattern-ways.ts';

test.each([
  ['guarantee', 1],
  ['^ORD-\\d{6}$', 1],
  ['colou?r', 2],
  ['(?:guarantee|promise)[ds]?', 4],
  ['(?:a|b){3}', 8],
  ['(?:a?){10}', 1_024],
  ['a{0}', 1],
  ['', 1],
  ['a*', Number.POSITIVE_INFINITY],
  ['(?:a|b+)?', Number.POSITIVE_INFINITY],
  ['(?:a|a){2000}', Number.POSITIVE_INFINITY],
  ['\\Ba', Number.POSITIVE_INFINITY],
])('%j has %d ways through it', (pattern, ways) => {
  expect(waysThrough(parsePattern(pattern, true))).toBe(ways);
});
