import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import type { Branch } from './branch.ts';
import type { Candidate, Ineligibility } from './eligibility.ts';
import { requestForTarget } from './request-for-target.ts';
import type { RunState } from './run-state.ts';

/** The caller takes what the route promises, or an error. */
export function isStrict({ order }: RunState): boolean {
  return order.request.options.quality === 'strict';
}

/** Why a strict caller's request is not sent to a target: it could not be told all that matters. Nothing was sent yet. */
export function lossyRequest(state: RunState, candidate: Candidate): Ineligibility | undefined {
  if (!isStrict(state)) return undefined;
  const { deps, order } = state;
  const { target } = candidate.target;
  const made = requestForTarget(order.request, candidate.target, state.requestContext);
  const encoded = deps.dialects.target(target.dialect).encodeRequest(made.request, {
    target,
    newId: () => deps.chance.newId(),
  });
  const lost = [...made.losses, ...encoded.losses].filter(({ matters }) => matters);
  if (lost.length === 0) return undefined;
  return { reason: 'quality-strict', detail: `the request refuses degraded answers, and ${told(lost)}` };
}

/** The same of an answer of which nothing went to its caller yet: what is lost of it is told as a broken contract. */
export function lossyAnswer({ state, delivery, answerLosses }: Branch): Fault | undefined {
  if (!isStrict(state) || delivery.committed) return undefined;
  const lost = answerLosses.list.filter(({ matters }) => matters);
  if (lost.length === 0) return undefined;
  return { kind: 'contract-broken', message: `the request refuses degraded answers, and ${told(lost)}` };
}

function told(losses: readonly Loss[]): string {
  return losses
    .map(({ field, why }) => `${field} ${why}`)
    .join('; ')
    .slice(0, 400);
}
