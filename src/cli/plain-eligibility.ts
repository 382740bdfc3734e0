import type { ResolvedConfig } from '../config/resolved-config.ts';
import { type Candidate, type Eligibility, eligibilityOf } from '../engine/eligibility.ts';
import type { Needs } from '../engine/needs.ts';
import type { Parity } from '../engine/parity.ts';
import { targetsTold } from '../engine/prompts.ts';
import type { Route } from '../engine/route.ts';
import { primaryRankOf } from '../engine/situation.ts';
import { Spending } from '../engine/spending.ts';
import { UNLEARNED_MARGIN } from '../engine/token-factor.ts';
import * as tables from '../providers/price-table.ts';
import { createPricing } from '../providers/pricing.ts';

/** A short question and a short answer: what no route refuses for its size. */
const PLAIN_TOKENS = 1_000;
const PLAIN: Needs = {
  abilities: new Set(),
  requirements: [],
  measure: {
    get: () => ({ textTokens: PLAIN_TOKENS, images: [], pdfPages: 0, audioSeconds: 0 }),
    ceiling: PLAIN_TOKENS,
    maxOutputTokens: PLAIN_TOKENS,
    thinkingTokens: 0,
  },
};

/** Whether each target of a route may serve a short plain request by the configuration alone; nothing is known of its health. */
export function plainEligibility(
  route: Route,
  config: ResolvedConfig,
  { parity, wallNow }: { readonly parity: Parity; readonly wallNow: number },
): readonly Eligibility[] {
  const primaryRank = primaryRankOf(route);
  const told = targetsTold(route, { prompts: config.prompts, wallNow });
  const price = createPricing({
    knownName: (name) => config.providers.get(name)?.known,
    overrides: config.prices,
    tables,
  });
  const purse = new Spending().purse(
    { route, primaryRank, caller: undefined, tags: undefined, needs: PLAIN },
    { price, now: () => 0, outageOf: () => undefined },
  );
  const situation = {
    route,
    options: {},
    needs: PLAIN,
    primaryRank,
    parity,
    primaryPrompt: told[primaryRank]?.prompt?.version,
    purse,
    firstContentMs: () => undefined,
  };
  return told.map((target, rank) => {
    const candidate: Candidate = {
      target,
      rank,
      learnedWindow: undefined,
      tokens: { factor: 1, margin: UNLEARNED_MARGIN },
    };
    return eligibilityOf(candidate, situation);
  });
}

/** What an operator should know of what a route asks. */
export function demandWarnings({ name, demands }: Route): string[] {
  const { parity } = demands;
  if (parity.mode === 'none') return [];
  return parity.accepted
    .filter(({ until }) => until === undefined)
    .map(({ target }) => `route "${name}" takes an operator's word for ${target} that has no end: write \`until\``);
}
