import pc from 'picocolors';
import type { EvalProgress } from '../rehearsal/evals/progress.ts';
import type { Output } from './output.ts';

/** Answers after which a line is printed where there is no terminal. */
const LINE_EVERY = 25;
/** Shortest time between two drawings, in milliseconds. */
const DRAW_EVERY_MS = 100;
const BAR_WIDTH = 24;

interface Column {
  done: number;
  scored: number;
  sum: number;
  /** Failures of the target, and those that say nothing of it. */
  errors: number;
  lost: number;
}

/** A live matrix on a terminal, a line now and then elsewhere. All on standard error: data stays data. */
export function progressOf(output: Output): EvalProgress & { close(): void } {
  return process.stderr.isTTY === true ? new LiveMatrix(process.stderr) : plainLines(output);
}

function plainLines(output: Output): EvalProgress & { close(): void } {
  let answers = 0;
  let done = 0;
  let cached = 0;
  return {
    begins(plan) {
      answers = plan.answers;
      output.say(
        `${plan.suite.name}: ${plan.suite.cases.length} cases at ${plan.targets.join(', ')}; ${plan.answers} answers`,
      );
    },
    ended(cell) {
      done += 1;
      if (cell.cached) cached += 1;
      if (cell.error !== undefined) output.say(`${cell.case} at ${cell.target}: ${cell.error}`);
      if (done % LINE_EVERY === 0 || done === answers)
        output.say(`${done} of ${answers} answers, ${cached} kept from before, $${cell.spentUsd.toFixed(4)}`);
    },
    phase: (words) => output.say(words),
    problem: (words) => output.say(words),
    close: () => undefined,
  };
}

/** What is drawn on: a terminal, as far as it matters here. */
export interface Screen {
  readonly columns?: number;
  write(text: string): unknown;
}

export class LiveMatrix implements EvalProgress {
  readonly #screen: Screen;
  readonly #columns = new Map<string, Column>();
  readonly #problems = new Set<string>();
  #title = '';
  #answers = 0;
  #done = 0;
  #cached = 0;
  #spentUsd = 0;
  #phase = '';
  #lines = 0;
  #drawnAt = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begins({ suite, targets, answers }: Parameters<EvalProgress['begins']>[0]): void {
    this.#title = `${suite.name}: ${suite.cases.length} cases`;
    this.#answers = answers;
    for (const target of targets) this.#columns.set(target, { done: 0, scored: 0, sum: 0, errors: 0, lost: 0 });
    this.#draw(true);
  }

  ended(cell: Parameters<EvalProgress['ended']>[0]): void {
    this.#done += 1;
    if (cell.cached) this.#cached += 1;
    this.#spentUsd = cell.spentUsd;
    const column = this.#columns.get(cell.target);
    if (column) {
      column.done += 1;
      if (cell.score !== undefined) {
        column.scored += 1;
        column.sum += cell.score;
        if (cell.error !== undefined) column.errors += 1;
      } else if (cell.error !== undefined) column.lost += 1;
    }
    this.#draw(this.#done === this.#answers);
  }

  phase(words: string): void {
    this.#phase = words;
    this.#draw(true);
  }

  problem(words: string): void {
    this.#problems.add(words);
  }

  close(): void {
    this.#clear();
    for (const problem of this.#problems) this.#screen.write(`${pc.yellow('!')} ${problem}\n`);
  }

  #draw(now: boolean): void {
    const at = performance.now();
    if (!now && at - this.#drawnAt < DRAW_EVERY_MS) return;
    this.#drawnAt = at;
    this.#clear();
    const lines = [this.#bar(), ...[...this.#columns].map(([target, column]) => this.#row(target, column))];
    if (this.#phase !== '') lines.push(pc.dim(this.#phase));
    const width = Math.max(20, (this.#screen.columns ?? 80) - 1);
    for (const line of lines) this.#screen.write(`${clipped(line, width)}\n`);
    this.#lines = lines.length;
  }

  #clear(): void {
    // Up to the first line of the last drawing, and everything below it away.
    if (this.#lines > 0) this.#screen.write(`\u001b[${this.#lines}A\u001b[0J`);
    this.#lines = 0;
  }

  #bar(): string {
    // Answers of a model that has changed meanwhile are asked for twice.
    const share = this.#answers === 0 ? 1 : Math.min(1, this.#done / this.#answers);
    const full = Math.round(share * BAR_WIDTH);
    const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
    return `${this.#title} ${bar} ${this.#done}/${this.#answers}, ${this.#cached} kept, $${this.#spentUsd.toFixed(4)}`;
  }

  #row(target: string, { done, scored, sum, errors, lost }: Column): string {
    const score = scored === 0 ? '    –' : `${((sum / scored) * 100).toFixed(1).padStart(5)}`;
    const notes = [errors > 0 ? `${errors} failed` : '', lost > 0 ? `${lost} without an outcome` : ''];
    return `  ${score} %  ${String(done).padStart(5)}  ${target}  ${notes.filter((note) => note !== '').join(', ')}`;
  }
}

/** Nothing in these lines is coloured but whole lines, so that every character counts once. */
function clipped(line: string, width: number): string {
  return line.length > width ? line.slice(0, width) : line;
}
