import { expect, test } from 'vitest';
import { editDistance, nearest, suggestion } from './suggest.ts';

test.each([
  ['openai', 'openai', 0],
  ['opnai', 'openai', 1],
  ['antrhopic', 'anthropic', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('%s → %s takes %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

test('a word with a typo finds the known one', () => {
  expect(nearest('antropic', ['openai', 'anthropic'])).toBe('anthropic');
  expect(nearest('primryBudget', ['deadline', 'primaryBudget'])).toBe('primaryBudget');
});

test('a word that is near to nothing finds nothing', () => {
  expect(nearest('bedrock', ['openai', 'anthropic'])).toBeUndefined();
  expect(nearest('a', ['openai'])).toBeUndefined();
});

test('where nothing is near, a short list is shown and a long one is not', () => {
  expect(suggestion('zzz', ['yes', 'no'], 'write')).toBe('write: yes, no');
  expect(
    suggestion(
      'zzz',
      Array.from({ length: 40 }, (_, at) => `option-${at}`),
      'write',
    ),
  ).toBeUndefined();
});
