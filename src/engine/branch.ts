import type { Answer } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Usage } from '../model/usage.ts';
import type { ContractCheck } from '../quality/contract-check.ts';
import { AnswerLosses } from './answer-losses.ts';
import { brokenContract, NO_CONTRACTS } from './broken-contract.ts';
import { type AnswerSink, Delivery } from './delivery.ts';
import type { Candidate } from './eligibility.ts';
import type { Hold } from './route.ts';
import type { RunState } from './run-state.ts';
import { isStrict, lossyAnswer } from './strict-quality.ts';

/** The attempt whose answer the caller receives. */
export interface Serving {
  readonly candidate: Candidate;
  readonly seq: number;
  readonly losses: readonly Loss[];
  readonly startedMs: number;
}

/** What a branch is made of beside its request's state. */
export interface BranchParts {
  readonly sink: AnswerSink;
  readonly signal: StopSignal;
  /** The route's own where this is left out. */
  readonly hold?: Hold;
  /** What its answers are checked against, where it is not the caller's request. */
  readonly request?: ChatRequest;
  /** Asked before the first byte goes out: a fault where the answer of another branch was taken. */
  readonly claim?: (branch: Branch) => Fault | undefined;
}

/**
 * One line of attempts of a request, each of which may become its answer. Most requests have one; where several targets
 * are asked at once each has its own, so that nothing of two answers is ever mixed.
 */
export class Branch {
  readonly state: RunState;
  /** Aborted when the caller is gone, or when this branch is no longer needed. */
  readonly signal: StopSignal;
  readonly delivery: Delivery;
  readonly answerLosses = new AnswerLosses();
  serving: Serving | undefined;
  usage: Usage = {};
  /** The answer was begun by one target and ended by another. */
  switched = false;
  /** Asks something else than its caller did: what its answers are for is no matter of the route's. */
  readonly aside: boolean;
  /** What its answers have to keep, beside what they were asked for. */
  readonly contracts: readonly ContractCheck[];
  /** Why a whole answer must not pass for one. */
  readonly verify: (answer: Answer) => Fault | undefined;

  constructor(state: RunState, parts: BranchParts) {
    const { claim, request = state.order.request } = parts;
    const { route } = state.order;
    this.state = state;
    this.signal = parts.signal;
    this.aside = parts.request !== undefined;
    this.contracts = this.aside ? NO_CONTRACTS : state.contracts;
    const rules = { onContentPolicy: route.onContentPolicy, contracts: this.contracts };
    const verify = (answer: Answer) => brokenContract(answer, request, rules);
    this.verify = verify;
    this.delivery = new Delivery(
      parts.sink,
      { hold: parts.hold ?? route.hold, stream: request.stream, verify, ...claimOf(this, claim) },
      () => state.opening(this),
    );
  }
}

/** Nothing is asked at the commit point of most requests. */
function claimOf(branch: Branch, claim: BranchParts['claim']): { readonly claim?: () => Fault | undefined } {
  if (isStrict(branch.state)) return { claim: () => lossyAnswer(branch) ?? claim?.(branch) };
  return claim ? { claim: () => claim(branch) } : {};
}
