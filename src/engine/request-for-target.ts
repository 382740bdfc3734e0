import type { ChatRequest } from '../model/chat-request.ts';
import { stateOrigin } from '../model/state-origin.ts';
import { type BoundRequest, bindState, withoutState } from './bind-state.ts';
import type { OpaqueMemory } from './opaque-memory.ts';
import { applyPrompt } from './prompt-adjustment.ts';
import type { RouteTarget } from './route.ts';

/** Whose request it is, and what is remembered of the conversation. */
export interface RequestContext {
  /** Name of the caller; empty where none is required. */
  readonly caller: string;
  readonly memory: OpaqueMemory;
  /** By dialect, who is taken for the maker of state that nobody remembers. */
  readonly presumed: ReadonlyMap<string, string>;
  /** Who has refused the state that it was sent. */
  readonly refusedBy: ReadonlySet<string>;
  readonly now: number;
}

/** The request as this target, and nobody else, is to get it: state of others left out, the route's words for it put in. */
export function requestForTarget(request: ChatRequest, to: RouteTarget, context: RequestContext): BoundRequest {
  const origin = stateOrigin(to.target);
  const bound = context.refusedBy.has(origin)
    ? withoutState(request)
    : bindState(request, { ...context, origin, sameDialect: request.dialect === to.target.dialect });
  return { request: applyPrompt(bound.request, to.prompt), losses: bound.losses };
}
