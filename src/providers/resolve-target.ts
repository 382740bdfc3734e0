import { type Capabilities, type CapabilityName, type Tri, UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { DialectName } from '../model/dialect-name.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../model/quirks.ts';
import type { Target } from '../model/target.ts';
import { modelFacts } from './catalogue.ts';
import { knownProvider } from './known-providers.ts';

/** What a target takes from the provider it lives at. */
export interface TargetProvider {
  readonly dialect: DialectName;
  readonly region?: string;
  /** Canonical name of the known provider behind it: selects model facts and quirks. */
  readonly known?: string;
  /** The operator's own departures for everything at this provider. */
  readonly quirks?: Partial<Quirks>;
}

/** What an operator says of one model. Wins over everything else. */
export interface ModelOverrides {
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly abilities?: Partial<Readonly<Record<CapabilityName, Tri>>>;
  readonly quirks?: Partial<Quirks>;
}

/**
 * A target with everything known of it. Quirks: defaults < known provider < catalogue < the operator's for the provider
 * < the operator's for the model. The lane is provider and model, since a provider has one credential.
 */
export function resolveTarget(
  providerName: string,
  provider: TargetProvider,
  model: string,
  overrides: ModelOverrides = {},
): Target {
  const known = provider.known === undefined ? undefined : knownProvider(provider.known);
  // Facts and quirks describe a vendor's usual dialect; through another one they need not hold.
  const holds = known !== undefined && vendorOf(known.dialect) === vendorOf(provider.dialect);
  const facts = holds ? modelFacts(provider.known, model) : [];
  const id = `${providerName}/${model}`;
  return {
    id,
    provider: providerName,
    model,
    dialect: provider.dialect,
    ...(provider.region !== undefined && { region: provider.region }),
    lane: id,
    capabilities: capabilities([...facts, overrides]),
    quirks: Object.assign(
      { ...DEFAULT_QUIRKS },
      holds ? known.quirks : undefined,
      ...facts.map((entry) => entry.quirks),
      provider.quirks,
      overrides.quirks,
    ),
  };
}

/** The two OpenAI dialects reach the same models with the same limits. */
function vendorOf(dialect: DialectName): string {
  return dialect.startsWith('openai-') ? 'openai' : dialect;
}

/** Later layers win, field by field. */
function capabilities(layers: readonly ModelOverrides[]): Capabilities {
  const abilities = { ...UNKNOWN_CAPABILITIES.abilities };
  const limits: { contextWindow?: number; maxOutputTokens?: number } = {};
  for (const layer of layers) {
    Object.assign(abilities, layer.abilities);
    if (layer.contextWindow !== undefined) limits.contextWindow = layer.contextWindow;
    if (layer.maxOutputTokens !== undefined) limits.maxOutputTokens = layer.maxOutputTokens;
  }
  return { abilities, ...limits };
}
