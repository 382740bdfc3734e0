import { dirname, resolve } from 'node:path';
import type { AnswerSeen, Grade } from '../../quality/graders/grader.ts';
import type { Conversation } from './conversation.ts';
import type { Judge } from './judge.ts';
import type { JudgeCheck } from './judge-check.ts';
import { ModuleGrader } from './module-grader.ts';
import type { AssertionResult } from './report.ts';
import type { EvalSuite, SuiteAssertion, SuiteCase } from './suite.ts';

/** One answer to be graded, with the primary's to the same case and repeat. */
export interface GradeOrder {
  readonly case: SuiteCase;
  readonly target: string;
  readonly run: Conversation;
  /** Absent where the primary has none; the same object as `run` where this is the primary. */
  readonly primary: Conversation | undefined;
}

export interface GradeParts {
  readonly suite: EvalSuite;
  readonly judge?: { readonly judge: Judge; readonly check: JudgeCheck };
  /** Told why a grader gave no grade. */
  onProblem(problem: string): void;
}

/** Grades answers; grading is done anew in every run, whatever of the answers was kept. */
export class RunGrader {
  readonly #parts: GradeParts;
  readonly #modules = new Map<string, ModuleGrader>();

  constructor(parts: GradeParts) {
    this.#parts = parts;
  }

  /** One result for each assertion of the case, in order; null where there is none. */
  async grade(order: GradeOrder): Promise<(AssertionResult | null)[]> {
    const results: (AssertionResult | null)[] = [];
    for (const [turn, { assertions }] of order.case.turns.entries()) {
      for (const assertion of assertions) results.push(await this.#one(order, assertion, turn));
    }
    return results;
  }

  async close(): Promise<void> {
    for (const module of this.#modules.values()) await module.close();
  }

  async #one(order: GradeOrder, assertion: SuiteAssertion, turn: number): Promise<AssertionResult | null> {
    if (assertion.kind === 'unsupported') return null;
    const { error, answers } = order.run;
    if (error?.ours) return null;
    const seen = answers[turn];
    // What failed is worth nothing, also where the demand is that something is not there.
    if (!seen || (error && turn >= answers.length - 1)) {
      return { score: 0, pass: false, because: error?.message ?? 'the conversation ended before' };
    }
    const grade = await this.#gradeOf(order, assertion, { seen, turn });
    if (grade === null || !assertion.not) return grade;
    return { ...grade, score: 1 - grade.score, pass: !grade.pass };
  }

  async #gradeOf(order: GradeOrder, assertion: SuiteAssertion, at: At): Promise<Grade | null> {
    switch (assertion.kind) {
      case 'pure':
        return assertion.read.grade(at.seen);
      case 'module':
        return this.#byModule(order, assertion, at.seen);
      case 'rubric':
        return this.#byJudge(order, assertion, at);
      case 'unsupported':
        return null;
    }
  }

  async #byModule(order: GradeOrder, { module }: Of<'module'>, seen: AnswerSeen): Promise<Grade | null> {
    const file = resolve(dirname(this.#parts.suite.file), module.path);
    const grader = this.#modules.get(file) ?? new ModuleGrader(file);
    this.#modules.set(file, grader);
    const grade = await grader.grade(
      {
        answer: { text: seen.text, toolCalls: seen.toolCalls },
        context: {
          case: order.case.id,
          target: order.target,
          variables: order.case.variables,
          options: module.options ?? null,
        },
      },
      module.timeoutMs,
    );
    if (!('problem' in grade)) return grade;
    this.#parts.onProblem(`${module.path}: ${order.case.id} at ${order.target}: ${grade.problem}`);
    return null;
  }

  async #byJudge(order: GradeOrder, { rubric }: Of<'rubric'>, { seen, turn }: At): Promise<Grade | null> {
    const by = this.#parts.judge;
    if (!by) return null;
    const question = questionOf(order.case, turn);
    if (rubric.mode === 'absolute') {
      const verdict = await by.judge.mark(rubric.rubric, question, seen.text);
      if (!verdict) return this.#unjudged(order);
      const score = (verdict.mark - 1) / 4;
      return { score, pass: verdict.mark >= rubric.passMark, because: `${verdict.mark} of 5: ${verdict.reason}` };
    }
    return this.#pairwise(order, rubric.rubric, { question, seen, turn, by });
  }

  async #pairwise(
    order: GradeOrder,
    rubric: string,
    { question, seen, turn, by }: At & { question: string; by: NonNullable<GradeParts['judge']> },
  ): Promise<Grade | null> {
    const { primary, run } = order;
    if (primary === run) return { score: 0.5, pass: true, because: 'what the others are compared with' };
    if (!primary || primary.error?.ours) return null;
    const other = primary.answers[turn];
    if (!other || primary.error) return { score: 1, pass: true, because: 'the primary has no answer' };
    if (other.text.trim() === seen.text.trim()) return { score: 0.5, pass: true, because: 'the same words' };
    const verdict = await by.judge.compare(rubric, question, [seen.text, other.text]);
    if (!verdict) return this.#unjudged(order);
    by.check.pair(verdict);
    const { better, consistent, reason } = verdict;
    if (!consistent) return { score: 0.5, pass: true, because: 'the judge contradicts itself in the other order' };
    const score = better === 'first' ? 1 : better === 'same' ? 0.5 : 0;
    return { score, pass: score >= 0.5, because: `${WORDS[better]}: ${reason}` };
  }

  #unjudged({ case: { id }, target }: GradeOrder): null {
    this.#parts.onProblem(`the judge gave no verdict on ${id} at ${target}`);
    return null;
  }
}

const WORDS = { first: 'better', same: 'as good', second: 'worse' } as const;

type Of<K extends SuiteAssertion['kind']> = Extract<SuiteAssertion, { kind: K }>;

interface At {
  readonly seen: AnswerSeen;
  readonly turn: number;
}

/** What was asked up to a turn, as text: a prompt's own words are not the judge's affair. */
export function questionOf({ turns, variables }: SuiteCase, turn: number): string {
  const said = turns
    .slice(0, turn + 1)
    .flatMap(({ messages }) => messages.map(({ role, content }) => `${role}: ${content}`));
  const values = Object.entries(variables).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [...(said.length > 0 ? said : values)].join('\n\n');
}
