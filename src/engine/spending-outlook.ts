import type { Candidate } from './eligibility.ts';
import type { PeakLoad } from './headroom-outlook.ts';
import { ASSUMED_OUTPUT_TOKENS } from './purse.ts';
import type { Route } from './route.ts';
import type { RunState } from './run-state.ts';
import type { StatedNeeds } from './stated-needs.ts';
import { estimatedInput, outputTokens } from './window-fit.ts';

/** Input that is assumed where nobody said how much there is. */
export const ASSUMED_INPUT_TOKENS = 1_000;

/** What a thousand requests cost at a target. */
export interface CostOutlook {
  /** Tokens of one request that the price is for. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null where the price is not known. */
  readonly perThousandUsd: number | null;
  /** Times what the primary costs; null where one of the two prices is not known. */
  readonly multiple: number | null;
}

/** What a budget would come to if a target carried the primary's peak. US dollars. */
export interface BudgetOutlook {
  readonly name: 'an hour' | 'a day' | 'an incident';
  readonly limitUsd: number;
  /** What an hour, a day, or an hour of the outage beyond the primary's own price would cost; null where that is not known. */
  readonly wouldCostUsd: number | null;
  /** Minutes after which nothing is left of it, beginning with nothing spent; null where it would last. */
  readonly lastsMinutes: number | null;
}

const MINUTES = { 'an hour': 60, 'a day': 1_440 } as const;

/** The cost of a request with these needs, by candidate. */
export function costsOf(state: RunState, stated: StatedNeeds): (candidate: Candidate) => CostOutlook | undefined {
  const primary = state.candidates[state.situation.primaryRank];
  const of = (candidate: Candidate) => {
    const input = stated.inputTokens === undefined ? ASSUMED_INPUT_TOKENS : estimatedInput(candidate, state.needs);
    const output = stated.outputTokens === undefined ? ASSUMED_OUTPUT_TOKENS : outputTokens(candidate, state.needs);
    const usd = state.deps.price(candidate.target.target, { inputTokens: input, outputTokens: output });
    return { inputTokens: input, outputTokens: output, usd };
  };
  const asPrimary = primary && of(primary).usd;
  return (candidate) => {
    const { usd, ...tokens } = of(candidate);
    const multiple = usd === undefined || !asPrimary ? null : usd / asPrimary;
    return { ...tokens, perThousandUsd: usd === undefined ? null : usd * 1_000, multiple };
  };
}

interface Load {
  readonly peak: PeakLoad | undefined;
  readonly primary: CostOutlook | null | undefined;
  readonly serving: CostOutlook | null | undefined;
}

/** Every budget of the route. What a caller's own key may spend is refused with the request, and not foreseen here. */
export function budgetsOf(route: Route, { peak, primary, serving }: Load): BudgetOutlook[] {
  const { perHourUsd, perDayUsd, perIncidentUsd } = route.demands.spending ?? {};
  const perMinute = usdPerMinute(peak, serving);
  const asPrimary = usdPerMinute(peak, primary);
  const extra = perMinute === undefined || asPrimary === undefined ? undefined : Math.max(0, perMinute - asPrimary);
  return [
    ...(perHourUsd === undefined ? [] : [budget('an hour', perHourUsd, perMinute)]),
    ...(perDayUsd === undefined ? [] : [budget('a day', perDayUsd, perMinute)]),
    ...(perIncidentUsd === undefined ? [] : [budget('an incident', perIncidentUsd, extra)]),
  ];
}

function usdPerMinute(peak: PeakLoad | undefined, cost: CostOutlook | null | undefined): number | undefined {
  if (!peak || cost?.perThousandUsd === null || cost?.perThousandUsd === undefined) return undefined;
  return (peak.attempts * cost.perThousandUsd) / 1_000;
}

function budget(name: BudgetOutlook['name'], limitUsd: number, perMinute: number | undefined): BudgetOutlook {
  if (perMinute === undefined) return { name, limitUsd, wouldCostUsd: null, lastsMinutes: null };
  const minutes = name === 'an incident' ? undefined : MINUTES[name];
  const lasts = perMinute === 0 ? Number.POSITIVE_INFINITY : limitUsd / perMinute;
  // The budget of an incident has no end at which it would be full again.
  const runsOut = minutes === undefined ? lasts < Number.POSITIVE_INFINITY : lasts < minutes;
  return {
    name,
    limitUsd,
    wouldCostUsd: perMinute * (minutes ?? MINUTES['an hour']),
    lastsMinutes: runsOut ? lasts : null,
  };
}
