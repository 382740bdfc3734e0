import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EvalReport } from '../evals/report.ts';
import { escapeHtml, scriptJson } from './escape.ts';
import { lintSection, verdictCards } from './html-cards.ts';
import { buildMatrix, overallVerdict, type ReportMatrix } from './matrix.ts';
import { buildPageData, PAGE_LIMITS, type PageData, type PageLimits } from './page-data.ts';
import { costText, counted, noticesOf, sizeText, VERDICT_SIGN, VERDICT_WORD } from './words.ts';

/**
 * One HTML file that shows the whole run: verdicts, matrix, and each answer beside the primary's. It needs no network and
 * works from `file://`. What models answered is data in it, never markup: it stands in one JSON block, the page's only script
 * and style are named by their hashes in its content security policy, and everything else is forbidden.
 */
export function renderHtml(report: EvalReport, limits: PageLimits = PAGE_LIMITS): string {
  const matrix = buildMatrix(report);
  const { data, cuts } = buildPageData(report, matrix, limits);
  const script = pageFile('report-page.js');
  const style = pageFile('report-page.css');
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(report.suite.name)}: evaluation</title>
<style>${style}</style>
</head>
<body>
${headSection(report, matrix, cuts)}
<main>
${verdictCards(matrix)}
${lintSection(report.lint)}
${matrixSection(data)}
</main>
${dialog()}
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Read when a page is made, from beside this file; the build copies them along. */
function pageFile(name: string): string {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function headSection(report: EvalReport, matrix: ReportMatrix, cuts: readonly string[]): string {
  const verdict = overallVerdict(matrix);
  const { suite, subject, run } = report;
  const facts = [
    sizeText(report),
    `${subject.kind} ${subject.name}`,
    `${counted(run.asked, 'answer')} asked for, ${run.cached} from the cache`,
    ...(run.spentUsd === undefined ? [] : [`${costText(run.spentUsd)} spent`]),
    run.endedAt.slice(0, 16).replace('T', ' '),
    `${suite.file} ${suite.hash.slice(0, 12)}`,
    `Understudy ${run.version}`,
  ];
  const notices = [...noticesOf(report, matrix), ...cuts];
  return `<header class="top">
<div class="title"><h1>${escapeHtml(suite.name)}</h1><span class="badge ${verdict}">${VERDICT_SIGN[verdict]} ${VERDICT_WORD[verdict]}</span></div>
${suite.description === undefined ? '' : `<p class="about">${escapeHtml(suite.description)}</p>`}
<p class="facts">${facts.map((fact) => `<span>${escapeHtml(fact)}</span>`).join('')}</p>
${notices.map((notice) => `<p class="notice" role="note">${escapeHtml(notice)}</p>`).join('\n')}
</header>`;
}

function matrixSection(data: PageData): string {
  const metrics = data.metrics.map((metric, index) => `<option value="${index + 1}">${escapeHtml(metric)}</option>`);
  return `<section aria-labelledby="matrix-title">
<div class="tools">
<h2 id="matrix-title">Matrix</h2>
<label class="switch"><input type="checkbox" id="different-only"> different only</label>
<label>metric <select id="metric"><option value="0">all</option>${metrics.join('')}</select></label>
<label>cases <select id="outcome">
<option value="all">all</option><option value="worse">worse than the primary</option>
<option value="failing">failing anywhere</option><option value="missing">missing anywhere</option>
<option value="lint">named by the lint</option></select></label>
<label>find <input type="search" id="find" placeholder="in names and answers"></label>
<output id="shown" aria-live="polite"></output>
</div>
<div class="grid" id="grid" tabindex="-1"><noscript><p>The matrix needs the page's own script.</p></noscript></div>
<nav class="pages" id="pages" aria-label="pages of the matrix"></nav>
<p class="legend" aria-hidden="true"><span class="h0">0</span><span class="h2"></span><span class="h4"></span><span class="h6"></span><span class="h8"></span><span class="h10">1</span> mean score; counts are repeats that passed · <b>▼</b> worse, <b>▲</b> better than the primary</p>
</section>`;
}

function dialog(): string {
  return `<dialog id="case" aria-labelledby="case-title">
<header><h2 id="case-title"></h2><span class="spacer"></span>
<label class="switch"><input type="checkbox" id="marks" checked> mark differences</label>
<button type="button" id="before" title="case before (k)">↑ before</button><button type="button" id="after" title="next case (j)">↓ next</button>
<button type="button" id="close" title="close (Esc)">✕ close</button></header>
<div id="case-body"></div>
</dialog>`;
}
