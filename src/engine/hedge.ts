import type { Branch } from './branch.ts';
import type { Candidate } from './eligibility.ts';
import { Race } from './race.ts';
import type { Hedge } from './route.ts';
import type { RunState } from './run-state.ts';
import { CandidateQueue, panic, type Walked, walk } from './walk.ts';

/** A percentile of fewer answers than this says nothing of the tail: nobody is hedged for it. */
export const MIN_HEDGE_SAMPLES = 20;

/**
 * Asks the first host, and a second one when the first has given no content after a while. The first to commit has the
 * answer, so that nothing is ever hedged after the commit point. Bounded by a share of the route's requests.
 */
export async function hedged(state: RunState, hedge: Hedge, candidates: readonly Candidate[]): Promise<Walked> {
  const { deps, order } = state;
  const [first] = candidates;
  deps.hedges.earn(order.route.name, hedge.budget, state.now);
  const afterMs = first && delayOf(state, hedge, first);
  const queue = new CandidateQueue(candidates);
  const race = new Race(state);
  const rule = { accept: race.accept };
  const walks: Promise<{ branch: Branch; walked: Walked }>[] = [];
  const start = () => {
    const branch = race.enter();
    walks.push(walk(branch, queue, rule).then((walked) => ({ branch, walked })));
    return branch;
  };
  const main = start();
  const cancel =
    afterMs === undefined
      ? undefined
      : deps.clock.setTimer(afterMs, () => {
          if (mayHedge(state, { main, race, queue, afterMs, budget: hedge.budget })) start();
        });
  try {
    await walks[0];
  } finally {
    cancel?.();
  }
  const ended = await Promise.all(walks);
  const outcome = race.outcomeOf(ended);
  return outcome.kind === 'exhausted' ? panic(main, queue, rule) : outcome;
}

/** Undefined where too little is known of the host. */
function delayOf(state: RunState, { after }: Hedge, first: Candidate): number | undefined {
  if ('ms' in after) return after.ms;
  const { now } = state;
  const { latency } = state.deps.lanes.of(first.target, now);
  const { stream } = state.order.request;
  if (latency.samples(stream ? 'stream' : 'whole', now) < MIN_HEDGE_SAMPLES) return undefined;
  const quantile = after.percentile / 100;
  return stream ? latency.firstContentMs(quantile, now) : latency.totalMs(quantile, now);
}

interface Waiting {
  readonly main: Branch;
  readonly race: Race;
  readonly queue: CandidateQueue;
  readonly afterMs: number;
  readonly budget: number;
}

/** Asked once a request, when the time is up; what is refused for want of budget is noted. */
function mayHedge(state: RunState, { main, race, queue, afterMs, budget }: Waiting): boolean {
  const { route } = state.order;
  const target = queue.peek()?.target.target.id;
  if (race.winner || main.delivery.begun || target === undefined || 1 + state.extras >= route.attempts) return false;
  if (!state.deps.hedges.take(route.name, budget, state.now)) {
    state.journal.note({ type: 'not-hedged', afterMs, why: `more than ${budget} of the requests` }, state.now);
    return false;
  }
  state.extras += 1;
  state.journal.note({ type: 'hedged', target, afterMs }, state.now);
  return true;
}
