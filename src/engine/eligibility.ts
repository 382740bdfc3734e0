import type { CapabilityName } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { ESTIMATE_TRUST } from './engine-defaults.ts';
import type { RouteTarget } from './route.ts';
import { estimateTokens } from './token-estimate.ts';

/** Why a target may not serve a request, whatever its health. */
export type Ineligibility = {
  readonly reason:
    | `capability(${CapabilityName})`
    | 'context-window'
    | 'residency'
    | 'pinned-elsewhere'
    | 'quality-strict';
  readonly detail: string;
};

export interface Candidate {
  readonly target: RouteTarget;
  /** Position in the route; 0 is the primary. */
  readonly rank: number;
  /** Tokens learned from the lane, if any. */
  readonly learnedWindow: number | undefined;
}

/** What a request needs of whoever serves it, worked out once a request. */
export interface Needs {
  readonly abilities: ReadonlySet<CapabilityName>;
  readonly tokens: number;
}

export function needsOf(request: ChatRequest): Needs {
  const abilities = new Set<CapabilityName>();
  if (request.tools.length > 0 && request.toolChoice?.kind !== 'none') abilities.add('tools');
  for (const message of request.messages) for (const part of message.parts) addNeeds(part, abilities);
  return { abilities, tokens: estimateTokens(request) };
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
  for (const ability of needs.abilities) {
    if (target.capabilities.abilities[ability] === 'no') {
      return { reason: `capability(${ability})`, detail: `${target.model} is known not to have it` };
    }
  }
  return tooLong(candidate, needs.tokens);
}

/** The smaller of what the catalogue says and what the lane has learned; undefined when neither knows. */
export function windowOf(candidate: Candidate): number | undefined {
  const known = candidate.target.target.capabilities.contextWindow;
  const learned = candidate.learnedWindow;
  if (known === undefined || learned === undefined) return known ?? learned;
  return Math.min(known, learned);
}

function tooLong(candidate: Candidate, tokens: number): Ineligibility | undefined {
  const window = windowOf(candidate);
  if (window === undefined || tokens * ESTIMATE_TRUST <= window) return undefined;
  return { reason: 'context-window', detail: `about ${tokens} tokens (estimated) against a window of ${window}` };
}
