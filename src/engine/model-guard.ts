import type { ChatEvent } from '../model/chat-event.ts';
import type { Fault } from '../model/fault.ts';
import type { Branch } from './branch.ts';
import { isFallback, parityLost } from './demand-checks.ts';
import type { Candidate } from './eligibility.ts';

/** Longest name of a model that is kept, in characters. */
const MAX_MODEL_CHARS = 200;

/** Looks at the events of an attempt before they go any further: the fault where they must not. */
export type ModelGuard = (events: readonly ChatEvent[], mayRefuse: boolean) => Fault | undefined;

/**
 * Hears what the answer of a fallback calls its model, before any of it goes to the caller: an alias that was moved to
 * another snapshot is noticed by the first answer that tells so, and a strict route does not serve that answer either.
 * Undefined where the route asks for no parity, and nothing is looked at.
 */
export function modelGuard({ state }: Branch, candidate: Candidate): ModelGuard | undefined {
  const { situation } = state;
  if (situation.route.demands.parity.mode === 'none' || situation.options.pin !== undefined) return undefined;
  if (!isFallback(candidate, situation)) return undefined;
  const { id } = candidate.target.target;
  let heard = false;
  return (events, mayRefuse) => {
    const told = heard ? undefined : modelIn(events);
    if (told === undefined) return undefined;
    heard = true;
    const model = modelName(told, state.deps.redact);
    state.deps.parity.reported(id, model);
    const lost = mayRefuse ? parityLost(candidate, situation, model) : undefined;
    return lost && { kind: 'unproven-model', message: `${lost.reason}: ${lost.detail}` };
  };
}

/** A name as it may be shown and kept: providers choose it. */
export function modelName(told: string, redact: (text: string) => string): string {
  return redact(told.length > MAX_MODEL_CHARS ? told.slice(0, MAX_MODEL_CHARS) : told);
}

function modelIn(events: readonly ChatEvent[]): string | undefined {
  for (const event of events) if (event.type === 'start' && event.model !== undefined) return event.model;
  return undefined;
}
