import { describe, expect, test } from 'vitest';
import { readCorpus } from './corpus.ts';
import { SUBJECTS } from './subjects.ts';

describe.each(SUBJECTS)('$name', (subject) => {
  test('stands every seed', () => {
    expect(subject.seeds.length).toBeGreaterThan(0);
    for (const input of subject.seeds) subject.run(input);
  });

  test('stands every input that the search has kept', () => {
    const corpus = readCorpus(subject);
    expect(corpus.length).toBeGreaterThan(0);
    for (const [at, input] of corpus.entries()) {
      expect(() => subject.run(input), `line ${at + 1}`).not.toThrow();
    }
  });
});
