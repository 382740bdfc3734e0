import {
  DEGRADED_REASONS,
  DEGRADED_SEVERITY,
  type DegradedAnswer,
  type DegradedReason,
  type DegradedSeverity,
  type Notice,
} from '../model/summary.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import { acceptedLanguages, textFor } from '../quality/localised.ts';
import { toleratedParity } from './demand-checks.ts';
import { isBelow } from './demands.ts';
import type { Candidate } from './eligibility.ts';
import { parityOf } from './parity-question.ts';
import type { RunState } from './run-state.ts';

/** What of the answer that is served now is below what its route promises; undefined where nothing is. */
export function degradationOf(state: RunState): DegradedAnswer | undefined {
  const reasons = reasonsOf(state);
  if (reasons === undefined) return undefined;
  const sorted = byGravity(state, reasons);
  const [gravest = 'adapted'] = sorted;
  const severity = severityOf(state, gravest);
  const parity = shownParity(state);
  const notice = severity === 'substantial' ? noticeOf(state) : undefined;
  return {
    reason: gravest,
    cause: causeOf(state, gravest),
    primary: state.primary,
    severity,
    reasons: sorted,
    ...(parity !== undefined && { parity }),
    ...(notice && { notice }),
  };
}

/** The healthy path leaves here with nothing made. */
function reasonsOf(state: RunState): DegradedReason[] | undefined {
  if (state.prepared) return ['static'];
  const { serving } = state;
  if (!serving) return undefined;
  const fallback = state.isFallback(serving.candidate);
  const tolerated = toleratedParity(serving.candidate, state.situation);
  const adapted = state.losesWhatMatters;
  if (!fallback && !adapted && tolerated === undefined && state.settledFor === undefined && !state.branch.switched) {
    return undefined;
  }
  const reasons: DegradedReason[] = [];
  if (state.branch.switched) reasons.push('switched');
  if (state.settledFor !== undefined) reasons.push('unconfident');
  if (tolerated !== undefined) reasons.push(tolerated);
  if (fallback) reasons.push('fallback', ...besidePrimary(state, serving.candidate));
  if (adapted) reasons.push('adapted');
  return reasons;
}

/** What the target of a fallback is less than the primary's. A place that nobody states is not known to be the same. */
function besidePrimary(state: RunState, { target: { target } }: Candidate): DegradedReason[] {
  const primary = state.candidates[state.primaryRank]?.target.target;
  if (!primary) return [];
  return [
    ...(isLower(target, primary) ? (['lower-tier'] as const) : []),
    ...(primary.region !== undefined && target.region !== primary.region ? (['other-region'] as const) : []),
  ];
}

function isLower(target: Target, primary: Target): boolean {
  if (target.tier === undefined || primary.tier === undefined || !isBelow(target.tier, primary.tier)) return false;
  return modelIdentity(target) !== modelIdentity(primary);
}

function severityOf({ order }: RunState, reason: DegradedReason): DegradedSeverity {
  return order.route.degraded?.substantial.includes(reason) ? 'substantial' : DEGRADED_SEVERITY[reason];
}

function byGravity(state: RunState, reasons: readonly DegradedReason[]): DegradedReason[] {
  const sorted = DEGRADED_REASONS.filter((reason) => reasons.includes(reason));
  const grave = sorted.filter((reason) => severityOf(state, reason) === 'substantial');
  return [...grave, ...sorted.filter((reason) => !grave.includes(reason))];
}

function causeOf(state: RunState, reason: DegradedReason): string {
  switch (reason) {
    case 'static':
      return state.prepared?.code ?? '';
    case 'unconfident':
      return state.settledFor ?? '';
    case 'adapted':
      return state.losses.flatMap((loss) => (loss.matters ? [loss.field] : [])).join(', ');
    case 'parity-failed':
    case 'parity-stale':
    case 'parity-missing':
      return state.primaryCause ?? reason;
    case 'switched':
    case 'lower-tier':
    case 'fallback':
    case 'other-region':
      return state.whyNotPrimary;
  }
}

/** Words that are the primary's alone keep a fallback from serving, so that no verdict is told of them. */
function shownParity(state: RunState): DegradedAnswer['parity'] {
  const { serving, order, situation } = state;
  const asked = order.route.demands.parity.mode !== 'none' && !state.prepared;
  if (!serving || !asked || serving.candidate.rank === state.primaryRank) return undefined;
  const { verdict } = parityOf(serving.candidate, situation);
  return verdict === 'primary-only' ? undefined : verdict;
}

function noticeOf({ order }: RunState): Notice | undefined {
  const notice = order.route.degraded?.notice;
  return notice && { ...textFor(notice.texts, readersLanguages(order)), inText: notice.inText };
}

/** What the caller says that its reader reads, the most wanted first. */
export function readersLanguages({ request, acceptLanguage }: RunState['order']): readonly string[] {
  const { languages = [] } = request.options;
  return acceptLanguage === undefined ? languages : [...languages, ...acceptedLanguages(acceptLanguage)];
}
