import type { Fault } from '../model/fault.ts';
import type { Branch, BranchParts } from './branch.ts';
import type { Fork, RunState } from './run-state.ts';
import type { Acceptance } from './try-target.ts';
import type { Walked } from './walk.ts';

/**
 * Several branches of one request of which one answers. The first that claims the answer, at its commit point or with
 * its whole answer, has it; the others are cancelled at that moment and accounted like any attempt that broke off.
 */
export class Race {
  readonly #state: RunState;
  readonly #parts: Pick<BranchParts, 'hold'>;
  readonly #forks: Fork[] = [];
  #winner: Branch | undefined;

  constructor(state: RunState, parts: Pick<BranchParts, 'hold'> = {}) {
    this.#state = state;
    this.#parts = parts;
  }

  get winner(): Branch | undefined {
    return this.#winner;
  }

  /** One more branch. */
  enter(): Branch {
    const fork = this.#state.fork({ ...this.#parts, claim: (branch) => this.take(branch) });
    this.#forks.push(fork);
    return fork.branch;
  }

  /** Takes a whole answer that comes before any other. */
  readonly accept: Acceptance = (branch) => this.take(branch)?.message;

  /** Gives the answer to this branch: a fault where another one has it. */
  take(branch: Branch): Fault | undefined {
    if (this.#winner === branch) return undefined;
    if (this.#winner) return outrunBy(this.#winner);
    this.#winner = branch;
    this.#state.branch = branch;
    this.end(outrunBy(branch));
    return undefined;
  }

  /** Cancels every branch that has not won. */
  end(fault: Fault): void {
    for (const { branch, scope } of this.#forks) if (branch !== this.#winner) scope.abort(fault);
  }

  /**
   * What came of all of it, once every branch is over. Without a winner the branch that was stopped speaks for all: its
   * fault is the request's, not a target's.
   */
  outcomeOf(walks: readonly { readonly branch: Branch; readonly walked: Walked }[]): Walked {
    const won = walks.find(({ branch }) => branch === this.#winner);
    if (won) return won.walked;
    const stopped = walks.find(({ walked }) => walked.kind === 'stop' && walked.fault.kind !== 'outrun');
    const first = stopped ?? walks[0];
    if (first) this.#state.branch = first.branch;
    return stopped?.walked ?? { kind: 'exhausted' };
  }
}

export function outrunBy({ serving }: Branch, what = ''): Fault {
  const target = serving?.candidate.target.target.id ?? 'another target';
  return { kind: 'outrun', message: `outrun by ${what}${target}` };
}
