import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { plausibleReport } from '../../../test/kit/eval-reports.ts';
import { hostileReport, hostileText } from '../../../test/kit/hostile-report.ts';
import { codeBlock, codeSpan, escapeMarkdown, escapeXml, scriptJson } from './escape.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTable } from './table.ts';

const ESC = String.fromCharCode(27);
const ANSI = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');

test('the table names every case, target, count and verdict, and means the same without colours', () => {
  const report = plausibleReport({ cases: 6, targets: 3 });
  const plain = renderTable(report, { colour: false, width: 120 });
  expect(plain).not.toContain(ESC);
  for (const { id } of report.cases) expect(plain).toContain(id);
  expect(plain).toMatch(/refund-after-30-days.*3\/3.*3\/3.*▼/);
  expect(plain).toMatch(/parity.*● primary.*✓ pass|parity.*● primary.*\? inconclusive/);
  expect(plain).toMatch(/shape: −\d+\.\d points \(95 % interval −\d+\.\d to [−+]\d+\.\d, margin 5\.0\), n 6/);
  expect(renderTable(report, { colour: true, width: 120 }).replace(ANSI, '')).toContain('mean score');
});

test('a table of many cases shows those that differ first and says how many are left out', () => {
  const text = renderTable(plausibleReport({ cases: 300, targets: 3 }), { colour: false, width: 100, maxCases: 25 });
  expect(text).toContain('and 275 cases more');
  expect(text.split('\n').filter((line) => /^│ .*\d\/3/.test(line))).toHaveLength(25);
});

test.each([60, 80, 200])('a table for %s columns is no wider', (width) => {
  const lines = renderTable(plausibleReport({ cases: 5, targets: 4 }), { colour: false, width }).split('\n');
  const grid = lines.filter((line) => /^[┌│├└]/.test(line));
  expect(Math.max(...grid.map((line) => line.length))).toBeLessThanOrEqual(width);
});

interface JunitCase {
  readonly '@name': string;
  readonly failure?: unknown;
  readonly error?: unknown;
  readonly skipped?: unknown;
}
interface JunitSuite {
  readonly '@name': string;
  readonly '@tests': string;
  readonly '@failures': string;
  readonly '@errors': string;
  readonly '@skipped': string;
  readonly testcase: readonly JunitCase[];
}

function suitesOf(xml: string): readonly JunitSuite[] {
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => name === 'testcase' || name === 'testsuite',
  });
  const parsed: { testsuites: { testsuite: readonly JunitSuite[] } } = parser.parse(xml);
  return parsed.testsuites.testsuite;
}

test('JUnit: one suite a target, its verdict a case of its own, and counts that add up', () => {
  const report = plausibleReport({ cases: 40, targets: 3 });
  const suites = suitesOf(renderJunit(report));
  expect(suites.map((suite) => suite['@name'])).toEqual(report.columns.map(({ target }) => target));
  for (const suite of suites) {
    const count = (kind: 'failure' | 'error' | 'skipped') => suite.testcase.filter((one) => one[kind] !== undefined);
    expect(Number(suite['@tests'])).toBe(suite.testcase.length);
    expect(Number(suite['@failures'])).toBe(count('failure').length);
    expect(Number(suite['@errors'])).toBe(count('error').length);
    expect(Number(suite['@skipped'])).toBe(count('skipped').length);
  }
  const [primary, passing, failing] = suites;
  expect(primary?.testcase.map((one) => one['@name'])).toEqual(report.cases.map(({ id }) => id));
  expect(passing?.testcase[0]).toMatchObject({ '@name': `parity with ${report.primary}` });
  expect(passing?.['@failures']).toBe('0');
  expect(failing?.testcase[0]?.failure).toBeDefined();
  expect(Number(failing?.['@failures'])).toBeGreaterThan(10);
});

test('JUnit: too little evidence is an error, and a case that was not run is skipped: neither looks like a pass', () => {
  const report = plausibleReport({ cases: 3, targets: 2 });
  const [comparison] = report.comparisons;
  if (!comparison) throw new Error('The report compares nothing.');
  const undecided = { ...comparison, comparison: { ...comparison.comparison, verdict: 'inconclusive' as const } };
  const cells = report.cells.filter(({ case: id, target }) => id !== report.cases[0]?.id || target === report.primary);
  const [, target] = suitesOf(renderJunit({ ...report, comparisons: [undecided], cells }));
  expect(target?.testcase[0]?.error).toMatchObject({ '@type': 'inconclusive' });
  expect(target?.testcase[1]?.skipped).toMatchObject({ '@message': 'missing' });
});

test('a run that was stopped says so in every rendering', () => {
  const whole = plausibleReport({ cases: 3, targets: 2 });
  const report = { ...whole, run: { ...whole.run, stopped: { because: 'spend-limit' as const, missing: 7 } } };
  const words = 'the spend limit was reached, 7 cells missing';
  expect(renderTable(report, { colour: false, width: 100 })).toContain(words);
  expect(renderMarkdown(report)).toContain(words);
  expect(renderJunit(report)).toContain(words);
});

