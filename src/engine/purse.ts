import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import type { RouteSpending, SpendLimits } from './demands.ts';
import type { Candidate, Ineligibility } from './eligibility.ts';
import type { IncidentSpending } from './incident-spending.ts';
import type { Needs } from './needs.ts';
import type { PriceUsage } from './ports.ts';
import type { AttemptState } from './record.ts';
import type { Route } from './route.ts';
import type { SpendWindow } from './spend-window.ts';
import type { UsedUp } from './spending.ts';
import { estimatedInput, outputTokens } from './window-fit.ts';

/** What an attempt came to. */
export interface Bill {
  readonly state: AttemptState;
  readonly costUsd: number | undefined;
  readonly usage: Usage;
}

/** Nothing was sent after all. */
export const UNSENT: Bill = { state: 'free', costUsd: 0, usage: {} };

/** Money set aside for one attempt. Settled once; what is never settled counts as spent. */
export interface Reservation {
  settle(bill: Bill): void;
}

/** What one request may still cost. */
export interface Purse {
  /** Why a candidate would cost too much now; changes nothing. */
  refusal(candidate: Candidate): Ineligibility | undefined;
  /** The same, and sets the estimate aside where there is no objection: between asking and setting aside nobody else gets in. */
  reserve(candidate: Candidate): { readonly refusal: Ineligibility } | { readonly reservation: Reservation };
}

/** What a purse is made for. */
export interface PurseOrder {
  readonly route: Route;
  /** Position of the target that the others are compared with. */
  readonly primaryRank: number;
  readonly caller: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly needs: Needs;
}

/** What spending needs of the engine. */
export interface SpendingDeps {
  readonly price: PriceUsage;
  now(): number;
  /** Monotonic moment at which the breaker of the target's lane left `closed`; undefined while it is closed. */
  outageOf(target: Target): number | undefined;
}

/** Output assumed where the caller set no limit: more than most answers have. */
export const ASSUMED_OUTPUT_TOKENS = 1_000;

/** Whose money it is, and what was spent of it. */
export interface Scope {
  readonly name: string;
  readonly limits: SpendLimits;
  readonly hour: SpendWindow;
  readonly day: SpendWindow;
  /** Tells the other processes what was spent of it; absent where this process serves alone. */
  readonly tell?: ((usd: number) => void) | undefined;
}

/** What a purse draws on. */
export interface PurseParts extends PurseOrder {
  readonly scopes: readonly Scope[];
  readonly incident: IncidentSpending | undefined;
  /** The same of what an outage has cost; `lane`: the primary's. */
  readonly tellIncident?: ((lane: string, usd: number) => void) | undefined;
  readonly spending: RouteSpending | undefined;
  readonly unknownIsRefused: boolean;
  readonly deps: SpendingDeps;
}

/** The purse of one request: the budgets of its route, its caller and its tags, and that of the outage. */
export class RequestPurse implements Purse {
  readonly #parts: PurseParts;

  constructor(parts: PurseParts) {
    this.#parts = parts;
  }

