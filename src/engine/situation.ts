import type { RequestOptions } from '../model/chat-request.ts';
import type { Candidate, Situation } from './eligibility.ts';
import type { Lanes } from './lanes.ts';
import type { Needs } from './needs.ts';
import type { Parity } from './parity.ts';
import type { Clock, PriceUsage } from './ports.ts';
import type { Route, RouteTarget } from './route.ts';
import type { Spending } from './spending.ts';

/** What deciding who may serve needs of the engine. */
export interface SituationDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly lanes: Lanes;
  readonly price: PriceUsage;
  readonly parity: Parity;
  readonly spending: Spending;
}

/** One request, as far as it decides who may serve it. */
export interface SituationOrder {
  readonly route: Route;
  readonly needs: Needs;
  readonly options: RequestOptions;
  readonly caller: string | undefined;
  /** A whole answer is waited for: the first content comes with the last. */
  readonly stream: boolean;
  /** Sampling and reasoning that it states, in canonical form; absent where nobody compares them. */
  readonly parameters?: string | undefined;
  /** The targets with what they are told, where that is more than the route has for them. */
  readonly told?: readonly RouteTarget[];
}

/** What decides who may serve a request as things stand now. Parts of it that no rule of the route asks for are not made. */
export function situationOf(order: SituationOrder, deps: SituationDeps): Situation {
  const { route, needs, options } = order;
  const primaryRank = primaryRankOf(route);
  const purse = deps.spending.purse(
    { route, needs, primaryRank, caller: order.caller, tags: options.tags },
    {
      price: deps.price,
      now: () => deps.clock.now(),
      outageOf: (target) => deps.lanes.find(target.lane)?.outageSince(deps.clock.now()),
    },
  );
  const measured = order.stream && route.demands.maxFirstContentMs !== undefined;
  return {
    route,
    options,
    needs,
    primaryRank,
    parity: deps.parity,
    primaryPrompt: (order.told ?? route.targets)[primaryRank]?.prompt?.version,
    ...(order.parameters !== undefined && { parameters: order.parameters }),
    ...(purse && { purse }),
    firstContentMs: measured ? (candidate) => medianOf(candidate, deps) : unmeasured,
  };
}

/** In a cascade the cheap ones come first, and the last is the one whose answers are wanted. */
export function primaryRankOf({ policy, targets }: Route): number {
  return policy.kind === 'cascade' ? targets.length - 1 : 0;
}

function unmeasured(): undefined {
  return undefined;
}

function medianOf(candidate: Candidate, { lanes, clock }: SituationDeps): number | undefined {
  return lanes.find(candidate.target.target.lane)?.latency.firstContentMs(0.5, clock.now());
}
