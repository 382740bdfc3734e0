import { describe, expect, test } from 'vitest';
import { plausibleReport } from '../../../test/kit/eval-reports.ts';
import type { EvalCase, EvalReport, EvalRun } from '../evals/report.ts';
import { buildMatrix, overallVerdict } from './matrix.ts';
import { cellOutcome, differs, runOutcome } from './outcome.ts';

const demand = (metric: string) => ({ grader: 'exact', metric, label: metric, written: {} });
const one: EvalCase = { id: 'a', variables: {}, input: 'q', assertions: [demand('shape'), demand('tone')] };
const blank: EvalRun = {
  text: 't',
  toolCalls: [],
  results: [],
  durationMs: 5,
  usage: {},
  requestId: 'r',
  cached: false,
};
const run = (shape: number | null, tone: number | null): EvalRun => ({
  ...blank,
  results: [shape, tone].map((score) => (score === null ? null : { score, pass: score === 1, because: '' })),
});
const failed = (ours: boolean): EvalRun => ({ ...blank, results: [null, null], error: { message: 'e', ours } });
const cell = (...runs: EvalRun[]) => ({ case: 'a', target: 't', runs });

describe('one answer', () => {
  test('passes where every assertion passes, and scores their mean', () => {
    expect(runOutcome(run(1, 1), one.assertions)).toEqual({ kind: 'judged', score: 1, pass: true });
    expect(runOutcome(run(1, 0.5), one.assertions)).toEqual({ kind: 'judged', score: 0.75, pass: false });
  });
  test('under one metric, only its assertions count', () => {
    expect(runOutcome(run(1, 0), one.assertions, 'shape')).toMatchObject({ score: 1, pass: true });
    expect(runOutcome(run(1, 0), one.assertions, 'tone')).toMatchObject({ score: 0, pass: false });
  });
  test('an assertion that cannot be judged has no part in it', () => {
    expect(runOutcome(run(1, null), one.assertions)).toMatchObject({ score: 1, pass: true });
    expect(runOutcome(run(null, null), one.assertions)).toEqual({ kind: 'unjudged' });
  });
  test('a failure of the target is a zero, and one of ours is no outcome', () => {
    expect(runOutcome(failed(false), one.assertions)).toEqual({ kind: 'judged', score: 0, pass: false });
    expect(runOutcome(failed(true), one.assertions)).toEqual({ kind: 'lost' });
  });
});

test.each([
  ['all repeats pass', cell(run(1, 1), run(1, 1)), { state: 'pass', judged: 2, passed: 2, score: 1 }],
  ['some pass', cell(run(1, 1), run(0, 0)), { state: 'mixed', judged: 2, passed: 1, score: 0.5 }],
  ['none passes', cell(run(0, 1), run(0, 0)), { state: 'fail', judged: 2, passed: 0, score: 0.25 }],
  ['our own failure is not counted', cell(run(1, 1), failed(true)), { state: 'pass', judged: 1, passed: 1, score: 1 }],
  ['nothing but our own failures', cell(failed(true)), { state: 'missing', judged: 0, passed: 0 }],
  ['nothing to judge', cell(run(null, null)), { state: 'unjudged', judged: 0, passed: 0 }],
  ['no run', undefined, { state: 'missing', judged: 0, passed: 0 }],
])('a cell where %s', (_, given, expected) => {
  expect(cellOutcome(given, one)).toEqual(expected);
});

test('outcomes differ by the share that passed, by score, and by being there at all', () => {
  const of = (...runs: EvalRun[]) => cellOutcome(cell(...runs), one);
  expect(differs(of(run(1, 1)), of(run(1, 1), run(1, 1)))).toBe(false);
  expect(differs(of(run(0.9, 0.9)), of(run(0.92, 0.9)))).toBe(false);
  expect(differs(of(run(0.9, 0.9)), of(run(0.5, 0.9)))).toBe(true);
  expect(differs(of(run(1, 1), run(0.99, 1)), of(run(1, 1)))).toBe(true);
  expect(differs(cellOutcome(undefined, one), of(run(1, 1)))).toBe(true);
});

test('the primary stands first, whatever the order of the columns', () => {
  const report = plausibleReport({ cases: 3, targets: 3 });
  const turned = { ...report, columns: [...report.columns].reverse() };
  const { columns, rows } = buildMatrix(turned);
  expect(columns.map(({ verdict }) => verdict)[0]).toBe('primary');
  expect(rows[0]?.cells[0]?.differs).toBe(false);
});

test('two cases and targets whose names run together stay apart', () => {
  const base = plausibleReport({ cases: 1, targets: 2, repeats: 1 });
  const columns = base.columns.map((column, index) => ({ ...column, target: index === 0 ? 'a/b' : 'b' }));
  const cases = [one, { ...one, id: 'a a/' }];
  const cells = [{ case: 'a', target: 'a/b', runs: [run(1, 1)] }];
  const { rows } = buildMatrix({ ...base, primary: 'a/b', columns, cases, cells, comparisons: [] });
  expect(rows.map((row) => row.cells.map(({ outcome }) => outcome.state))).toEqual([
    ['pass', 'missing'],
    ['missing', 'missing'],
  ]);
});

test('the verdict of a whole report: fail before inconclusive before pass; a target nobody may use does not count', () => {
  const base = plausibleReport({ cases: 4, targets: 4 });
  const withVerdicts = (...verdicts: ('pass' | 'fail' | 'inconclusive' | 'primary-only')[]): EvalReport => ({
    ...base,
    columns: base.columns.slice(0, verdicts.length + 1).map((column, index) => ({
      ...column,
      ...(verdicts[index - 1] === 'primary-only' ? { primaryOnly: { reason: 'tuned' } } : {}),
    })),
    comparisons: base.comparisons.slice(0, verdicts.length).map((entry, index) => {
      const wanted = verdicts[index];
      const verdict = wanted === 'primary-only' || wanted === undefined ? 'fail' : wanted;
      return { ...entry, comparison: { ...entry.comparison, verdict } };
    }),
  });
  const verdictOf = (report: EvalReport) => overallVerdict(buildMatrix(report));
  expect(verdictOf(withVerdicts('pass', 'pass'))).toBe('pass');
  expect(verdictOf(withVerdicts('pass', 'inconclusive'))).toBe('inconclusive');
  expect(verdictOf(withVerdicts('inconclusive', 'fail', 'pass'))).toBe('fail');
  expect(verdictOf(withVerdicts('pass', 'primary-only'))).toBe('pass');
  expect(verdictOf(withVerdicts('primary-only'))).toBe('inconclusive');
  expect(verdictOf({ ...base, comparisons: [] })).toBe('inconclusive');
});
