import type { Fault } from '../model/fault.ts';
import { balanced } from './balance.ts';
import { cascade } from './cascade.ts';
import { hedged } from './hedge.ts';
import { planOf } from './plan.ts';
import { quorum } from './quorum.ts';
import type { RunState } from './run-state.ts';
import { CandidateQueue, lastFault, panic, type Walked, walk } from './walk.ts';

/** What became of a request before the end of its answer is checked: `state.branch` holds the answer, if there is one. */
export type Course =
  | Extract<Walked, { kind: 'complete' | 'stop' | 'broken' }>
  | { readonly kind: 'exhausted'; readonly lastFault: Fault | undefined };

/** Asks the targets as the route's policy says. Every policy is made of the same walk, on one branch or on several. */
export async function courseOf(state: RunState): Promise<Course> {
  const walked = await byPolicy(state);
  switch (walked.kind) {
    case 'complete':
    case 'stop':
    case 'broken':
      return walked;
    case 'rejected':
    case 'exhausted':
      return { kind: 'exhausted', lastFault: lastFault(state) };
  }
}

function byPolicy(state: RunState): Promise<Walked> {
  const { policy } = state.order.route;
  const { candidates } = planOf(state);
  switch (policy.kind) {
    case 'hot-cold':
    case 'single':
      return hotCold(state, new CandidateQueue(candidates));
    case 'quorum': {
      const sampled = candidates.length > 1 && state.deps.chance.next() < policy.share;
      return sampled ? quorum(state, policy, candidates) : hotCold(state, new CandidateQueue(candidates));
    }
    case 'cascade':
      return cascade(state, policy, new CandidateQueue(candidates));
    case 'same-model': {
      const hosts = balanced(state, policy, candidates);
      return policy.hedge ? hedged(state, policy.hedge, hosts) : hotCold(state, new CandidateQueue(hosts));
    }
  }
}

/** In order, on the one branch that every request has. */
async function hotCold(state: RunState, queue: CandidateQueue): Promise<Walked> {
  const walked = await walk(state.branch, queue);
  return walked.kind === 'exhausted' ? panic(state.branch, queue) : walked;
}
