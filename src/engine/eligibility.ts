import type { RequestOptions } from '../model/chat-request.ts';
import { DIALECT_LACKS } from '../model/requirement.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import { type DemandReason, isFallback, toleratedParity, unmetDemand } from './demand-checks.ts';
import type { Lane } from './lane.ts';
import type { Needs } from './needs.ts';
import type { Parity } from './parity.ts';
import { parityOf } from './parity-question.ts';
import type { Purse } from './purse.ts';
import { type Unmet, unmetBy } from './requirements.ts';
import type { Route, RouteTarget } from './route.ts';
import type { FactorSnapshot } from './token-factor.ts';
import { windowFit, windowOf } from './window-fit.ts';

/** Why a target may not serve a request, whatever its health. */
export type Ineligibility = {
  readonly reason:
    | Unmet['reason']
    | DemandReason
    | 'capability(embeddings)'
    | 'context-window'
    | 'other-model'
    | 'pinned-elsewhere'
    | 'quality-strict'
    | 'budget'
    | 'cost-multiple'
    | 'latency-class';
  readonly detail: string;
  /** The caller's field that asks for what the target does not have, where there is one. */
  readonly field?: string;
  /** Until it may be eligible again, where that is known; milliseconds. */
  readonly retryAfterMs?: number;
};

export interface Candidate {
  readonly target: RouteTarget;
  /** Position in the route; 0 is the primary. */
  readonly rank: number;
  /** Tokens learned from the lane, if any. */
  readonly learnedWindow: number | undefined;
  /** How the lane's estimates are corrected, and how far they may be wrong. */
  readonly tokens: Pick<FactorSnapshot, 'factor' | 'margin'>;
}

export function candidateOf(target: RouteTarget, rank: number, lane: Lane): Candidate {
  const { factor, margin } = lane.tokens;
  return { target, rank, learnedWindow: lane.learnedWindow, tokens: { factor, margin } };
}

/** Everything beside the candidate that decides whether it may serve: the same for live requests, recovery and what-if. */
export interface Situation {
  readonly route: Route;
  /** What the caller asked of the gateway itself. */
  readonly options: RequestOptions;
  readonly needs: Needs;
  /** Position in the route of the target that should serve: what the others are compared with. */
  readonly primaryRank: number;
  readonly parity: Parity;
  /** Version of what the primary is told beside the caller's own words; undefined where that is nothing. */
  readonly primaryPrompt?: string | undefined;
  /** Sampling and reasoning that the request states, in canonical form; absent where its route does not compare them. */
  readonly parameters?: string;
  /** What the request may cost; absent where nothing limits it. */
  readonly purse?: Purse | undefined;
  /** Median time until a target's first content of late; undefined where nothing was measured. */
  firstContentMs(candidate: Candidate): number | undefined;
}

/** The whole verdict on a candidate, with what nobody knows of it. */
export type Eligibility =
  | { readonly eligible: true; readonly warnings: readonly string[] }
  | ({ readonly eligible: false } & Ineligibility);

/** Whether a candidate may serve, with what is uncertain of it: what `explain`, `check` and what-if show. */
export function eligibilityOf(candidate: Candidate, situation: Situation): Eligibility {
  const why = ineligibility(candidate, situation);
  return why ? { eligible: false, ...why } : { eligible: true, warnings: warningsOf(candidate, situation) };
}

/**
 * Whether a target may serve a request: a pure function of both and of what is known of the target. Undefined means yes.
 *
 * An unknown ability passes: a model that nobody catalogued must just work. It does not pass for a fallback of a route
 * whose parity is strict, unless the operator says so. Structured output is not asked for here, because every target has
 * some means of it and the answer is validated whatever the means.
 */
export function ineligibility(candidate: Candidate, situation: Situation): Ineligibility | undefined {
  const { target } = candidate.target;
  const { needs, purse } = situation;
  const { pin, quality } = situation.options;
  if (pin !== undefined && pin !== target.id)
    return { reason: 'pinned-elsewhere', detail: `the request is pinned to ${pin}` };
  if (quality === 'strict' && pin === undefined && standsIn(candidate, situation)) {
    return { reason: 'quality-strict', detail: 'the request refuses degraded answers' };
  }
  return (
    unmetDemand(candidate, situation) ??
    otherVectors(target, needs.vectorsOf) ??
    incapable(candidate, situation) ??
    tooLong(candidate, needs) ??
    purse?.refusal(candidate)
  );
}

/** Hosts that share the requests of one model stand in for each other without any loss, unless their route asks for proof. */
function standsIn(candidate: Candidate, situation: Situation): boolean {
  if (!isFallback(candidate, situation)) return false;
  return situation.route.policy.kind !== 'same-model' || toleratedParity(candidate, situation) !== undefined;
}

/**
 * Candidates that may serve and answer too slowly for their route. None where all of them do: a slow answer is better
 * than none. Unknown is not slow. `eligible`: those that may serve otherwise, and whose lanes would take the request.
 */
