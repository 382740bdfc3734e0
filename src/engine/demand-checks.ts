import { modelIdentity, type Target } from '../model/target.ts';
import { isBelow } from './demands.ts';
import type { Candidate, Ineligibility, Situation } from './eligibility.ts';
import { type ParityReason, parityReason } from './parity.ts';
import { parityOf } from './parity-question.ts';

/** Reasons that rest on what a route or its caller demands, not on what the request holds. */
export type DemandReason = 'residency' | 'retention' | 'language' | 'tier' | ParityReason;

/** Another than the target that should serve. */
export function isFallback({ rank }: Candidate, { primaryRank }: Situation): boolean {
  return rank !== primaryRank;
}

/** What a route or its caller demands of every target, and this one does not meet; undefined where it meets it all. */
export function unmetDemand(candidate: Candidate, situation: Situation): Ineligibility | undefined {
  const { route, options } = situation;
  const { demands } = route;
  const { target } = candidate.target;
  return (
    outside(target, demands.residency, 'the route') ??
    outside(target, options.residency, 'the request') ??
    keepsTooLong(target, demands.maxRetentionDays, 'the route') ??
    keepsTooLong(target, options.maxRetentionDays, 'the request') ??
    speaksNot(target, demands.languages, 'the route') ??
    speaksNot(target, options.languages, 'the request') ??
    wordless(candidate) ??
    (isFallback(candidate, situation) ? unfitFallback(candidate, situation) : undefined)
  );
}

type Demander = 'the route' | 'the request';

function wordless({ target: { lacksWords } }: Candidate): Ineligibility | undefined {
  return lacksWords === undefined ? undefined : { reason: 'prompt-missing', detail: lacksWords };
}

/** Where data may go is a promise to third parties: nothing passes for want of knowledge. */
function outside(target: Target, residency: readonly string[] | undefined, whose: Demander): Ineligibility | undefined {
  if (residency === undefined || (target.region !== undefined && residency.includes(target.region))) return undefined;
  const region = target.region === undefined ? 'no region is configured' : `its region is ${target.region}`;
  return { reason: 'residency', detail: `${whose} must stay in ${residency.join(', ')}; ${region}` };
}

function keepsTooLong(target: Target, most: number | undefined, whose: Demander): Ineligibility | undefined {
  const { retentionDays } = target;
  if (most === undefined || (retentionDays !== undefined && retentionDays <= most)) return undefined;
  const kept =
    retentionDays === undefined ? 'how long its host keeps it is not known' : `its host keeps it ${retentionDays} days`;
  const allowed = most === 0 ? 'must not be kept' : `may be kept ${most} ${most === 1 ? 'day' : 'days'}`;
  return { reason: 'retention', detail: `what ${whose} sends ${allowed}; ${kept}` };
}

/** A maker that names no languages is not held to any: most name none and speak many. */
function speaksNot(target: Target, wanted: readonly string[] | undefined, whose: Demander): Ineligibility | undefined {
  const { languages } = target;
  if (wanted === undefined || languages === undefined) return undefined;
  const missing = wanted.filter((tag) => !languages.some((named) => covers(named, tag)));
  if (missing.length === 0) return undefined;
  return {
    reason: 'language',
    detail: `${whose} wants ${wanted.join(', ')}; its maker does not name ${missing.join(', ')}`,
  };
}

/** `pt` covers `pt-BR`; `pt-BR` does not cover `pt-PT`, nor `pt` as a whole. */
function covers(named: string, wanted: string): boolean {
  const [a, b] = [named.toLowerCase(), wanted.toLowerCase()];
  return a === b || b.startsWith(`${a}-`);
}

/** What is asked of fallbacks alone: the primary is what they are compared with. A pin is the caller's own choice. */
function unfitFallback(candidate: Candidate, situation: Situation): Ineligibility | undefined {
  if (situation.options.pin !== undefined) return undefined;
  return lowerTier(candidate, situation) ?? withoutParity(candidate, situation);
}

function lowerTier(candidate: Candidate, { route, primaryRank }: Situation): Ineligibility | undefined {
  if (route.demands.tier === 'any') return undefined;
  const { target } = candidate.target;
  const primary = route.targets[primaryRank]?.target;
  if (primary?.tier === undefined || target.tier === undefined || !isBelow(target.tier, primary.tier)) return undefined;
  if (modelIdentity(target) === modelIdentity(primary)) return undefined;
  return { reason: 'tier', detail: `it is ${target.tier}, and the primary is ${primary.tier}` };
}

function withoutParity(candidate: Candidate, situation: Situation, served?: string): Ineligibility | undefined {
  const { mode } = situation.route.demands.parity;
  if (mode === 'none') return undefined;
  const { verdict, because } = parityOf(candidate, situation, served);
  const reason = parityReason(verdict);
  // Words that are the primary's alone are no question of quality: nobody else can be told them.
  if (reason === undefined || (mode === 'tolerant' && verdict !== 'primary-only')) return undefined;
  return { reason, detail: because };
}

/**
 * Why a fallback that was eligible when the request was planned is not asked after all, or its answer not given: evidence
 * ends, and is revoked, while requests wait. `served`: what its answer calls its model.
 */
export function parityLost(candidate: Candidate, situation: Situation, served?: string): Ineligibility | undefined {
  const { route, options } = situation;
  if (route.demands.parity.mode === 'none' || options.pin !== undefined || !isFallback(candidate, situation))
    return undefined;
  return withoutParity(candidate, situation, served);
}

/** Why a tolerant route's fallback is below what the route promises, though it may serve; undefined where it is not. */
export function toleratedParity(
  candidate: Candidate,
  situation: Situation,
): Exclude<ParityReason, 'prompt-missing'> | undefined {
  const { route, options } = situation;
  if (route.demands.parity.mode !== 'tolerant' || options.pin !== undefined || !isFallback(candidate, situation))
    return undefined;
  const reason = parityReason(parityOf(candidate, situation).verdict);
  return reason === 'prompt-missing' ? undefined : reason;
}
