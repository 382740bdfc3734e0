import type { JsonObject } from '../../src/model/json.ts';
import type { MetricComparison, ParityComparison } from '../../src/quality/parity/comparison.ts';
import type {
  EvalAssertion,
  EvalCase,
  EvalCell,
  EvalColumn,
  EvalReport,
  EvalRun,
} from '../../src/rehearsal/evals/report.ts';
import { REPORT_FORMAT } from '../../src/rehearsal/evals/report.ts';
import { seededChance } from './seeded-chance.ts';

/** How a target of a made-up report behaves. */
type Habit = 'exact' | 'prose-around-json' | 'renames-a-key' | 'verbose' | 'failing';

const HABITS: readonly (readonly [string, Habit, number])[] = [
  ['sim-openai/steady-large', 'exact', 0.01],
  ['sim-anthropic/steady-medium', 'exact', 0.02],
  ['sim-gemini/steady-small', 'prose-around-json', 0.5],
  ['sim-openai/chatty-large', 'verbose', 0.35],
  ['sim-anthropic/terse-small', 'renames-a-key', 0.2],
  ['sim-gemini/steady-tiny', 'failing', 0.3],
];

const TICKETS: readonly (readonly [string, string, string, string])[] = [
  [
    'refund-after-30-days',
    'I bought the annual plan six weeks ago and never used it. Can I have my money back?',
    'billing',
    'low',
  ],
  ['double-charge', 'You charged my card twice on the 3rd. Order 48-2211. Please fix this today.', 'billing', 'high'],
  ['locked-out', 'I lost my phone and now the two-factor code goes nowhere. I present in an hour!', 'access', 'urgent'],
  ['export-empty', 'The CSV export has a header and nothing else since Tuesday.', 'bug', 'high'],
  ['feature-dark-mode', 'Any plans for a dark theme? My eyes would thank you.', 'feature', 'low'],
  ['gdpr-erasure', 'Under article 17 I ask you to erase everything you hold about me.', 'legal', 'high'],
  ['angry-cancel', 'Third outage this month. Cancel my account and do not call me.', 'churn', 'urgent'],
  ['seat-change', 'We are eleven people now, how do I add a seat in the middle of the month?', 'billing', 'low'],
  ['api-429', 'Your API says 429 although we are far below the limit of our plan.', 'bug', 'high'],
  ['german-invoice', 'Bitte stellen Sie die Rechnung auf unsere neue Anschrift um.', 'billing', 'low'],
];

export interface ReportShape {
  readonly cases?: number;
  readonly targets?: number;
  readonly repeats?: number;
  readonly seed?: number;
}

/** A report as a run of a suite could have written it, the same for the same shape. */
export function plausibleReport({ cases = 40, targets = 4, repeats = 3, seed = 1 }: ReportShape = {}): EvalReport {
  const chance = seededChance(seed);
  const habits = HABITS.slice(0, targets);
  const list = Array.from({ length: cases }, (_, index) => caseOf(index));
  const cells = list.flatMap((one, index) =>
    habits.map(([target, habit, share]): EvalCell => {
      const runs = Array.from({ length: repeats }, () =>
        runOf(one, index, chance.next() < share ? habit : 'exact', chance.next()),
      );
      return { case: one.id, target, runs };
    }),
  );
  const columns = habits.map(([target], index): EvalColumn => columnOf(target, index));
  const primary = habits[0]?.[0] ?? '';
  return {
    format: REPORT_FORMAT,
    suite: {
      name: 'ticket-triage',
      hash: 'a3f1c0de'.repeat(8),
      file: 'evals/ticket-triage.yaml',
      description: 'A ticket is sorted and answered in one JSON object.',
    },
    subject: { kind: 'prompt', name: 'ticket-triage', route: 'support-reply' },
    primary,
    columns,
    cases: list,
    cells,
    comparisons: columns.slice(1).map(({ target }) => ({ target, comparison: compared(list, cells, primary, target) })),
    lint: [
      {
        rule: 'literal-opening',
        case: list[0]?.id ?? '',
        assertion: 2,
        message: 'the reply has to begin with "Thanks": an opening is one model’s manner',
        instead: 'contains-facts with what the reply must say',
        by: 'rule',
      },
    ],
    run: {
      startedAt: '2026-03-02T09:14:00.000Z',
      endedAt: '2026-03-02T09:21:31.000Z',
      repeats,
      cached: Math.min(40, cases),
      asked: cases * targets * repeats - Math.min(40, cases),
      spentUsd: 1.27,
      version: '0.1.0',
    },
  };
}

function caseOf(index: number): EvalCase {
  const [name, input, category, urgency] = TICKETS[index % TICKETS.length] ?? ['', '', '', ''];
  const round = Math.floor(index / TICKETS.length);
  const assertion = (grader: string, metric: string, label: string, written: JsonObject): EvalAssertion => ({
    grader,
    metric,
    label,
    written,
  });
  return {
    id: round === 0 ? name : `${name}-${round + 1}`,
    variables: { ticket: input, locale: category === 'legal' ? 'en-GB' : 'en' },
    input: `Sort this ticket and draft a reply.\n\n${input}`,
    assertions: [
      assertion('json-schema', 'shape', 'one JSON object with category, urgency and reply', { 'json-schema': {} }),
      assertion('json-fields', 'sorting', `category ${category}, urgency ${urgency}`, {
        'json-fields': { expected: { category, urgency } },
      }),
      assertion('length', 'brevity', 'a reply of at most 400 characters', { length: { unit: 'characters', max: 400 } }),
    ],
  };
}

