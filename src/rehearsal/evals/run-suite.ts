import { lintAssertions } from '../lint/lint-assertions.ts';
import { baseRequest } from './base-request.ts';
import { type Column, type Matrix, matrixOf, routeOfJudge } from './columns.ts';
import { compareColumns } from './compare-columns.ts';
import type { Conversation } from './conversation.ts';
import { estimatedUsd } from './estimate-cost.ts';
import { RunGrader } from './grade-runs.ts';
import type { EvalHouse } from './house.ts';
import { Judge } from './judge.ts';
import { JudgeCheck } from './judge-check.ts';
import { conversePatiently } from './patience.ts';
import { pool } from './pool.ts';
import { type EvalProgress, unwatched } from './progress.ts';
import { type EvalCell, type EvalColumn, type EvalReport, type EvalRun, REPORT_FORMAT } from './report.ts';
import { caseOf, columnOf, runOf, scoreNow } from './report-parts.ts';
import { requirePrices } from './require-prices.ts';
import { SpendLimit } from './spend-limit.ts';
import { assertionsOf, type EvalSuite, MAX_ANSWERS, type SuiteCase } from './suite.ts';
import { SuiteError } from './suite-error.ts';

export interface RunWish {
  /** Only these beside the primary. */
  readonly targets?: readonly string[];
  readonly repeats?: number;
  readonly maxUsd?: number;
  readonly concurrency?: number;
  /** Answers that were kept and are no older are used; absent: none is. Milliseconds. */
  readonly maxAgeMs?: number;
  /** Aborted to stop: what is under way is given up, and the report says so. */
  readonly signal: AbortSignal;
  readonly progress?: EvalProgress;
}

/** One conversation to be held. */
interface Task {
  readonly case: SuiteCase;
  readonly column: Column;
  readonly repeat: number;
}

/** Runs a suite as a matrix of cases and targets, and compares every target with the primary. Throws `SuiteError`. */
export async function runSuite(suite: EvalSuite, house: EvalHouse, wish: RunWish): Promise<EvalReport> {
  const running = new SuiteRun(suite, house, wish);
  return running.report();
}

class SuiteRun {
  readonly #suite: EvalSuite;
  readonly #house: EvalHouse;
  readonly #wish: RunWish;
  readonly #matrix: Matrix;
  readonly #repeats: number;
  readonly #spend: SpendLimit;
  readonly #notBefore: number | undefined;
  readonly #progress: EvalProgress;
  readonly #held = new Map<string, Conversation>();
  #overLimit = false;
  #asked = 0;
  #replayed = 0;

