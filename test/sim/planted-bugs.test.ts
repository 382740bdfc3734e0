import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { INVARIANTS } from './invariants.ts';
import { planted } from './planted.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

test.each(PLANTED_BUGS)('the place of a planted bug is still there: $name', (bug) => {
  const source = readFileSync(new URL(`../../${bug.file}`, import.meta.url), 'utf8');
  expect(planted(source, bug)).not.toBe(source);
  expect(INVARIANTS).toHaveProperty(bug.caughtBy);
});

test('there are ten of them at least, and no two of one name', () => {
  const names = new Set(PLANTED_BUGS.map(({ name }) => name));
  expect(names.size).toBe(PLANTED_BUGS.length);
  expect(names.size).toBeGreaterThanOrEqual(10);
});
