import { expect, test } from 'vitest';
import { readSuite } from '../rehearsal/evals/read-suite.ts';
import { LiveMatrix } from './eval-progress.ts';

const SUITE = readSuite(
  'name: kit\nsubject: { route: reply }\ncases: [{ id: one, message: hi, assertions: [{ exact: a }] }]',
  'kit.yaml',
);

/** What a terminal shows after everything that was written to it. */
function shownOn(writes: readonly string[]): string[] {
  const lines: string[] = [];
  for (const write of writes) {
    const up = /\[(\d+)A/.exec(write);
    if (up) lines.splice(lines.length - Number(up[1]));
    else lines.push(write.trimEnd());
  }
  return lines;
}

test('the live matrix draws over itself, fits the terminal, and leaves only problems behind', () => {
  const writes: string[] = [];
  const matrix = new LiveMatrix({ columns: 60, write: (text) => writes.push(text) });
  matrix.begins({ suite: SUITE, targets: ['alpha/a', `beta/${'long'.repeat(30)}`], answers: 2 });
  const cell = { case: 'one', repeat: 0, cached: false, spentUsd: 0.25 };
  matrix.ended({ ...cell, target: 'alpha/a', score: 1 });
  matrix.ended({ ...cell, target: 'alpha/a', cached: true, error: 'the provider answered 503' });
  // More answers than were planned, where a model had moved.
  matrix.ended({ ...cell, target: 'alpha/a', score: 0 });
  matrix.phase('judging');
  const shown = shownOn(writes);
  expect(shown).toHaveLength(4);
  expect(shown[0]).toContain('kit: 1 cases ████████████████████████ 3/2, 1 kept');
  expect(shown[1]).toMatch(/^ {3}50\.0 % {6}3 {2}alpha\/a {2}1 without an outcome$/);
  expect(shown.every((line) => line.length < 70)).toBe(true);
  matrix.problem('the judge is gone');
  matrix.close();
  expect(shownOn(writes).join()).toMatch(/the judge is gone/);
  expect(shownOn(writes)).toHaveLength(1);
});