  constructor(suite: EvalSuite, house: EvalHouse, wish: RunWish) {
    this.#suite = suite;
    this.#house = house;
    this.#wish = wish;
    this.#matrix = matrixOf(suite, house, wish.targets);
    this.#repeats = wish.repeats ?? suite.repeats;
    this.#progress = wish.progress ?? unwatched;
    const maxUsd = wish.maxUsd ?? suite.maxUsd;
    if (maxUsd !== undefined) requirePrices(suite, this.#matrix, house);
    this.#spend = new SpendLimit(maxUsd);
    if (wish.maxAgeMs !== undefined) this.#notBefore = house.engine.clock.wallNow() - wish.maxAgeMs;
    const answers = suite.cases.length * this.#matrix.columns.length * this.#repeats;
    if (answers > MAX_ANSWERS) throw new SuiteError(`${suite.file}: ${answers} answers are more than ${MAX_ANSWERS}`);
    const targets = this.#matrix.columns.map(({ target }) => target);
    this.#progress.begins({ suite, targets, answers });
  }

  async report(): Promise<EvalReport> {
    const startedAt = this.#house.engine.clock.wallNow();
    await this.#hold(this.#tasks(), this.#notBefore);
    await this.#renewMovedModels();
    const graded = await this.#grade();
    const found = {
      primary: this.#matrix.primary,
      columns: this.#matrix.columns.map((column) => this.#columnOf(column)),
      cases: this.#suite.cases.map(caseOf),
      cells: graded.cells,
    };
    const { judge } = graded;
    const report: EvalReport = {
      format: REPORT_FORMAT,
      suite: this.#suiteFacts(),
      subject: this.#suite.subject,
      ...found,
      comparisons: compareColumns(found, this.#suite.margins, judge),
      lint: [],
      ...(judge && { judge }),
      run: this.#runFacts(startedAt, judge ? { asked: judge.asked, cached: judge.cached } : { asked: 0, cached: 0 }),
    };
    return { ...report, lint: lintAssertions(report) };
  }

  #suiteFacts(): EvalReport['suite'] {
    const { name, hash, file, description } = this.#suite;
    return { name, hash, file, ...(description !== undefined && { description }) };
  }

  #runFacts(startedAt: number, judged: { readonly asked: number; readonly cached: number }): EvalReport['run'] {
    const { clock } = this.#house.engine;
    const missing = [...this.#tasks()].filter((task) => !this.#held.has(keyOf(task))).length;
    const times = [...this.#held.values()].flatMap(({ oldestAt }) => oldestAt ?? []);
    const oldest = times.length === 0 ? undefined : times.reduce((one, other) => Math.min(one, other));
    const because = this.#overLimit ? 'spend-limit' : this.#wish.signal.aborted ? 'interrupted' : undefined;
    return {
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(clock.wallNow()).toISOString(),
      ...(oldest !== undefined && { oldestAnswerAt: new Date(oldest).toISOString() }),
      repeats: this.#repeats,
      cached: this.#replayed + judged.cached,
      asked: this.#asked + judged.asked,
      ...(!this.#spend.incomplete && { spentUsd: this.#spend.spentUsd }),
      ...(because && { stopped: { because, missing } }),
      version: this.#house.version,
    };
  }

  /** Case by case and target by target, so that what is there after a stop can be compared. */
  *#tasks(): Generator<Task> {
    for (let repeat = 0; repeat < this.#repeats; repeat += 1) {
      for (const one of this.#suite.cases) {
        for (const column of this.#matrix.columns) yield { case: one, column, repeat };
      }
    }
  }

  async #hold(tasks: Iterable<Task>, notBefore: number | undefined): Promise<void> {
    const width = this.#wish.concurrency ?? this.#suite.concurrency;
    const stopped = () => this.#overLimit || this.#wish.signal.aborted;
    await pool(tasks, width, (task) => this.#converse(task, notBefore), stopped);
  }

  async #converse(task: Task, notBefore: number | undefined): Promise<void> {
    const { target } = task.column;
    const settle = this.#spend.take(target, this.#guessUsd(task));
    if (!settle) {
      this.#overLimit = true;
      return;
    }
    let spent: number | undefined = 0;
    try {
      const found = await this.#tried(task, notBefore);
      spent = found.asked > 0 && found.costUsd === undefined ? undefined : found.spentUsd;
      this.#asked += found.asked;
      this.#replayed += found.replayed;
      if (found.error?.ours && this.#wish.signal.aborted) return;
      this.#held.set(keyOf(task), found);
      const { cached, error } = found;
      this.#progress.ended({
        case: task.case.id,
        target,
        repeat: task.repeat,
        cached,
        ...(error && { error: error.message }),
        ...scoreNow(task.case, found),
        spentUsd: this.#spend.spentUsd + (spent ?? 0),
      });
    } finally {
      settle(spent);
    }
  }

  /** Only where a limit has to be held. */
  #guessUsd({ case: one, column }: Task): number {
    return this.#spend.limited ? (estimatedUsd(this.#suite, one, column, this.#house) ?? 0) : 0;
  }

  #tried(task: Task, notBefore: number | undefined): Promise<Conversation> {
    const { engine, addressOf } = this.#house;
    return conversePatiently(
      {
        case: task.case,
        request: baseRequest(this.#suite, task.case, task.column, engine),
        route: task.column.route,
        sample: { repeat: task.repeat, addressOf },
        signal: this.#wish.signal,
        ...(notBefore !== undefined && { notBefore }),
      },
      this.#house,
    );
  }

