import { priceTablesFor } from './compose-prices.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { dialectKits } from './dialect-kits.ts';
import { Alerts } from './engine/alerts.ts';
import { type AnswerChecks, noAnswerChecks } from './engine/answer-checks.ts';
import { HedgeBudgets } from './engine/hedge-budgets.ts';
import { Lanes } from './engine/lanes.ts';
import type { Observer } from './engine/observer.ts';
import { OpaqueMemory } from './engine/opaque-memory.ts';
import { operatorsWord, type Parity } from './engine/parity.ts';
import type { Chance, Clock, Ledger, StatusPages, Upstream } from './engine/ports.ts';
import { Preference } from './engine/preference.ts';
import { QualityHealth } from './engine/quality-health.ts';
import type { EngineDeps } from './engine/run-state.ts';
import type { Sharing } from './engine/sharing.ts';
import { Spending } from './engine/spending.ts';
import { createPricing, type PriceTables } from './providers/pricing.ts';
import { systemChance, systemClock } from './system-clock.ts';
import { combineObservers } from './telemetry/observers.ts';

/** What of an engine belongs to one configuration. */
type OfConfig = 'upstream' | 'price' | 'status' | 'checks' | 'prompts';

/** What of an engine outlives a configuration: time, chance, the record, and all that was learned. */
export type EngineCore = Omit<EngineDeps, OfConfig> & { readonly quality: QualityHealth };

export interface CoreParts {
  readonly clock?: Clock | undefined;
  readonly chance?: Chance | undefined;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly alerts: Alerts;
  readonly parity: Parity;
  redact(text: string): string;
  /** Absent where this process serves alone. */
  readonly sharing?: Sharing | undefined;
}

/** `now`: the configuration as it stands when it is asked for. */
export function engineCore(now: () => ResolvedConfig, parts: CoreParts): EngineCore {
  const { ledger, observer, alerts, parity, sharing } = parts;
  const { health, stateMemory, callerLimits, tagLimits } = now();
  const lanes = new Lanes(health, (move) => observer.breakerMoved(move), sharing);
  const quality = new QualityHealth({
    lanes,
    alerts,
    observer,
    parity,
    get prompts() {
      return now().prompts;
    },
    routeOf: (name) => now().routes.get(name),
    sharing,
  });
  return {
    clock: parts.clock ?? systemClock,
    chance: parts.chance ?? systemChance,
    dialects: dialectKits,
    ledger,
    lanes,
    hedges: new HedgeBudgets(sharing),
    memory: new OpaqueMemory(stateMemory, sharing),
    preference: new Preference(sharing),
    quality,
    parity,
    spending: new Spending(callerLimits, tagLimits, sharing),
    observer,
    alerts,
    redact: parts.redact,
  };
}

export interface EngineParts {
  readonly upstream: Upstream;
  readonly prices: PriceTables | undefined;
  /** Absent where no page is read. */
  readonly status?: StatusPages | undefined;
  /** Absent where nobody is reached. */
  readonly checks?: AnswerChecks;
}

/** The engine of one configuration. */
export function engineOf(core: EngineCore, config: ResolvedConfig, parts: EngineParts): EngineDeps {
  return {
    ...core,
    upstream: parts.upstream,
    price: createPricing({
      knownName: (name) => config.providers.get(name)?.known,
      overrides: config.prices,
      tables: parts.prices,
    }),
    status: parts.status ?? { of: () => undefined },
    checks: parts.checks ?? noAnswerChecks,
    ...(config.prompts && { prompts: config.prompts }),
  };
}

/** An engine that is asked who would serve, and never to serve: it reaches nobody and writes nothing. */
export async function engineForQuestions(
  config: ResolvedConfig,
  parity: Parity = operatorsWord(() => systemClock.wallNow()),
): Promise<EngineDeps> {
  const nothing = () => undefined;
  const observer = combineObservers([], nothing);
  const core = engineCore(() => config, {
    ledger: {
      requestBegun: nothing,
      attemptStarted: nothing,
      attemptEnded: nothing,
      requestEnded: () => Promise.resolve(),
    },
    observer,
    alerts: new Alerts(observer),
    parity,
    redact: (text) => text,
  });
  return engineOf(core, config, {
    prices: await priceTablesFor(config),
    upstream: { send: () => Promise.reject(new Error('nobody is reached for a question')) },
  });
}
