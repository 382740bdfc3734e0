import { type Capabilities, UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../model/quirks.ts';
import type { Target } from '../model/target.ts';
import { DEFAULT_TOKEN_RULES } from '../model/token-rules.ts';
import { hostFacts, modelFacts } from './catalogue.ts';
import { cloudModel, cloudProvider } from './cloud-providers.ts';
import { knownProvider } from './known-providers.ts';
import type { FactSource, KnownOfModel } from './model-facts.ts';

/** What a target takes from the provider it lives at. */
export interface TargetProvider {
  /** Absent in a cloud that serves each model in the dialect of its vendor. */
  readonly dialect?: TargetDialectName;
  readonly region?: string;
  /** Days for which this account keeps what it is sent. */
  readonly retentionDays?: number;
  /** Canonical name of the known provider behind it: selects model facts and quirks. */
  readonly known?: string;
  /** The operator's own departures for everything at this provider. */
  readonly quirks?: Partial<Quirks>;
}

/** What an operator says of one model. Wins over everything else. */
export interface ModelOverrides extends KnownOfModel {
  /** Where this model runs, where that is not where the rest of the provider is. */
  readonly region?: string;
}

/**
 * A target with everything known of it. Quirks: defaults < known provider < catalogue < the cloud that serves the model
 * < the operator's for the provider < the operator's for the model. The lane is provider and model, since a provider has one credential.
 */
export function resolveTarget(
  providerName: string,
  provider: TargetProvider,
  model: string,
  overrides: ModelOverrides = {},
): Target {
  const { dialect, quirks, facts } = knowledgeOf(provider, model);
  const id = `${providerName}/${model}`;
  const region = overrides.region ?? provider.region;
  const { retentionDays } = provider;
  const layers = [...facts, ...(retentionDays === undefined ? [] : [{ retentionDays }]), overrides];
  return {
    id,
    provider: providerName,
    model,
    dialect,
    ...(region !== undefined && { region }),
    lane: id,
    capabilities: capabilities(layers),
    quirks: Object.assign({ ...DEFAULT_QUIRKS }, ...quirks, provider.quirks, overrides.quirks),
    ...standing(layers),
  };
}

/** What the catalogue says of a model at a provider, the general before the particular, with where it was read. */
export function factsBehind(provider: TargetProvider, model: string): readonly (KnownOfModel & FactSource)[] {
  return knowledgeOf(provider, model).facts;
}

interface Knowledge {
  readonly dialect: TargetDialectName;
  /** Later ones win, here and below. */
  readonly facts: readonly (KnownOfModel & FactSource)[];
  readonly quirks: readonly (Partial<Quirks> | undefined)[];
}

function knowledgeOf(provider: TargetProvider, model: string): Knowledge {
  const cloud = cloudProvider(provider.known);
  if (cloud) {
    const { rule, name } = cloudModel(cloud, model);
    const dialect = provider.dialect ?? rule.dialect;
    const vendors = factsFor(rule.vendor, name, dialect);
    const facts = [hostFacts(provider.known), ...vendors.facts, ...modelFacts(provider.known, plainCloudName(model))];
    return { dialect, facts: facts.filter((layer) => layer !== undefined), quirks: [...vendors.quirks, rule.quirks] };
  }
  const { dialect } = provider;
  if (dialect === undefined) throw new RangeError(`the target ${model} has no dialect`);
  const { facts, quirks } = factsFor(provider.known, model, dialect);
  const host = holdsFor(provider.known, dialect) ? hostFacts(provider.known) : undefined;
  return { dialect, facts: host ? [host, ...facts] : facts, quirks };
}

/** Facts and quirks describe a vendor's usual dialect; through another vendor's they need not hold. */
function factsFor(vendor: string | undefined, model: string, dialect: TargetDialectName): Omit<Knowledge, 'dialect'> {
  const known = vendor === undefined ? undefined : knownProvider(vendor);
  if (!known || !holdsFor(vendor, dialect)) return { facts: [], quirks: [] };
  const facts = modelFacts(vendor, model);
  return { facts, quirks: [known.quirks, ...facts.map((entry) => entry.quirks)] };
}

function holdsFor(vendor: string | undefined, dialect: TargetDialectName): boolean {
  const known = vendor === undefined ? undefined : knownProvider(vendor);
  return known !== undefined && (dialect === 'bedrock-converse' || vendorOf(known.dialect) === vendorOf(dialect));
}

/** Without the region that a profile of Bedrock's begins with. */
function plainCloudName(model: string): string {
  return model.replace(/^(?:us|eu|apac|au|jp|global|us-gov)\./, '');
}

/** The two OpenAI dialects reach the same models with the same limits. */
function vendorOf(dialect: TargetDialectName): string {
  return dialect.startsWith('openai-') ? 'openai' : dialect;
}

/** Later layers win, field by field. */
function capabilities(layers: readonly KnownOfModel[]): Capabilities {
  const abilities = { ...UNKNOWN_CAPABILITIES.abilities };
  const limits: { contextWindow?: number; maxInputTokens?: number; maxOutputTokens?: number } = {};
  for (const layer of layers) {
    Object.assign(abilities, layer.abilities);
    for (const limit of ['contextWindow', 'maxInputTokens', 'maxOutputTokens'] as const) {
      if (layer[limit] !== undefined) limits[limit] = layer[limit];
    }
  }
  return { abilities, ...limits };
}

type Standing = Pick<Target, 'tokens' | 'languages' | 'retentionDays' | 'tier' | 'sameModel'>;

/** What is known beside abilities and limits; a field that nobody knows is not there. */
function standing(layers: readonly KnownOfModel[]): Standing {
  const known: { -readonly [K in keyof Standing]: Standing[K] } = {};
  for (const { tokens, languages, retentionDays, tier, sameModel } of layers) {
    if (tokens) known.tokens = { ...DEFAULT_TOKEN_RULES, ...known.tokens, ...tokens };
    if (languages) known.languages = languages;
    if (retentionDays !== undefined) known.retentionDays = retentionDays;
    if (tier) known.tier = tier;
    if (sameModel !== undefined) known.sameModel = sameModel;
  }
  return known;
}
