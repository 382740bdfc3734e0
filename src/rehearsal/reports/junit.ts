import type { EvalReport } from '../evals/report.ts';
import { escapeXml } from './escape.ts';
import { buildMatrix, type MatrixColumn, type MatrixRow, type ReportMatrix } from './matrix.ts';
import { whyNot } from './why-not.ts';
import { columnText, countText, metricText, noticesOf, VERDICT_WORD } from './words.ts';

/**
 * JUnit XML: one suite a target. What decides is a test case of its own, `parity`: it fails with the comparison, and it is
 * an error where the evidence is too little, so that neither looks like a pass. A case is a failure only where the target
 * fails the comparison and does worse in it than the primary: scores are judged beside the primary's, never by themselves.
 */
export function renderJunit(report: EvalReport): string {
  const matrix = buildMatrix(report);
  const suites = matrix.columns.map((column, index) => testSuite(report, matrix, column, index));
  const sum = total(suites.map(({ counts }) => counts));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(report.suite.name)}" ${countsText(sum)}>`,
    ...suites.map(({ xml }) => xml),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly seconds: number;
}

type Kind = 'passed' | 'failure' | 'error' | 'skipped';

interface TestCase {
  readonly kind: Kind;
  readonly seconds: number;
  readonly xml: string;
}

function testSuite(report: EvalReport, matrix: ReportMatrix, column: MatrixColumn, index: number) {
  const { target } = column.column;
  const cases = [
    ...(column.primary ? [] : [parityCase(report, matrix, column)]),
    ...matrix.rows.map((row) => evalCase(report, column, row, index)),
  ];
  const counts = total(
    cases.map(({ kind, seconds }) => ({
      tests: 1,
      failures: Number(kind === 'failure'),
      errors: Number(kind === 'error'),
      skipped: Number(kind === 'skipped'),
      seconds,
    })),
  );
  const xml = [
    `  <testsuite name="${escapeXml(target)}" ${countsText(counts)} timestamp="${escapeXml(report.run.startedAt.slice(0, 19))}">`,
    ...properties(column),
    ...cases.map((one) => one.xml),
    '  </testsuite>',
  ].join('\n');
  return { counts, xml };
}

function properties({ column, verdict, comparison }: MatrixColumn): string[] {
  const facts: [string, string][] = [
    ['verdict', VERDICT_WORD[verdict]],
    ...(column.promptVersion === undefined ? [] : [['prompt-version', column.promptVersion] as [string, string]]),
    ...column.servedModels.map((model): [string, string] => ['served-model', model]),
    ...(comparison?.metrics ?? []).map((metric): [string, string] => [`metric.${metric.metric}`, metricText(metric)]),
  ];
  const lines = facts.map(([name, value]) => `      <property name="${escapeXml(name)}" value="${escapeXml(value)}"/>`);
  return ['    <properties>', ...lines, '    </properties>'];
}

function parityCase(report: EvalReport, matrix: ReportMatrix, column: MatrixColumn): TestCase {
  const { verdict, comparison } = column;
  const why = [
    columnText(column),
    ...noticesOf(report, matrix),
    ...(comparison?.metrics ?? []).map(
      (metric) => `${metric.metric}: ${metric.verdict}, ${metricText(metric)}, n ${metric.n} of ${metric.neededN}`,
    ),
  ];
  const name = `parity with ${report.primary}`;
  switch (verdict) {
    case 'primary':
    case 'pass':
      return testCase(report, column, { name, kind: 'passed', seconds: 0, said: why.join('\n') });
    case 'fail':
      return testCase(report, column, { name, kind: 'failure', seconds: 0, said: why.join('\n') });
    case 'inconclusive':
    case 'not-compared':
      return testCase(report, column, { name, kind: 'error', seconds: 0, said: why.join('\n') });
    case 'primary-only':
      return testCase(report, column, { name, kind: 'skipped', seconds: 0, said: why.join('\n') });
  }
}

function evalCase(report: EvalReport, column: MatrixColumn, row: MatrixRow, index: number): TestCase {
  const cell = row.cells[index];
  const seconds = (cell?.cell?.runs ?? []).reduce((sum, run) => sum + run.durationMs, 0) / 1_000;
  const name = row.case.id;
  if (!cell || cell.outcome.score === undefined)
    return testCase(report, column, {
      name,
      kind: 'skipped',
      seconds,
      said: cell ? countText(cell.outcome) : 'missing',
    });
  const kind = column.verdict === 'fail' && cell.worse ? 'failure' : 'passed';
  const said = cell.outcome.state === 'pass' ? '' : [`${countText(cell.outcome)}`, ...whyNot(row, cell)].join('\n');
  return testCase(report, column, { name, kind, seconds, said });
}

interface TestCaseFacts {
  readonly name: string;
  readonly kind: Kind;
  readonly seconds: number;
  readonly said: string;
}

function testCase(
  report: EvalReport,
  { column }: MatrixColumn,
  { name, kind, seconds, said }: TestCaseFacts,
): TestCase {
  const [message = ''] = said.split('\n');
  const open = `    <testcase classname="${escapeXml(`${report.suite.name}.${column.target}`)}" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  const body = escapeXml(said);
  const inner: Readonly<Record<Kind, string>> = {
    passed: said === '' ? '' : `<system-out>${body}</system-out>`,
    failure: `<failure type="worse-than-primary" message="${escapeXml(message)}">${body}</failure>`,
    error: `<error type="inconclusive" message="${escapeXml(message)}">${body}</error>`,
    skipped: `<skipped message="${escapeXml(message)}"/>`,
  };
  return { kind, seconds, xml: inner[kind] === '' ? `${open}/>` : `${open}>${inner[kind]}</testcase>` };
}

function total(parts: readonly Counts[]): Counts {
  const sum = (of: (counts: Counts) => number) => parts.reduce((all, counts) => all + of(counts), 0);
  return {
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    errors: sum(({ errors }) => errors),
    skipped: sum(({ skipped }) => skipped),
    seconds: sum(({ seconds }) => seconds),
  };
}

function countsText({ tests, failures, errors, skipped, seconds }: Counts): string {
  return `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
}
