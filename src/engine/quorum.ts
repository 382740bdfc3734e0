import type { Branch } from './branch.ts';
import type { Candidate } from './eligibility.ts';
import { Jury } from './jury.ts';
import { outrunBy, Race } from './race.ts';
import type { QuorumPolicy } from './route.ts';
import type { RunState } from './run-state.ts';
import { CandidateQueue, panic, type Walked, type WalkRule, walk } from './walk.ts';

/**
 * Asks several targets at once. Each branch goes on to the next candidate of the plan when its target cannot serve, so
 * that as many as possible answer; where fewer are left than the policy wants, the quorum is noted as degraded.
 */
export async function quorum(state: RunState, policy: QuorumPolicy, candidates: readonly Candidate[]): Promise<Walked> {
  const asked = Math.min(policy.size, candidates.length);
  state.quorum = new Set(candidates.slice(0, asked).map(({ rank }) => rank));
  state.journal.note({ type: 'quorum', size: policy.size, asked }, state.now);
  return policy.pick === 'first' ? firstOf(state, candidates, asked) : bestOf(state, policy, { candidates, asked });
}

interface Started {
  readonly branch: Branch;
  readonly walked: Walked;
}

async function firstOf(state: RunState, candidates: readonly Candidate[], asked: number): Promise<Walked> {
  const race = new Race(state);
  const queue = new CandidateQueue(candidates);
  const rule: WalkRule = { accept: race.accept };
  const walks = await Promise.all(
    Array.from({ length: asked }, async (): Promise<Started> => {
      const branch = race.enter();
      const walked = await walk(branch, queue, rule);
      endOnPolicy(race, branch, walked);
      return { branch, walked };
    }),
  );
  return settled(race, queue, walks, rule);
}

/** Whether another provider is asked what one of them refuses is the operator's decision, here as everywhere. */
function endOnPolicy(race: Race, branch: Branch, walked: Walked): void {
  if (walked.kind === 'stop' && walked.fault.kind === 'content-policy') race.end(outrunBy(branch, 'the refusal of '));
}

async function settled(race: Race, queue: CandidateQueue, walks: readonly Started[], rule: WalkRule): Promise<Walked> {
  const outcome = race.outcomeOf(walks);
  const [first] = walks;
  return outcome.kind === 'exhausted' && first ? panic(first.branch, queue, rule) : outcome;
}

/** Every answer is held back whole; the jury chooses when all are there, or when its patience is over. */
async function bestOf(
  state: RunState,
  policy: QuorumPolicy,
  among: { readonly candidates: readonly Candidate[]; readonly asked: number },
): Promise<Walked> {
  const race = new Race(state, { hold: { kind: 'whole-answer' } });
  const queue = new CandidateQueue(among.candidates);
  const jury = new Jury(state, race, policy, among.asked);
  const rule: WalkRule = { accept: (branch, seq) => jury.hear(branch, seq) };
  const walks = await Promise.all(
    Array.from({ length: among.asked }, async (): Promise<Started> => {
      const branch = race.enter();
      const walked = await walk(branch, queue, rule);
      endOnPolicy(race, branch, walked);
      jury.leave(branch);
      return { branch, walked };
    }),
  );
  jury.close();
  return settled(race, queue, walks, { accept: race.accept });
}
