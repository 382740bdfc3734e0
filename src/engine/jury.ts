import type { Branch } from './branch.ts';
import type { Graded } from './grader.ts';
import type { Race } from './race.ts';
import type { QuorumPolicy } from './route.ts';
import type { RunState } from './run-state.ts';

interface Heard {
  readonly branch: Branch;
  readonly seq: number;
  readonly answer: Graded;
  tell(why: string | undefined): void;
}

/** Collects the whole answers of several branches and takes the one with the highest grade; of equals the one of the earlier target. */
export class Jury {
  readonly #state: RunState;
  readonly #race: Race;
  readonly #policy: QuorumPolicy;
  #awaited: number;
  readonly #heard: Heard[] = [];
  readonly #left = new Set<Branch>();
  #cancel: (() => void) | undefined;
  #over = false;

  constructor(state: RunState, race: Race, policy: QuorumPolicy, branches: number) {
    this.#state = state;
    this.#race = race;
    this.#policy = policy;
    this.#awaited = branches;
  }

  /** Hands in a whole answer. Resolves with why it was not taken, undefined where it was. */
  hear(branch: Branch, seq: number): Promise<string | undefined> {
    const { serving, delivery } = branch;
    const answer = delivery.answer();
    return new Promise((resolve) => {
      this.#heard.push({
        branch,
        seq,
        answer: { target: serving?.candidate.target.target.id ?? '', rank: serving?.candidate.rank ?? 0, answer },
        tell: resolve,
      });
      if (this.#over) return this.#dismiss();
      this.#cancel ??= this.#state.deps.clock.setTimer(this.#policy.patienceMs, () => this.#decide());
      this.#decideWhenAllAreIn();
    });
  }

  /** This branch will hand in nothing more. */
  leave(branch: Branch): void {
    if (this.#left.has(branch)) return;
    this.#left.add(branch);
    if (!this.#heard.some((one) => one.branch === branch)) this.#awaited -= 1;
    this.#decideWhenAllAreIn();
  }

  close(): void {
    this.#cancel?.();
    this.#over = true;
  }

  #decideWhenAllAreIn(): void {
    if (!this.#over && this.#heard.length > 0 && this.#heard.length >= this.#awaited) this.#decide();
  }

  #decide(): void {
    if (this.#over) return;
    this.close();
    const heard = [...this.#heard].sort((one, other) => one.answer.rank - other.answer.rank);
    const grades = this.#gradesOf(heard);
    const graded = heard.map((one, at) => ({ one, grade: grades[at] ?? 0 }));
    const best = graded.reduce((first, next) => (next.grade > first.grade ? next : first));
    const { answer, seq, branch } = best.one;
    const all = graded.map(({ one, grade }) => `${one.answer.target} ${shown(grade)}`).join(', ');
    this.#state.journal.note({ type: 'chosen', target: answer.target, seq, why: `graded ${all}` }, this.#state.now);
    this.#race.take(branch);
    best.one.tell(undefined);
    for (const { one, grade } of graded) {
      if (one !== best.one) one.tell(`graded ${shown(grade)}, ${answer.target} ${shown(best.grade)}`);
    }
  }

  /** Without grades, the order of the route decides: a grader that fails must not take an answer away. */
  #gradesOf(heard: readonly Heard[]): readonly number[] {
    const answers = heard.map(({ answer }) => answer);
    try {
      return this.#policy.grader(answers, this.#state.order.request);
    } catch {
      return [];
    }
  }

  /** Too late: the answer was chosen while this one ended. */
  #dismiss(): void {
    const { winner } = this.#race;
    const by = winner?.serving?.candidate.target.target.id ?? 'another target';
    this.#heard.at(-1)?.tell(`outrun by ${by}`);
  }
}

function shown(grade: number): string {
  return Number.isInteger(grade) ? String(grade) : grade.toFixed(2);
}
