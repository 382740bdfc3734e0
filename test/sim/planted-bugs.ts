import type { Invariant } from './invariants.ts';

/** A bug as somebody might make it: a small change to one source file, and the invariant that must notice. */
export interface PlantedBug {
  readonly name: string;
  /** From the top of the repository. */
  readonly file: string;
  /** Found exactly once. */
  readonly before: string;
  readonly after: string;
  readonly caughtBy: Invariant;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a place at the gate is kept when the breaker refuses after the wait',
    file: 'src/engine/try-target.ts',
    before: `  if (admission.ok) return { kind: 'entered', permit: admission.permit };
  lane.gate.leave();
`,
    after: `  if (admission.ok) return { kind: 'entered', permit: admission.permit };
`,
    caughtBy: 'places-returned',
  },
  {
    name: 'whoever panics passes a hold that was put on the lane while it waited',
    file: 'src/engine/try-target.ts',
    before: `  if (!barred) return { kind: 'entered', permit: { kind: 'past', admittedAt: state.now } };
`,
    after: `  if (state) return { kind: 'entered', permit: { kind: 'past', admittedAt: state.now } };
`,
    caughtBy: 'hold-kept',
  },
  {
    name: 'a fault after the commit point is retried like one before',
    file: 'src/engine/try-target.ts',
    before: `  if (branch.delivery.committed) {
    result.settle`,
    after: `  if (branch.delivery.committed && fault.kind === 'caller-gone') {
    result.settle`,
    caughtBy: 'one-outcome',
  },
  {
    name: 'every attempt earns a share of a retry, not only the first',
    file: 'src/engine/try-target.ts',
    before: 'if (round === 0) lane.countAttempt(state.now);',
    after: 'lane.countAttempt(state.now);',
    caughtBy: 'retry-budget',
  },
  {
    name: 'two branches of one request both answer',
    file: 'src/engine/race.ts',
    before: `    if (this.#winner) return outrunBy(this.#winner);
    this.#winner = branch;
    this.#state.branch = branch;
    this.end(outrunBy(branch));
`,
    after: `    this.#winner = branch;
    this.#state.branch = branch;
`,
    caughtBy: 'one-answer',
  },
  {
    name: 'an attempt that broke after the commit point is never settled',
    file: 'src/engine/try-target.ts',
    before: `    result.settle(\`after the commit point: \${state.order.route.recovery}\`);
`,
    after: '',
    caughtBy: 'rows-in-order',
  },
  {
    name: 'the retry budget is not asked',
    file: 'src/engine/verdict.ts',
    before: `  if (!situation.takeRetry()) return elsewhere(situation, 'retry budget of the lane used up');
`,
    after: '',
    caughtBy: 'retry-budget',
  },
  {
    name: 'one attempt more than the route allows',
    file: 'src/engine/verdict.ts',
    before: 'if (situation.tries >= situation.maxTries) return',
    after: 'if (situation.tries > situation.maxTries) return',
    caughtBy: 'attempts-limit',
  },
  {
    name: 'a retry is waited for that no longer fits',
    file: 'src/engine/verdict.ts',
    before: 'verdict.waitMs + MIN_ATTEMPT_MS > situation.budgetLeftMs',
    after: 'verdict.waitMs > 1e9',
    caughtBy: 'deadline',
  },
  {
    name: 'half-open lets everybody through',
    file: 'src/resilience/breaker.ts',
    before: `        if (state.probe !== 'none') {
          const`,
    after: `        if (state.probe !== 'none' && now < 0) {
          const`,
    caughtBy: 'one-probe',
  },
  {
    name: 'the ramp never ends',
    file: 'src/resilience/breaker.ts',
    before: 'if (now < state.ramp.endsAt) break;',
    after: 'if (now < state.ramp.endsAt + 1e9) break;',
    caughtBy: 'recovers',
  },
  {
    name: 'the breaker opens one failure late',
    file: 'src/resilience/breaker.ts',
    before: 'if (row.requests >= consecutive ||',
    after: 'if (row.requests > consecutive ||',
    caughtBy: 'breaker-opens',
  },
  {
    name: 'a short wait cuts a long one',
    file: 'src/resilience/lane-hold.ts',
    before: `if (requireFinite('untilMs', untilMs) <= this.#until) return;`,
    after: `requireFinite('untilMs', untilMs);`,
    caughtBy: 'hold-kept',
  },
  {
    name: 'a place that is handed over counts as free besides',
    file: 'src/resilience/concurrency-gate.ts',
    before: `        longest.wake(true);
`,
    after: `        longest.wake(true);
        this.#active -= 1;
`,
    caughtBy: 'gate-limit',
  },
  {
    name: 'breakers alone leave a request unasked',
    file: 'src/engine/walk.ts',
    before: 'if (state.attempts > 0 || shut.length === 0)',
    after: 'if (state.attempts > 0 || shut.length >= 0)',
    caughtBy: 'last-target-asked',
  },
  {
    name: 'a target on its way back is held back although nobody else answers',
    file: 'src/engine/walk.ts',
    before: 'for (const candidate of returning) {',
    after: 'for (const candidate of state.attempts > 0 ? [] : returning) {',
    caughtBy: 'returning-asked',
  },
  {
    name: 'an unknown cost counts as none',
    file: 'src/engine/run-state.ts',
    before: 'costUsd === undefined || this.costUsd === undefined ? undefined : this.costUsd + costUsd',
    after: '(this.costUsd ?? 0) + (costUsd ?? 0)',
    caughtBy: 'costs-add-up',
  },
  {
    name: 'an attempt is recorded at the primary, whoever was asked',
    file: 'src/engine/one-attempt.ts',
    before: `    target: target.id,
    lane: target.lane,
    startedMs,`,
    after: `    target: state.primary,
    lane: target.lane,
    startedMs,`,
    caughtBy: 'ledger-equals-meters',
  },
  {
    name: 'an answer that differs is joined to the part that was given',
    file: 'src/engine/splice.ts',
    before: 'if (event.text.slice(0, shared) !== this.#missing.slice(0, shared)) return differs();',
    after: '',
    caughtBy: 'one-answer',
  },
  {
    name: 'whole answers are not checked against their contract',
    file: 'src/engine/one-attempt.ts',
    before: 'return lossyAnswer(branch) ?? judgeAnswer(branch, judged);',
    after: 'return lossyAnswer(branch);',
    caughtBy: 'contract',
  },
  {
    name: 'a stream that ends without an end passes for whole',
    file: 'src/dialects/openai-chat/stream-decoder.ts',
    before: 'if (readers.length === 0 || (open.length > 0 && !mayBeUnnamed)) {',
    after: 'if (readers.length === 0 || (open.length > 99 && !mayBeUnnamed)) {',
    caughtBy: 'whole-answer',
  },
  {
    name: 'the clocks of an attempt run on after it',
    file: 'src/engine/attempt-clocks.ts',
    before: `    this.#stopped = true;
    this.#disarm();`,
    after: '    this.#stopped = true;',
    caughtBy: 'nothing-left',
  },
  {
    name: 'an attempt keeps listening to its caller',
    file: 'src/engine/scope.ts',
    before: `    this.#parent.removeEventListener('abort', this.#onParent);`,
    after: '',
    caughtBy: 'nothing-left',
  },
  {
    name: 'recovery takes a target that may not serve',
    file: 'src/engine/recovery.ts',
    before: `  if (barred) {
    skip(state, candidate, barred);
    return false;
  }`,
    after: '  if (barred) skip(state, candidate, barred);',
    caughtBy: 'eligible-only',
  },
  {
    name: 'an answer of the fallback is not marked',
    file: 'src/engine/run-state.ts',
    before: `      case 'hot-cold':
      case 'single':
        return true;`,
    after: `      case 'hot-cold':
      case 'single':
        return false;`,
    caughtBy: 'marked',
  },
  {
    name: 'hedges are not counted',
    file: 'src/engine/hedge.ts',
    before: 'if (!state.deps.hedges.take(route.name, budget, state.now)) {',
    after: 'if (budget < 0) {',
    caughtBy: 'hedge-budget',
  },
];