function answerOf(index: number, habit: Habit): string {
  const [, input = '', category = '', urgency = ''] = TICKETS[index % TICKETS.length] ?? [];
  const topic = input.split(/[.?!]/)[0] ?? '';
  const reply =
    habit === 'verbose'
      ? `Thank you so much for reaching out to us today! I completely understand how important this is to you. You wrote: “${topic}”. Please know that our whole team takes this very seriously, and that we will look into every aspect of it with the greatest care. In the meantime, do not hesitate to come back to us with any further question that you may have about this or anything else.`
      : `Thank you for writing. We have noted “${topic}”, and a colleague answers within one working day.`;
  const json = JSON.stringify(
    habit === 'renames-a-key' ? { category, priority: urgency, reply } : { category, urgency, reply },
    null,
    2,
  );
  if (habit === 'prose-around-json')
    return `Sure! Here is the ticket, sorted:\n\n\`\`\`json\n${json}\n\`\`\`\n\nLet me know if you need anything else.`;
  return json;
}

function runOf(one: EvalCase, index: number, habit: Habit, spread: number): EvalRun {
  const text = habit === 'failing' ? '' : answerOf(index, habit);
  const pass = [
    habit === 'exact' || habit === 'verbose' || habit === 'renames-a-key',
    habit === 'exact' || habit === 'verbose',
    habit !== 'verbose',
  ];
  const because = [
    habit === 'prose-around-json' ? 'the answer is not JSON: text stands before it' : 'fits the schema',
    habit === 'renames-a-key' ? 'urgency: missing' : habit === 'prose-around-json' ? 'no JSON to read' : 'equal',
    habit === 'verbose' ? '512 characters, at most 400' : '96 characters',
  ];
  return {
    text,
    toolCalls: [],
    finish: 'stop',
    ...(habit === 'failing' ? { error: { message: 'answered 503', ours: false } } : {}),
    results:
      habit === 'failing'
        ? one.assertions.map(() => null)
        : pass.map((ok, at) => ({ score: ok ? 1 : 0, pass: ok, because: because[at] ?? '' })),
    durationMs: Math.round(600 + 900 * spread),
    usage: { inputTokens: 212, outputTokens: Math.ceil(text.length / 4) },
    costUsd: 0.0021,
    requestId: `req_${index}_${Math.round(spread * 1e9)}`,
    cached: spread < 0.1,
  };
}

function columnOf(target: string, index: number): EvalColumn {
  return {
    target,
    promptVersion: `ticket-triage@${'7c0ffee1d00d'.slice(index)}`,
    servedModels: [`${target.split('/')[1] ?? target}-2026-02-01`],
    parameters: { temperature: 0, max_output_tokens: 600 },
    medianMs: 820 + 130 * index,
    costUsd: 0.3 / (index + 1),
  };
}

/** Figures of the shape that a comparison has, by a normal approximation: for pictures, not for decisions. */
function compared(
  cases: readonly EvalCase[],
  cells: readonly EvalCell[],
  primary: string,
  target: string,
): ParityComparison {
  const metrics = ['shape', 'sorting', 'brevity'].map((metric, at): MetricComparison => {
    const mean = (name: string) => {
      const runs = cells.filter((cell) => cell.target === name).flatMap((cell) => cell.runs);
      return runs.reduce((sum, run) => sum + (run.results[at]?.score ?? 0), 0) / Math.max(1, runs.length);
    };
    const [mine, theirs] = [mean(target), mean(primary)];
    const difference = mine - theirs;
    const spread = 1.65 * Math.sqrt((mine * (1 - mine) + theirs * (1 - theirs) + 0.005) / Math.max(1, cases.length));
    const margin = 0.05;
    const verdict = difference - spread > -margin ? 'pass' : difference + spread < -margin ? 'fail' : 'inconclusive';
    const interval = {
      low: Math.max(-1, difference - spread),
      high: Math.min(1, difference + spread),
      confidence: 0.95,
    };
    const p = verdict === 'pass' ? 0.004 : 0.61;
    const because = `${metric}: ${(100 * mine).toFixed(1)} % against ${(100 * theirs).toFixed(1)} %`;
    const method = 'bootstrap';
    return {
      metric,
      method,
      n: cases.length,
      missing: 0,
      primary: theirs,
      target: mine,
      difference,
      interval,
      margin,
      p,
      pHolm: Math.min(1, p * 3),
      verdict,
      because,
      neededN: verdict === 'pass' ? 34 : 160,
    };
  });
  const worst = metrics.find(({ verdict }) => verdict === 'fail') ?? metrics.find(({ verdict }) => verdict !== 'pass');
  return {
    verdict: worst?.verdict ?? 'pass',
    because: worst ? worst.because : `no metric is worse by its margin, over ${cases.length} cases`,
    metrics,
  };
}
