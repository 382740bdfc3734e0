import type { MetricComparison } from '../../quality/parity/comparison.ts';
import type { LintFinding } from '../evals/report.ts';
import { escapeHtml } from './escape.ts';
import type { MatrixColumn, ReportMatrix } from './matrix.ts';
import { columnText, costText, marginText, pointsText, shareText, VERDICT_SIGN, VERDICT_WORD } from './words.ts';

/** One card a target: its verdict, and each metric with difference, interval, margin and number of cases. */
export function verdictCards(matrix: ReportMatrix): string {
  return `<section class="cards" aria-label="verdicts">\n${matrix.columns.map(card).join('\n')}\n</section>`;
}

function card(one: MatrixColumn): string {
  const { column, verdict, comparison } = one;
  const facts = [
    ...(one.score === undefined ? [] : [`mean score ${shareText(one.score)}`]),
    `${one.passed} of ${one.judged} cases passed whole`,
    ...(one.missing === 0 ? [] : [`${one.missing} missing`]),
    ...(column.medianMs === undefined ? [] : [`median ${Math.round(column.medianMs)} ms`]),
    ...(column.costUsd === undefined ? [] : [costText(column.costUsd)]),
  ];
  const told = [
    ...(column.promptVersion === undefined ? [] : [column.promptVersion]),
    ...column.servedModels.map((model) => `served as ${model}`),
    ...Object.entries(column.parameters).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
  ];
  return `<article class="card ${verdict}">
<h3>${escapeHtml(column.target)} <span class="badge ${verdict}">${VERDICT_SIGN[verdict]} ${VERDICT_WORD[verdict]}</span></h3>
${one.primary ? '' : `<p class="why">${escapeHtml(columnText(one))}</p>`}
${comparison === undefined ? '' : metricsTable(comparison.metrics)}
<p class="facts">${facts.map((fact) => `<span>${escapeHtml(fact)}</span>`).join('')}</p>
<p class="facts small">${told.map((fact) => `<span>${escapeHtml(fact)}</span>`).join('')}</p>
</article>`;
}

function metricsTable(metrics: readonly MetricComparison[]): string {
  const reach = Math.max(
    0.1,
    ...metrics.flatMap(({ interval, margin }) => [Math.abs(interval.low), Math.abs(interval.high), margin]),
  );
  const rows = metrics.map((metric) => {
    const wanted = metric.verdict === 'inconclusive' ? `${metric.n} of ${metric.neededN}` : String(metric.n);
    const missing = metric.missing === 0 ? '' : `, ${metric.missing} missing`;
    return `<tr class="${metric.verdict}"><th scope="row">${escapeHtml(metric.metric)}</th>
<td class="number" title="target ${shareText(metric.target)}, primary ${shareText(metric.primary)}">${pointsText(metric.difference)}</td>
<td>${intervalPicture(metric, reach)}</td><td class="number" title="needed for a decision: ${metric.neededN}">${wanted}${missing}</td>
<td title="${escapeHtml(metric.because)}">${VERDICT_SIGN[metric.verdict]} ${metric.verdict}</td></tr>`;
  });
  return `<table class="metrics"><thead><tr><th scope="col">metric</th><th scope="col" title="target less primary, in percentage points">points</th>
<th scope="col">interval and margin</th><th scope="col">cases</th><th scope="col">verdict</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const WIDTH = 150;

/** The interval of the difference on a line, with zero and the margin: it may not reach left of the margin. */
function intervalPicture(metric: MetricComparison, reach: number): string {
  const at = (value: number) => (WIDTH / 2 + (value / reach) * (WIDTH / 2 - 6)).toFixed(1);
  const { low, high, confidence } = metric.interval;
  const words = `${shareText(confidence)} interval from ${pointsText(low)} to ${pointsText(high)}, margin ${marginText(metric)}`;
  return `<svg class="interval" viewBox="0 0 ${WIDTH} 22" width="${WIDTH}" height="22" role="img" aria-label="${words}"><title>${words}</title>
<rect class="loss" x="0" y="1" width="${at(-metric.margin)}" height="20"/><line class="zero" x1="${at(0)}" x2="${at(0)}" y1="1" y2="21"/>
<line class="margin" x1="${at(-metric.margin)}" x2="${at(-metric.margin)}" y1="1" y2="21"/>
<line class="span" x1="${at(low)}" x2="${at(high)}" y1="11" y2="11"/><circle class="mean" cx="${at(metric.difference)}" cy="11" r="4"/></svg>`;
}

/** What the lint found, folded away; each finding that names a case leads to it. */
export function lintSection(findings: readonly LintFinding[]): string {
  if (findings.length === 0) return '';
  const items = findings.map((finding, index) => {
    const where =
      finding.case === undefined
        ? ''
        : ` <button type="button" class="link" data-lint-case="${escapeHtml(finding.case)}">${escapeHtml(finding.case)}</button>`;
    const instead =
      finding.instead === undefined ? '' : `<br><span class="instead">instead: ${escapeHtml(finding.instead)}</span>`;
    return `<li id="lint-${index}"><code>${escapeHtml(finding.rule)}</code>${where}: ${escapeHtml(finding.message)} <span class="small">(by ${finding.by})</span>${instead}</li>`;
  });
  const noun = findings.length === 1 ? 'assertion asks' : 'assertions ask';
  return `<details class="lint"><summary>${findings.length} ${noun} for one model's manner rather than for the task</summary><ul>${items.join('')}</ul></details>`;
}
