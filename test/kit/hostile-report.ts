import fc from 'fast-check';
import type { EvalReport } from '../../src/rehearsal/evals/report.ts';
import { plausibleReport } from './eval-reports.ts';

const ATTACKS = [
  '</script><script>window.broken = 1</script>',
  '<!--<script>',
  ']]>',
  '</details></summary>',
  '"><img src=x onerror="window.broken = 1">',
  "' onclick='window.broken = 1",
  '```\n</details>\n```',
  '````````',
  '~~~',
  '\u2028\u2029\u0000\u001b[31m',
  '\ud800',
  '&lt;b&gt; &amp;amp; &#60;',
  '__proto__',
  'constructor',
  '{{7*7}} {% raw %}',
  '| a | b |\n|---|---|',
];

/** Text as a model that means harm might answer it. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 4 })
  .map((parts) => parts.join(''));

/** A report in which everything that a suite, a provider or a model may write is hostile. */
export const hostileReport: fc.Arbitrary<EvalReport> = fc
  .record({ texts: fc.array(hostileText, { minLength: 12, maxLength: 12 }), seed: fc.nat(1_000) })
  .map(({ texts, seed }) => poisoned(plausibleReport({ cases: 3, targets: 3, repeats: 2, seed }), texts));

/** The same report with these texts in every place that takes one. */
export function poisoned(report: EvalReport, texts: readonly string[]): EvalReport {
  let next = 0;
  const text = () => {
    next += 1;
    return texts[next % texts.length] ?? '';
  };
  const names = new Map(report.cases.map(({ id }, index) => [id, `${index} ${text()}`]));
  const named = (id: string) => names.get(id) ?? id;
  return {
    ...report,
    suite: { ...report.suite, name: text(), file: text(), description: text() },
    columns: report.columns.map((column) => ({ ...column, promptVersion: text(), servedModels: [text()] })),
    cases: report.cases.map((one) => ({
      ...one,
      id: named(one.id),
      description: text(),
      input: text(),
      variables: { [text()]: text() },
      assertions: one.assertions.map((assertion) => ({ ...assertion, label: text() })),
    })),
    cells: report.cells.map((cell) => ({
      ...cell,
      case: named(cell.case),
      runs: cell.runs.map((run) => ({
        ...run,
        text: text(),
        toolCalls: [{ name: text(), arguments: text() }],
        finish: text(),
        results: run.results.map((result) => result && { ...result, because: text() }),
      })),
    })),
    comparisons: report.comparisons.map(({ target, comparison }) => ({
      target,
      comparison: {
        ...comparison,
        because: text(),
        metrics: comparison.metrics.map((one) => ({ ...one, because: text() })),
      },
    })),
    lint: report.lint.map((finding) => ({
      ...finding,
      case: named(finding.case ?? ''),
      message: text(),
      instead: text(),
    })),
  };
}