  /**
   * A name that leads to another model than it did when an answer was kept: answers of the two are not one sample, and
   * the old ones are asked for anew.
   */
  async #renewMovedModels(): Promise<void> {
    if (this.#notBefore === undefined) return;
    const fresh = new Map<string, Set<string>>();
    for (const task of this.#tasks()) {
      const found = this.#held.get(keyOf(task));
      if (!found || found.cached) continue;
      const models = fresh.get(task.column.target) ?? new Set();
      for (const model of found.servedModels) models.add(model);
      fresh.set(task.column.target, models);
    }
    const moved = [...this.#tasks()].filter((task) => {
      const found = this.#held.get(keyOf(task));
      const now = fresh.get(task.column.target);
      return found?.cached && now && now.size > 0 && found.servedModels.some((model) => !now.has(model));
    });
    if (moved.length === 0) return;
    this.#progress.phase(`${moved.length} kept answers are of another model than answers now: asking again`);
    await this.#hold(moved, undefined);
  }

  async #grade(): Promise<{ cells: EvalCell[]; judge?: EvalReport['judge'] }> {
    const wish = this.#suite.judge;
    const asksJudge = this.#suite.cases.some((one) => assertionsOf(one).some(({ kind }) => kind === 'rubric'));
    const by = wish && asksJudge ? { judge: this.#judge(wish.target), check: new JudgeCheck() } : undefined;
    const grader = new RunGrader({
      suite: this.#suite,
      ...(by && { judge: by }),
      onProblem: (problem) => this.#progress.problem(problem),
    });
    if (by && wish) {
      this.#progress.phase(`judging with ${wish.target}`);
      await by.check.labels(by.judge, wish);
    }
    try {
      const cells = await this.#cells(grader);
      return { cells, ...(by && wish && { judge: by.check.facts(by.judge, wish) }) };
    } finally {
      await grader.close();
    }
  }

  #judge(target: string): Judge {
    return new Judge({
      route: routeOfJudge(target, this.#matrix, this.#house),
      house: this.#house,
      spend: this.#spend,
      signal: this.#wish.signal,
      ...(this.#notBefore !== undefined && { notBefore: this.#notBefore }),
    });
  }

  async #cells(grader: RunGrader): Promise<EvalCell[]> {
    const cells = new Map<string, EvalRun[]>();
    const width = this.#wish.concurrency ?? this.#suite.concurrency;
    const graded = async (task: Task) => {
      const run = this.#held.get(keyOf(task));
      if (!run) return;
      const primary = this.#held.get(keyOf({ ...task, target: this.#matrix.primary }));
      const { target } = task.column;
      const results = await grader.grade({ case: task.case, target, run, primary });
      const runs = cells.get(cellKey(task)) ?? [];
      cells.set(cellKey(task), runs);
      runs[task.repeat] = runOf(run, results);
    };
    await pool(this.#tasks(), width, graded, () => false);
    return this.#suite.cases.flatMap((one) =>
      this.#matrix.columns.flatMap((column): EvalCell[] => {
        const runs = cells.get(cellKey({ case: one, column }))?.filter((run) => run !== undefined);
        return runs ? [{ case: one.id, target: column.target, runs }] : [];
      }),
    );
  }

  #columnOf(column: Column): EvalColumn {
    const found = [...this.#tasks()].flatMap((task) =>
      task.column === column ? (this.#held.get(keyOf(task)) ?? []) : [],
    );
    const [first] = this.#suite.cases;
    return columnOf(column, found, first && baseRequest(this.#suite, first, column, this.#house.engine));
  }
}

function keyOf(task: {
  readonly case: SuiteCase;
  readonly column: Column;
  readonly repeat: number;
  readonly target?: string;
}) {
  return `${task.target ?? task.column.target} ${task.repeat} ${task.case.id}`;
}

function cellKey({ case: one, column }: Pick<Task, 'case' | 'column'>): string {
  return `${column.target} ${one.id}`;
}