test('who judged, and what could not be judged, is said in every rendering', () => {
  const whole = plausibleReport({ cases: 3, targets: 2 });
  const judge = { target: 'sim-openai/judge', servedModels: [], asked: 6, cached: 0, agreement: 0.5, wanted: 0.8 };
  const report = {
    ...whole,
    judge: { ...judge, trusted: false, because: 'it agreed with itself in 50 % of 6 pairs' },
    cases: whole.cases.map((one) => ({
      ...one,
      assertions: one.assertions.map((assertion, at) => (at === 0 ? { ...assertion, unsupported: 'code' } : assertion)),
    })),
  };
  for (const text of [
    renderTable(report, { colour: false, width: 100 }),
    renderMarkdown(report),
    renderJunit(report),
  ]) {
    expect(text).toContain('Judged by sim-openai/judge; its word is worth nothing here');
    expect(text).toContain('3 assertions cannot be judged here');
  }
});

test('Markdown for a pull request: the verdict is the first line, and a case in which a target is worse is folded away', () => {
  const report = plausibleReport({ cases: 20, targets: 3 });
  const text = renderMarkdown(report);
  expect(text.split('\n')[0]).toBe('## ❌ `ticket-triage`: fail');
  expect(text).toContain('| `sim-gemini/steady-small` | ❌ fail |');
  expect(text).toMatch(/<details><summary>refund-after-30-days: worse at 1 target<\/summary>/);
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
});

test('Markdown of a thousand cases stays within a comment, and says what was cut', () => {
  const text = renderMarkdown(plausibleReport({ cases: 1_000, targets: 6 }));
  expect(text.length).toBeLessThan(60_000);
  expect(text).toMatch(/_\d+ parts more did not fit into this comment/);
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
});

test('Markdown whose tables alone are too long is cut as well', () => {
  const text = renderMarkdown(plausibleReport({ cases: 5, targets: 6 }), 2_000);
  expect(text.length).toBeLessThanOrEqual(2_000);
  expect(text).toContain('… cut here.');
});

test('whatever models answer, JUnit is well-formed XML', () => {
  fc.assert(
    fc.property(hostileReport, (report) => {
      const xml = renderJunit(report);
      expect(XMLValidator.validate(xml)).toBe(true);
      expect(xml).not.toMatch(/\p{Surrogate}/u);
    }),
    { numRuns: 60 },
  );
});

test('whatever models answer, Markdown opens and closes only its own folds', () => {
  fc.assert(
    fc.property(hostileReport, (report) => {
      const outside = withoutFences(renderMarkdown(report)).replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
      expect(outside.match(/<details>/g)?.length ?? 0).toBe(outside.match(/<\/details>/g)?.length ?? 0);
      expect(outside.replace(/<\/?(details|summary|sub)>/g, '')).not.toMatch(/<[a-z!/]/i);
    }),
    { numRuns: 60 },
  );
});

/** The lines outside of fenced blocks, as CommonMark finds them: a fence closes with at least as many backticks. */
function withoutFences(text: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, ticks] = /^ {0,3}(`{3,})[^`]*$/.exec(line) ?? [];
    if (fence === undefined && ticks !== undefined) fence = ticks;
    else if (fence !== undefined && new RegExp(`^ {0,3}\`{${fence.length},}\\s*$`).test(line)) fence = undefined;
    else if (fence === undefined) kept.push(line);
  }
  expect(fence).toBeUndefined();
  return kept.join('\n');
}

test.each([
  ['nobody is mentioned', '@octocat', '@\u2060octocat'],
  ['no issue is linked', 'GH #12', 'GH #\u206012'],
  [
    'no link is made',
    'see https://evil.example and www.evil.example',
    'see https:\u2060//evil.example and www\u2060.evil.example',
  ],
  ['no image, no row', '![a](b) | c', '!&#91;a&#93;&#40;b&#41; &#124; c'],
  ['no markup', '<b>*x*</b>', '&#60;b&#62;&#42;x&#42;&#60;/b&#62;'],
  ['no new line', 'a\n# b', 'a #\u2060 b'],
])('text in Markdown: %s', (_, given, expected) => {
  expect(escapeMarkdown(given)).toBe(expected);
});

test('code spans and blocks hold any backticks', () => {
  expect(codeSpan('a`b')).toBe('``a`b``');
  expect(codeSpan('`')).toBe('`` ` ``');
  expect(codeSpan('a|b\nc')).toBe('`a│b c`');
  expect(codeBlock('```\nx\n```')).toBe('````text\n```\nx\n```\n````');
});

test('JSON in a script element can neither end it nor open a comment, and reads back as it was', () => {
  fc.assert(
    fc.property(fc.array(hostileText), (texts) => {
      const json = scriptJson(texts);
      expect(json).not.toMatch(/[<>\u2028\u2029]/);
      expect(JSON.parse(json)).toEqual(texts);
    }),
  );
});

test('XML takes out what it cannot carry', () => {
  expect(escapeXml('a\u0000b\u001bc\ud800d<&">')).toBe('a\ufffdb\ufffdc\ufffdd&lt;&amp;&quot;&gt;');
});
