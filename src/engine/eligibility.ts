import type { CapabilityName } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { DIALECT_LACKS, type Requirement } from '../model/requirement.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import type { Lane } from './lane.ts';
import { holderOf, requirementsOf, type Unmet, unmetBy } from './requirements.ts';
import type { RouteTarget } from './route.ts';
import { LazyMeasure } from './token-estimate.ts';
import type { FactorSnapshot } from './token-factor.ts';
import { windowFit } from './window-fit.ts';

/** Why a target may not serve a request, whatever its health. */
export type Ineligibility = {
  readonly reason:
    | Unmet['reason']
    | 'capability(embeddings)'
    | 'context-window'
    | 'other-model'
    | 'residency'
    | 'pinned-elsewhere'
    | 'quality-strict';
  readonly detail: string;
  /** The caller's field that asks for what the target does not have, where there is one. */
  readonly field?: string;
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

/** What a request needs of whoever serves it, worked out once a request. */
export interface Needs {
  readonly abilities: ReadonlySet<CapabilityName>;
  /** What its fields and messages ask for, each with who is taken to hold it. */
  readonly requirements: readonly { readonly requirement: Requirement; readonly holder: string | undefined }[];
  readonly measure: LazyMeasure;
  /** The model whose vectors are wanted, where embeddings are: no other model's can stand beside them. */
  readonly vectorsOf?: Target;
}

/** `targets`: of the route, in its order; they tell who holds what the request knows by an id alone. */
export function needsOf(request: ChatRequest, targets: readonly RouteTarget[] = []): Needs {
  const abilities = new Set<CapabilityName>();
  if (request.stream) abilities.add('streaming');
  if (request.tools.length > 0 && request.toolChoice?.kind !== 'none') abilities.add('tools');
  for (const message of request.messages) for (const part of message.parts) addNeeds(part, abilities);
  const inOrder = targets.map(({ target }) => target);
  // Whoever pins a request knows where its files are.
  const holder = (requirement: Requirement) =>
    request.options.pin === undefined ? holderOf(requirement, inOrder) : undefined;
  const requirements = requirementsOf(request).map((requirement) => ({ requirement, holder: holder(requirement) }));
  const [primary] = inOrder;
  return {
    abilities,
    requirements,
    measure: new LazyMeasure(request),
    ...(request.dialect === 'openai-embeddings' && primary && { vectorsOf: primary }),
  };
}

function addNeeds(part: Part, abilities: Set<CapabilityName>): void {
  switch (part.type) {
    case 'image':
      abilities.add('vision');
      return;
    case 'audio':
      abilities.add('audio');
      return;
    case 'file':
      abilities.add('pdf');
      return;
    case 'tool-call':
      abilities.add('tools');
      return;
    case 'tool-result':
      abilities.add('tools');
      for (const piece of part.content) addNeeds(piece, abilities);
      return;
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'foreign':
      return;
  }
}

/**
 * Whether a target may serve a request: a pure function of both. Undefined means yes.
 *
 * An unknown ability passes: a model that nobody catalogued must just work. Structured output is not asked for here,
 * because every target has some means of it and the answer is validated whatever the means.
 */
export function ineligibility(candidate: Candidate, request: ChatRequest, needs: Needs): Ineligibility | undefined {
  const { target } = candidate.target;
  const { pin, residency, quality } = request.options;
  if (pin !== undefined && pin !== target.id)
    return { reason: 'pinned-elsewhere', detail: `the request is pinned to ${pin}` };
  if (residency !== undefined && (target.region === undefined || !residency.includes(target.region))) {
    const region = target.region === undefined ? 'no region is configured' : `its region is ${target.region}`;
    return { reason: 'residency', detail: `the request must stay in ${residency.join(', ')}; ${region}` };
  }
  if (quality === 'strict' && candidate.rank > 0 && pin === undefined) {
    return { reason: 'quality-strict', detail: 'the request refuses degraded answers' };
  }
  return otherVectors(target, needs.vectorsOf) ?? incapable(candidate, needs) ?? tooLong(candidate, needs);
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

function incapable(candidate: Candidate, needs: Needs): Ineligibility | undefined {
  const { target } = candidate.target;
  for (const { requirement, holder } of needs.requirements) {
    const unmet = unmetBy(target, requirement, holder);
    if (unmet) return unmet;
  }
  for (const ability of needs.abilities) {
    if (DIALECT_LACKS[target.dialect].includes(ability)) {
      return { reason: `capability(${ability})`, detail: `${target.dialect} has no words for it` };
    }
    if (target.capabilities.abilities[ability] === 'no') {
      return { reason: `capability(${ability})`, detail: `${target.model} is known not to have it` };
    }
  }
  return undefined;
}

/** Only what is too long by more than the margin: whatever may fit is counted, or tried. */
function tooLong(candidate: Candidate, needs: Needs): Ineligibility | undefined {
  const fit = windowFit(candidate, needs);
  if (fit.kind !== 'too-long') return undefined;
  const detail = `about ${fit.inputTokens} tokens of input (estimated), and there is room for ${Math.max(0, fit.room)}`;
  return { reason: 'context-window', detail };
}
