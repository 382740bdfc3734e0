import type { Candidate, Situation } from '../../src/engine/eligibility.ts';
import { needsOf } from '../../src/engine/needs.ts';
import { operatorsWord } from '../../src/engine/parity.ts';
import { UNLEARNED_MARGIN } from '../../src/engine/token-factor.ts';
import { type Capabilities, UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import { chatRequest, route, routeTarget } from './engine-kit.ts';

/** `alpha/one` as a candidate, of which nobody knows anything unless told. */
export function candidate(over: Partial<Candidate> & { region?: string; capabilities?: Capabilities } = {}): Candidate {
  const { region, capabilities = UNKNOWN_CAPABILITIES, ...rest } = over;
  const target = routeTarget('alpha/one', { of: { capabilities, ...(region !== undefined && { region }) } });
  return { target, rank: 0, learnedWindow: undefined, tokens: { factor: 1, margin: UNLEARNED_MARGIN }, ...rest };
}

/** A request to a route of two targets that asks for nothing. */
export function situation(request = chatRequest(), over: Partial<Situation> = {}): Situation {
  return {
    route: route([routeTarget('alpha/one'), routeTarget('beta/two')]),
    options: request.options,
    needs: needsOf(request),
    primaryRank: 0,
    parity: operatorsWord(() => 0),
    firstContentMs: () => undefined,
    ...over,
  };
}
