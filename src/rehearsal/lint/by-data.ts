import { binomialTail } from '../../quality/parity/binomial.ts';
import { canonicalJson } from '../../quality/receipts/canonical-json.ts';
import type { EvalCase, EvalReport, EvalRun, LintFinding } from '../evals/report.ts';

export const PRIMARY_PASSES_ALONE = 'primary-passes-alone';

/** The primary passes more often than this … */
export const NEARLY_ALWAYS = 0.75;
/** … and each of the others less often than this … */
export const NEARLY_NEVER = 0.25;
/** … each with this confidence, by the exact binomial tail: 17 of 17 and 0 of 17 are the least that accuses. */
export const CONFIDENCE = 0.99;
/** One target that fails may just be a bad target. */
const MIN_OTHERS = 2;

/** The same demand wherever it is made. */
interface Demand {
  readonly grader: string;
  readonly label: string;
  readonly places: { readonly case: EvalCase; readonly assertion: number }[];
}

interface Passes {
  readonly passed: number;
  readonly of: number;
}

type Group = 'same-words' | 'same-grader';

/**
 * Assertions that the primary passes nearly always and nobody else ever does: whoever wrote them looked at the primary's
 * answers. First each demand by itself; those that stand in too few cases are then looked at together with others of their
 * grader and metric.
 */
export function lintByData(report: EvalReport): LintFinding[] {
  const runs = new Map(report.cells.map((cell) => [canonicalJson([cell.case, cell.target]), cell.runs]));
  const runsAt = (id: string, target: string) => runs.get(canonicalJson([id, target])) ?? [];
  const others = report.columns.map(({ target }) => target).filter((target) => target !== report.primary);
  if (others.length < MIN_OTHERS) return [];
  const accused = (demand: Demand) => verdictOf(demand, report.primary, others, runsAt);
  const single = demandsOf(report, 'same-words').flatMap((demand) => finding(demand, accused(demand), 'same-words'));
  if (single.length > 0) return single;
  return demandsOf(report, 'same-grader').flatMap((demand) => finding(demand, accused(demand), 'same-grader'));
}

function demandsOf({ cases }: EvalReport, by: Group): Demand[] {
  const demands = new Map<string, Demand>();
  for (const one of cases) {
    one.assertions.forEach(({ grader, metric, label, written, unsupported }, assertion) => {
      if (unsupported !== undefined) return;
      const key = by === 'same-words' ? canonicalJson(written) : canonicalJson([grader, metric]);
      const demand = demands.get(key) ?? { grader, label: by === 'same-words' ? label : metric, places: [] };
      demand.places.push({ case: one, assertion });
      demands.set(key, demand);
    });
  }
  return [...demands.values()];
}

type RunsAt = (id: string, target: string) => readonly EvalRun[];

/** Counts of primary and others where they accuse. */
function verdictOf(demand: Demand, primary: string, others: readonly string[], runsAt: RunsAt): Passes[] | undefined {
  const mine = passesAt(demand, primary, runsAt);
  const theirs = others.map((target) => passesAt(demand, target, runsAt));
  if (binomialTail(mine.passed, mine.of, NEARLY_ALWAYS) > 1 - CONFIDENCE) return undefined;
  const never = theirs.every(({ passed, of }) => 1 - binomialTail(passed + 1, of, NEARLY_NEVER) <= 1 - CONFIDENCE);
  return never ? [mine, ...theirs] : undefined;
}

/** By cases, for repeats of one case say little of another; by repeats where there is one case alone. */
function passesAt({ places }: Demand, target: string, runsAt: RunsAt): Passes {
  const outcomes = places.map(({ case: one, assertion }) =>
    runsAt(one.id, target).flatMap((run) => (run.error ? [] : (run.results[assertion]?.pass ?? []))),
  );
  const units = outcomes.length === 1 ? (outcomes[0] ?? []) : outcomes.filter((one) => one.length > 0).map(mostly);
  return { passed: units.filter((pass) => pass).length, of: units.length };
}

function mostly(passes: readonly boolean[]): boolean {
  return passes.filter((pass) => pass).length * 2 > passes.length;
}

function finding(demand: Demand, counts: readonly Passes[] | undefined, group: Group): LintFinding[] {
  if (!counts) return [];
  const [place] = demand.places;
  const alone = demand.places.length === 1 && place !== undefined;
  const [mine, ...theirs] = counts.map(({ passed, of }) => `${passed} of ${of}`);
  const what = group === 'same-words' ? `“${demand.label}”` : `what ${demand.grader} asks for under ${demand.label}`;
  return [
    {
      rule: PRIMARY_PASSES_ALONE,
      ...(alone ? { case: place.case.id, assertion: place.assertion } : {}),
      message: `${what} passes ${mine ?? ''} times at the primary and ${theirs.join(', ')} at the others: it asks for the primary's manner, unless nobody else can do this`,
      instead: SUGGESTIONS[demand.grader] ?? 'a demand that an answer in other words can meet as well',
      by: 'data',
    },
  ];
}

/** The task-level form of what each grader is used for. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  exact: 'normalised for single words, contains-facts for sentences, json-fields for JSON',
  normalised: 'contains-facts, or a list of the ways to say it',
  'contains-facts': 'the fact itself, with other ways of saying it as a list within the list',
  regex: 'contains-facts, numeric or json-fields',
  similarity: 'contains-facts, or a rubric',
  length: 'length: { max: … } with what the place of the answer can hold',
  'json-schema': 'anywhere: true where prose may stand around the JSON, or output: { schema } in the suite',
  'json-fields': 'anywhere: true where prose may stand around the JSON, or output: { schema } in the suite',
};