export function tooSlow(eligible: readonly Candidate[], situation: Situation): ReadonlyMap<Candidate, Ineligibility> {
  const limit = situation.route.demands.maxFirstContentMs;
  const slow = new Map<Candidate, Ineligibility>();
  if (limit === undefined || situation.options.pin !== undefined) return slow;
  for (const candidate of eligible) {
    const median = situation.firstContentMs(candidate);
    if (median === undefined || median <= limit) continue;
    const detail = `half of its first contents take longer than ${Math.round(median)} ms, and the route wants ${limit} ms`;
    slow.set(candidate, { reason: 'latency-class', detail });
  }
  return slow.size < eligible.length ? slow : new Map();
}

/** Vectors of two models lie in two spaces: an index filled from both finds nothing, and nothing says so. */
function otherVectors(target: Target, wanted: Target | undefined): Ineligibility | undefined {
  if (wanted === undefined) return undefined;
  if (target.dialect !== 'openai-embeddings') {
    return { reason: 'capability(embeddings)', detail: `no embeddings can be asked for in ${target.dialect}` };
  }
  if (modelIdentity(target) === modelIdentity(wanted)) return undefined;
  const detail = `its vectors lie in another space than those of ${wanted.model}; only hosts of one model can stand in for each other`;
  return { reason: 'other-model', detail };
}

function incapable(candidate: Candidate, situation: Situation): Ineligibility | undefined {
  const { target } = candidate.target;
  const { abilities } = target.capabilities;
  const { needs, route } = situation;
  const { parity } = route.demands;
  const mustKnow = parity.mode === 'strict' && !parity.allowUnknown && isFallback(candidate, situation);
  for (const { requirement, holder } of needs.requirements) {
    const unmet = unmetBy(target, requirement, holder);
    if (unmet) return unmet;
    if (mustKnow && requirement.kind === 'ability' && abilities[requirement.ability] === 'unknown') {
      return { ...notKnown(target, requirement.ability), field: requirement.field };
    }
  }
  for (const ability of needs.abilities) {
    if (DIALECT_LACKS[target.dialect].includes(ability)) {
      return { reason: `capability(${ability})`, detail: `${target.dialect} has no words for it` };
    }
    if (abilities[ability] === 'no') {
      return { reason: `capability(${ability})`, detail: `${target.model} is known not to have it` };
    }
    if (mustKnow && abilities[ability] === 'unknown') return notKnown(target, ability);
  }
  return undefined;
}

type Ability = keyof Target['capabilities']['abilities'];

function notKnown(target: Target, ability: Ability): Ineligibility {
  const detail = `nobody knows whether ${target.model} has it, and parity is strict without allowUnknown`;
  return { reason: `capability(${ability})`, detail };
}

/** Only what is too long by more than the margin: whatever may fit is counted, or tried. */
function tooLong(candidate: Candidate, needs: Needs): Ineligibility | undefined {
  const fit = windowFit(candidate, needs);
  if (fit.kind !== 'too-long') return undefined;
  const detail = `about ${fit.inputTokens} tokens of input (estimated), and there is room for ${Math.max(0, fit.room)}`;
  return { reason: 'context-window', detail };
}

/** What of an eligible candidate nobody knows, and what it passes without: one plain sentence each. */
export function warningsOf(candidate: Candidate, situation: Situation): string[] {
  const { target } = candidate.target;
  const { needs, route, options } = situation;
  const { abilities } = target.capabilities;
  const needed = new Set<Ability>(needs.abilities);
  for (const { requirement } of needs.requirements) if (requirement.kind === 'ability') needed.add(requirement.ability);
  const unknown = [...needed].filter((ability) => abilities[ability] === 'unknown');
  const fit = windowFit(candidate, needs);
  const languages = [...(route.demands.languages ?? []), ...(options.languages ?? [])];
  return [
    ...(unknown.length > 0 ? [`not known whether it has: ${unknown.join(', ')}`] : []),
    ...(windowOf(candidate) === undefined ? ['its window is not known'] : []),
    ...(fit.kind === 'unsure' ? [`within the margin of its window: about ${fit.inputTokens} tokens of input`] : []),
    ...(languages.length > 0 && target.languages === undefined ? ['its maker names no languages'] : []),
    ...(isFallback(candidate, situation) ? fallbackWarnings(candidate, situation) : []),
  ];
}

function fallbackWarnings(candidate: Candidate, situation: Situation): string[] {
  const { demands } = situation.route;
  const { target } = candidate.target;
  const answer = demands.parity.mode === 'none' ? undefined : parityOf(candidate, situation);
  return [
    ...(demands.tier === 'same-or-better' && target.tier === undefined ? ['its tier is not known'] : []),
    ...(answer ? [`parity ${answer.verdict}: ${answer.because}`] : []),
  ];
}
