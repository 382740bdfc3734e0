import { describe, expect, test } from 'vitest';
import { plausibleReport } from '../../../test/kit/eval-reports.ts';
import type { JsonObject } from '../../model/json.ts';
import { readSuite } from '../evals/read-suite.ts';
import type { EvalReport } from '../evals/report.ts';
import { LINT_RULES, lintAssertions, lintSuite } from './lint-assertions.ts';

/** The rules that one assertion breaks. */
function rulesOf(assertion: JsonObject): string[] {
  const suite = {
    name: 'one',
    subject: { route: 'r' },
    cases: [{ id: 'a', message: 'q', assertions: [assertion] }],
  };
  return lintSuite(readSuite(JSON.stringify(suite), 'one.yaml')).map(({ rule }) => rule);
}

describe.each<readonly [string, readonly JsonObject[], readonly JsonObject[]]>([
  [
    'literal-refusal',
    [
      { 'contains-facts': ["I'm sorry, but I can't help with that"] },
      { exact: 'Sorry, I can’t assist with that request.' },
      { regex: '^I cannot help with that' },
      { 'contains-facts': ['as an AI language model, I cannot'], not: true },
      { normalised: ['Das weiß ich', 'Dabei kann ich leider nicht helfen'] },
    ],
    [{ 'no-refusal': true }, { 'contains-facts': ['I cannot find order 12'] }, { exact: 'sorry' }],
  ],
  [
    'self-description',
    [{ 'contains-facts': ['I am Claude'] }, { regex: 'developed by OpenAI' }, { exact: 'My name is ChatGPT' }],
    [{ 'contains-facts': ['Claude Monet'] }, { 'contains-facts': ['I am Claude'], not: true }],
  ],
  [
    'literal-opening',
    [
      { regex: '^Sure[,!]' },
      { 'contains-facts': ['Here is the summary'] },
      { exact: 'Yes. Let me know if you need more.' },
    ],
    [{ exact: 'Surely' }, { regex: '^Sure[,!]', not: true }, { 'contains-facts': ['the order is here'] }],
  ],
  [
    'exact-wording',
    [
      { exact: 'The order was shipped on Monday and arrives on Friday.' },
      { similarity: { to: 'The order was shipped on Monday and arrives soon', threshold: 0.95 } },
      { 'contains-facts': ['the order was shipped on monday and arrives soon'] },
    ],
    [
      { exact: 'shipped' },
      { 'contains-facts': ['shipped on Monday', 'arrives on Friday'] },
      { similarity: { to: 'The order was shipped on Monday and arrives soon', threshold: 0.6 } },
    ],
  ],
  [
    'typography',
    [{ exact: 'Loading…' }, { regex: 'wait\\.\\.\\.' }, { 'contains-facts': { facts: ['“yes”'], exactly: true } }],
    [{ regex: 'a...b' }, { 'contains-facts': ['well—known'] }, { normalised: 'Loading…' }],
  ],
  [
    'json-as-text',
    [{ exact: '{"a": 1, "b": 2}' }, { similarity: { to: '[1, 2, 3]', threshold: 0.8 } }],
    [{ exact: '{a}' }, { 'json-fields': { expected: { a: 1 } } }],
  ],
  [
    'key-order',
    [{ regex: '"category"\\s*:\\s*"\\w+",\\s*"urgency"\\s*:' }],
    [{ regex: '"category"\\s*:\\s*"billing"' }, { regex: 'a: b: c' }],
  ],
  [
    'markdown-form',
    [{ regex: '```json' }, { 'contains-facts': { facts: ['**Total**'], exactly: true } }, { exact: '# Report' }],
    [{ regex: 'a-b' }, { 'contains-facts': ['**Total**'] }, { exact: '2 * 3 * 4' }, { regex: '```', not: true }],
  ],
  [
    'number-format',
    [{ exact: '$1,234.50' }, { 'contains-facts': ['12.345'] }],
    [{ numeric: 1234.5 }, { exact: '1234' }, { 'contains-facts': ['version 1.234.567'] }],
  ],
  [
    'narrow-length',
    [{ length: { min: 95, max: 100 } }, { length: { unit: 'characters', min: 280, max: 300 } }],
    [{ length: { max: 100 } }, { length: { min: 1, max: 1 } }, { length: { min: 50, max: 100 } }],
  ],
])('%s', (rule, accused, free) => {
  test.each(accused)('is found in %j', (assertion) => {
    expect(rulesOf(assertion)).toContain(rule);
  });
  test.each(free)('is not found in %j', (assertion) => {
    expect(rulesOf(assertion)).not.toContain(rule);
  });
});