  refusal(candidate: Candidate): Ineligibility | undefined {
    const { spending } = this.#parts;
    const costUsd = this.#estimate(candidate, candidate.target.target);
    const limited = this.#parts.scopes.some(({ limits }) => hasLimit(limits));
    if (costUsd === undefined && limited && this.#parts.unknownIsRefused)
      return unpriced('budget', candidate.target.target);
    return (
      (spending && candidate.rank !== this.#parts.primaryRank
        ? this.#tooDear(candidate, spending, costUsd)
        : undefined) ?? this.#overBudget(costUsd ?? 0)
    );
  }

  reserve(candidate: Candidate): { readonly refusal: Ineligibility } | { readonly reservation: Reservation } {
    const refusal = this.refusal(candidate);
    return refusal ? { refusal } : { reservation: this.#setAside(candidate) };
  }

  /** Beside the primary: by the multiple of its price, and by what this outage has cost already. */
  #tooDear(candidate: Candidate, spending: RouteSpending, costUsd: number | undefined): Ineligibility | undefined {
    const { maxCostMultiple, perIncidentUsd } = spending;
    const primary = this.#primary;
    if (primary === undefined) return undefined;
    const asPrimary = this.#estimate(candidate, primary);
    const unknown = costUsd === undefined ? candidate.target.target : asPrimary === undefined ? primary : undefined;
    if (maxCostMultiple !== undefined) {
      if (unknown && this.#parts.unknownIsRefused) return unpriced('cost-multiple', unknown);
      if (costUsd !== undefined && asPrimary !== undefined && costUsd > asPrimary * maxCostMultiple)
        return tooManyTimes(costUsd, asPrimary, maxCostMultiple);
    }
    const { incident, deps } = this.#parts;
    const outage = incident && deps.outageOf(primary);
    if (perIncidentUsd === undefined || !incident || outage === undefined) return undefined;
    if (unknown && this.#parts.unknownIsRefused) return unpriced('budget', unknown);
    const extra = incident.spent(outage) + (costUsd ?? 0) - (asPrimary ?? 0);
    if (extra <= perIncidentUsd) return undefined;
    const detail = `this outage of ${primary.id} may cost ${dollars(perIncidentUsd)} more than the primary, and has cost ${dollars(incident.spent(outage))}`;
    return { reason: 'budget', detail };
  }

  #overBudget(costUsd: number): Ineligibility | undefined {
    const now = this.#parts.deps.now();
    for (const { name, limits, hour, day } of this.#parts.scopes) {
      const over =
        limitReached({ window: hour, limit: limits.perHourUsd, costUsd, now }, `${name}, an hour`) ??
        limitReached({ window: day, limit: limits.perDayUsd, costUsd, now }, `${name}, a day`);
      if (over) return { reason: 'budget', ...over };
    }
    return undefined;
  }

  #setAside(candidate: Candidate): Reservation {
    const { scopes, deps, incident } = this.#parts;
    const { target } = candidate.target;
    const estimate = this.#estimate(candidate, target) ?? 0;
    const at = deps.now();
    const uses = scopes.flatMap(({ hour, day }) =>
      [hour, day].map((window) => ({ window, startedAt: window.use(estimate, at) })),
    );
    const primary = this.#primary;
    const outage =
      incident && primary && candidate.rank !== this.#parts.primaryRank ? deps.outageOf(primary) : undefined;
    const extra = primary === undefined ? 0 : estimate - (this.#estimate(candidate, primary) ?? 0);
    this.#spent(estimate);
    if (incident && outage !== undefined) this.#incidentCost(outage, extra);
    return {
      settle: (bill) => {
        const costUsd = costOf(bill, estimate);
        const now = deps.now();
        for (const { window, startedAt } of uses) window.correct(costUsd - estimate, startedAt, now);
        this.#spent(costUsd - estimate);
        if (!incident || outage === undefined || primary === undefined) return;
        this.#incidentCost(outage, extraOf(bill, costUsd, deps.price(primary, bill.usage), extra) - extra);
      },
    };
  }

  #spent(usd: number): void {
    if (usd === 0) return;
    for (const { tell } of this.#parts.scopes) tell?.(usd);
  }

  #incidentCost(outage: number, usd: number): void {
    const { incident, tellIncident } = this.#parts;
    incident?.add(outage, usd);
    if (usd !== 0 && this.#primary) tellIncident?.(this.#primary.lane, usd);
  }

  get #primary(): Target | undefined {
    return this.#parts.route.targets[this.#parts.primaryRank]?.target;
  }

  /** What the request would cost at a target, by the candidate's estimate of its tokens; undefined where no price is known. */
  #estimate(candidate: Candidate, at: Target): number | undefined {
    const { needs, deps } = this.#parts;
    // Vectors have no output: their price is that of the input.
    const output = needs.vectorsOf ? 0 : outputTokens(candidate, needs) || ASSUMED_OUTPUT_TOKENS;
    return deps.price(at, { inputTokens: estimatedInput(candidate, needs), outputTokens: output });
  }
}

/** Nobody told the bill: the estimate stands. What never reached a model costs nothing. */
function costOf({ state, costUsd }: Bill, estimate: number): number {
  return state === 'free' ? 0 : (costUsd ?? estimate);
}

function extraOf(bill: Bill, costUsd: number, asPrimary: number | undefined, estimate: number): number {
  if (bill.state === 'free') return 0;
  return bill.costUsd === undefined || asPrimary === undefined ? estimate : costUsd - asPrimary;
}

function hasLimit({ perHourUsd, perDayUsd }: SpendLimits): boolean {
  return perHourUsd !== undefined || perDayUsd !== undefined;
}

interface Limited {
  readonly window: SpendWindow;
  readonly limit: number | undefined;
  readonly costUsd: number;
  readonly now: number;
}

function limitReached({ window, limit, costUsd, now }: Limited, whose: string): UsedUp | undefined {
  if (limit === undefined) return undefined;
  const used = window.used(now);
  if (used + costUsd <= limit) return undefined;
  const detail = `${whose}: ${dollars(used)} of ${dollars(limit)} are spent, and this would cost about ${dollars(costUsd)}`;
  // What is dearer than the whole budget does not fit into the next window either.
  return costUsd > limit ? { detail } : { detail, retryAfterMs: Math.ceil(window.resetsInMs(now)) };
}

function unpriced(reason: 'budget' | 'cost-multiple', target: Target): Ineligibility {
  return { reason, detail: `the price of ${target.id} is not known, and unknownPrice is refuse` };
}

function tooManyTimes(costUsd: number, asPrimary: number, most: number): Ineligibility {
  const times = asPrimary > 0 ? `${(costUsd / asPrimary).toFixed(1)} times` : 'infinitely many times';
  return { reason: 'cost-multiple', detail: `it costs ${times} what the primary does, and the route allows ${most}` };
}

function dollars(amount: number): string {
  return `$${amount.toFixed(amount !== 0 && Math.abs(amount) < 0.01 ? 6 : 2)}`;
}
