import type { AcceptedTarget, ParityRule, RouteDemands, RouteSpending, UseLimits } from '../engine/demands.ts';
import { ELIGIBILITY_DEFAULTS } from './defaults.ts';
import type { EligibilityConfig, ParityConfig } from './schema-eligibility.ts';
import type { KeyConfig } from './schema-server.ts';

/** What a route asks of whoever serves it. `auto`: part of its chain was chosen from the catalogue. */
export function resolveDemands(written: EligibilityConfig, auto: boolean): RouteDemands {
  const { residency, retention, languages, maxFirstContent, spend, rate } = written;
  return {
    ...(residency && { residency }),
    ...(retention !== undefined && { maxRetentionDays: daysOf(retention) }),
    ...(languages && { languages }),
    tier: auto ? 'same-or-better' : (written.tier ?? ELIGIBILITY_DEFAULTS.tier),
    ...(maxFirstContent !== undefined && { maxFirstContentMs: maxFirstContent }),
    parity: parityRule(written.parity ?? ELIGIBILITY_DEFAULTS.parity),
    ...(spend && { spending: routeSpending(spend) }),
    ...(rate && { rate }),
  };
}

/** Days as a number; `none` is 0. */
export function daysOf(retention: number | 'none'): number {
  return retention === 'none' ? 0 : retention;
}

function parityRule(written: ParityConfig): ParityRule {
  const { mode, allowUnknown, accepted, parameters } = typeof written === 'string' ? { mode: written } : { ...written };
  const words = (accepted ?? []).map(
    ({ target, until, reason }): AcceptedTarget => ({
      target,
      reason,
      ...(until !== undefined && { until: endOf(until) }),
    }),
  );
  const compared = parameters ?? ELIGIBILITY_DEFAULTS.parityParameters;
  const evidence = { accepted: words, ...(compared === 'any' && { parameters: compared }) };
  switch (mode) {
    case 'none':
      return { mode };
    case 'tolerant':
      return { mode, ...evidence };
    case 'strict':
      return { mode, ...evidence, allowUnknown: allowUnknown ?? ELIGIBILITY_DEFAULTS.allowUnknown };
  }
}

const DAY_MS = 86_400_000;

/** Milliseconds since 1970 at which a word ends: a day holds to its last moment. NaN for a day that is in no calendar. */
export function endOf(until: string): number {
  const at = Date.parse(until);
  return until.includes('T') ? at : at + DAY_MS;
}

function routeSpending(spend: NonNullable<EligibilityConfig['spend']>): RouteSpending {
  const { perIncident, maxCostMultiple } = spend;
  return {
    ...budgets(spend),
    ...(perIncident !== undefined && { perIncidentUsd: perIncident }),
    ...(maxCostMultiple !== undefined && { maxCostMultiple }),
    unknownPrice: spend.unknownPrice ?? ELIGIBILITY_DEFAULTS.unknownPrice,
  };
}

function budgets({ perHour, perDay }: { perHour?: number | undefined; perDay?: number | undefined }) {
  return { ...(perHour !== undefined && { perHourUsd: perHour }), ...(perDay !== undefined && { perDayUsd: perDay }) };
}

/** What one caller or one tag may use, as written. */
type UseConfig = { readonly name: string } & Pick<KeyConfig, 'spend' | 'rate'>;

/** What may be used, by the names of those who use it; only those with a limit. */
export function resolveUseLimits(written: readonly UseConfig[]): Map<string, UseLimits> {
  const limits = new Map<string, UseLimits>();
  for (const { name, spend, rate } of written) {
    if (!spend && !rate) continue;
    const unknownPrice = spend?.unknownPrice ?? ELIGIBILITY_DEFAULTS.unknownPrice;
    limits.set(name, { ...(spend && { spending: { ...budgets(spend), unknownPrice } }), ...(rate && { rate }) });
  }
  return limits;
}