test('every rule has a test above, and says what to write instead', () => {
  expect(LINT_RULES.map(({ name }) => name).sort()).toEqual(
    [
      'literal-refusal',
      'self-description',
      'literal-opening',
      'exact-wording',
      'typography',
      'json-as-text',
      'key-order',
      'markdown-form',
      'number-format',
      'narrow-length',
    ].sort(),
  );
  expect(LINT_RULES.every(({ about }) => about.length > 20)).toBe(true);
});

test('the same assertion in every case is one finding', () => {
  const cases = ['a', 'b', 'c'].map((id) => ({ id, message: 'q' }));
  const suite = { name: 's', subject: { route: 'r' }, assertions: [{ regex: '```json' }], cases };
  expect(lintSuite(readSuite(JSON.stringify(suite), 's.yaml'))).toMatchObject([
    { rule: 'markdown-form', case: 'a', assertion: 0, by: 'rule' },
  ]);
});

/** A report of one demand, with so many passes of so many cases at each target. */
function reportOf(passes: readonly number[], of: number, { repeats = 1, shared = true } = {}): EvalReport {
  const base = plausibleReport({ cases: of, targets: passes.length, repeats });
  const demand = (at: number): JsonObject => (shared ? { regex: 'x' } : { exact: `answer ${at}` });
  return {
    ...base,
    cases: base.cases.map((one, at) => ({
      ...one,
      assertions: [{ grader: shared ? 'regex' : 'exact', metric: 'correct', label: 'says x', written: demand(at) }],
    })),
    cells: base.cells.map((cell) => {
      const target = base.columns.findIndex((column) => column.target === cell.target);
      const at = base.cases.findIndex((one) => one.id === cell.case);
      const pass = at < (passes[target] ?? 0);
      return {
        ...cell,
        runs: cell.runs.map(({ error: _, ...run }) => ({
          ...run,
          results: [{ score: pass ? 1 : 0, pass, because: '' }],
        })),
      };
    }),
  };
}

const byData = (report: EvalReport) => lintAssertions(report).filter(({ by }) => by === 'data');

describe('by data', () => {
  test.each([
    ['passes at the primary alone', [20, 0, 0], 20, true],
    ['passes at the primary alone, in too few cases', [16, 0, 0], 16, false],
    ['passes at one of the others as well', [20, 0, 18], 20, false],
    ['fails now and then at the primary', [14, 0, 0], 20, false],
    ['passes everywhere', [20, 20, 20], 20, false],
    ['has one other target alone, which may just be bad', [40, 0], 40, false],
    ['passes nearly always, and nearly never at the others', [49, 2, 3], 50, true],
  ])('a demand that %s', (_, passes, of, accused) => {
    expect(byData(reportOf(passes, of)).map(({ rule }) => rule)).toEqual(accused ? ['primary-passes-alone'] : []);
  });

  test('repeats of a case are no further cases', () => {
    expect(byData(reportOf([5, 0, 0], 5, { repeats: 20 }))).toEqual([]);
    expect(byData(reportOf([1, 0, 0], 1, { repeats: 20 }))).toMatchObject([
      { case: 'refund-after-30-days', assertion: 0 },
    ]);
  });

  test('demands that differ from case to case are looked at by grader and metric', () => {
    const [finding] = byData(reportOf([20, 0, 0], 20, { shared: false }));
    expect(finding).toMatchObject({ rule: 'primary-passes-alone', instead: expect.stringContaining('contains-facts') });
    expect(finding?.case).toBeUndefined();
    expect(finding?.message).toContain('20 of 20');
  });

  test('a target that gave no answers accuses nobody', () => {
    const report = reportOf([20, 0, 0], 20);
    const cells = report.cells.map((cell) =>
      cell.target === report.primary
        ? cell
        : {
            ...cell,
            runs: cell.runs.map((run) => ({ ...run, results: [null], error: { message: '503', ours: false } })),
          },
    );
    expect(byData({ ...report, cells })).toEqual([]);
  });

  test.each([
    ['right above the longest answer of the primary', 100, 'length-at-habit'],
    ['far above it', 160, undefined],
  ])('a cap %s', (_, max, rule) => {
    const base = plausibleReport({ cases: 12, targets: 2, repeats: 1 });
    const said = (words: number) => Array.from({ length: words }, () => 'word').join(' ');
    const report: EvalReport = {
      ...base,
      cases: base.cases.map((one) => ({
        ...one,
        assertions: [{ grader: 'length', metric: 'brevity', label: '', written: { length: { max } } }],
      })),
      cells: base.cells.map((cell, at) => {
        const words = cell.target === base.primary ? 85 + (at % 10) : 110 + at;
        const pass = words <= max;
        return {
          ...cell,
          runs: cell.runs.map((run) => ({ ...run, text: said(words), results: [{ score: 1, pass, because: '' }] })),
        };
      }),
    };
    expect(byData(report).map((one) => one.rule)).toEqual(rule === undefined ? [] : [rule]);
  });
});
