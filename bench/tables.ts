import { CASES, type Case, OTHER, OURS, wayName, YARDSTICK } from './cases.ts';
import type { Figure, Scenario } from './figure.ts';
import { GOALS, type Goal, judge, type Verdict } from './goals.ts';
import { ratiosOf, type Selection, spreadOf, valuesOf } from './ratios.ts';
import { majorOf, type Results } from './results.ts';
import { CPU_A_REQUEST, CPU_AN_EVENT } from './run-cases.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { numberText, spreadText, valueText } from './units.ts';

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(heads), row(['---', ...heads.slice(1).map(() => '---:')]), ...rows.map(row), ''];
}

/** Every goal beside what each run says of it. */
export function goalsTable(runs: readonly Results[]): string {
  const heads = ['what', 'goal', ...runs.flatMap((run) => [`Node ${majorOf(run)}`, 'met'])];
  const rows = GOALS.map((goal) => [
    goal.what,
    boundText(goal),
    ...runs.flatMap(({ figures }) => verdictCells(judge(goal, figures))),
  ]);
  return table(heads, rows).join('\n');
}

function boundText({ bound, unit }: Goal): string {
  if (unit === 'times' && 'atMost' in bound && bound.atMost < 1) return `≤ 1/${numberText(1 / bound.atMost)}`;
  return 'atMost' in bound ? `≤ ${valueText(bound.atMost, unit)}` : `≥ ${valueText(bound.atLeast, unit)}`;
}

function verdictCells({ goal, worst, met }: Verdict): string[] {
  if (worst === undefined) return ['not measured', ''];
  const small = goal.unit === 'times' && 'atMost' in goal.bound && goal.bound.atMost < 1;
  const text = small ? `1/${numberText(1 / worst.median)}` : spreadText(worst, goal.unit);
  return [text, met ? 'yes' : '**no**'];
}

/** Markdown: a table a case, and one a scenario. */
export function tables({ figures }: Results): string {
  const names = [...new Set(figures.map(({ scenario }) => scenario))];
  return names
    .map((name) => {
      const each = CASES.find((one) => one.name === name);
      return (each ? caseLines(figures, each) : scenarioLines(figures, name)).join('\n');
    })
    .join('\n');
}

/** Ratios are taken round by round, against the bare proxy that passes on the same caller's dialect. */
function caseLines(figures: readonly Figure[], each: Case): string[] {
  const mine = figures.filter(({ scenario }) => scenario === each.name);
  const ways = [...new Set(mine.map(({ contestant }) => contestant))];
  const compared = ways.some((name) => name.startsWith(`${OTHER}:`));
  const heads = [
    'way',
    each.events > 0 ? 'CPU a request (an event)' : 'CPU a request',
    each.quality === undefined ? 'beside the bare proxy' : 'beside none',
    ...(compared ? ['beside the other'] : []),
    'p50 / p99',
  ];
  const rows = ways.map((name) => wayCells(figures, { each, name, compared }));
  return [`### ${each.name}`, '', ...table(heads, rows)];
}

interface Row {
  readonly each: Case;
  readonly name: string;
  readonly compared: boolean;
}

function wayCells(figures: readonly Figure[], { each, name, compared }: Row): string[] {
  const of = (metric: string): Selection => ({ scenario: each.name, contestant: name, metric });
  const middle = (metric: string) => spreadOf(valuesOf(figures, of(metric)))?.median ?? Number.NaN;
  const failed = valuesOf(figures, of('failed')).reduce((sum, value) => sum + value, 0);
  const cpu = of(CPU_A_REQUEST);
  const event = each.events > 0 ? ` (${valueText(middle(CPU_AN_EVENT), 'us')})` : '';
  const [contestant = '', dialects = ''] = name.split(': ');
  const yardstick: Selection =
    each.quality === undefined
      ? { ...cpu, contestant: yardstickOf(dialects) }
      : { ...cpu, scenario: each.quality.plain };
  const other = contestant === OURS ? { ...cpu, contestant: `${OTHER}: ${dialects}` } : undefined;
  const latency = `${numberText(middle('p50') / 1_000)} / ${numberText(middle('p99') / 1_000)} ms`;
  return [
    name,
    Number.isNaN(middle(CPU_A_REQUEST)) ? '' : `${valueText(middle(CPU_A_REQUEST), 'us')}${event}`,
    ratioText(figures, cpu, yardstick),
    ...(compared ? [other ? ratioText(figures, cpu, other) : ''] : []),
    failed > 0 ? `${latency}, ${failed} failed` : latency,
  ];
}

function yardstickOf(dialects: string): string {
  const [caller] = dialects.split(' → ');
  return caller === 'anthropic-messages'
    ? wayName(YARDSTICK, { caller, provider: caller })
    : wayName(YARDSTICK, { caller: 'openai-chat', provider: 'openai-chat' });
}

function ratioText(figures: readonly Figure[], of: Selection, beside: Selection): string {
  const spread = spreadOf(ratiosOf(figures, of, beside));
  return spread === undefined ? '' : spreadText(spread, 'times');
}

/** Metrics down, contestants across. */
function scenarioLines(figures: readonly Figure[], name: string): string[] {
  const mine = figures.filter(({ scenario }) => scenario === name);
  const contestants = [...new Set(mine.map(({ contestant }) => contestant))];
  const metrics = new Map(mine.map(({ metric, unit }) => [metric, unit]));
  const about = SCENARIOS.find((one: Scenario) => one.name === name)?.about;
  const rows = [...metrics].map(([metric, unit]) => [
    metric,
    ...contestants.map((contestant) => {
      const spread = spreadOf(valuesOf(mine, { scenario: name, contestant, metric }));
      return spread === undefined ? '' : spreadText(spread, unit);
    }),
  ]);
  return [`### ${name}`, '', ...(about === undefined ? [] : [about, '']), ...table(['figure', ...contestants], rows)];
}
