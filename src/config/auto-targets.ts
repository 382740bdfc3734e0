import type { CapabilityName } from '../model/capability.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import { CATALOGUE } from '../providers/catalogue.ts';
import { knownProvider } from '../providers/known-providers.ts';
import { LOCAL_SERVERS } from '../providers/local-servers.ts';
import { resolveTarget } from '../providers/resolve-target.ts';
import { daysOf } from './resolve-demands.ts';
import type { ResolvedProvider } from './resolved-config.ts';
import type { EligibilityConfig } from './schema-eligibility.ts';

/** The entry of `targets` that stands for a chain from the catalogue. */
export const AUTO = 'auto';
/** Targets that are chosen for one route at most: further ones hardly raise availability, and each has to be paid for. */
export const MAX_CHOSEN = 3;
/** Share of the primary's window that is enough: makers round differently, and every request is measured anyway. */
const WINDOW_SHARE = 0.9;

/** What a fallback has to be able to do where the primary can. Tools of the vendor's own are asked for request by request. */
const COMPARED: readonly CapabilityName[] = [
  'tools',
  'json-schema',
  'vision',
  'audio',
  'pdf',
  'reasoning',
  'streaming',
];

/** A target, and why it was or was not taken. */
export interface Considered {
  readonly target: string;
  readonly because: string;
}

/** How a chain was chosen. */
export interface AutoChoice {
  readonly chosen: readonly Considered[];
  readonly passedOver: readonly Considered[];
}

/** What a chain is chosen for. */
export interface AutoOrder {
  /** Written before `auto`; the first is the primary. Never empty. */
  readonly written: readonly Target[];
  readonly demands: EligibilityConfig;
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
}

/** `provider/model` that a route of nothing but `auto` starts from: the default of the first provider that has one. */
export function automaticPrimary(
  providers: Iterable<{ readonly name: string; readonly known?: string | undefined }>,
): string | undefined {
  for (const { name, known } of providers) {
    const model = known === undefined ? undefined : knownProvider(known)?.defaultModel;
    if (model !== undefined) return `${name}/${model}`;
  }
  return undefined;
}

/**
 * Chooses fallbacks among the configured providers by equivalence: hosts of the primary's model first, then models of its
 * tier with about its window and all of its abilities, one a provider, in the order in which the providers are written and
 * the catalogue lists their models. Prices play no part: the cheapest is not the most alike. Deterministic.
 */
export function chooseTargets(order: AutoOrder): AutoChoice {
  const passedOver: Considered[] = [];
  const alike = new Map<string, Target & { readonly isSame: boolean }>();
  const taken = new Set(order.written.map(({ provider }) => provider));
  for (const target of pool(order)) {
    const because = taken.has(target.provider)
      ? 'the route has a target at its provider: an outage there takes both'
      : unlike(target, order);
    if (because !== undefined) {
      passedOver.push({ target: target.id, because });
      continue;
    }
    const isSame = isSameModel(target, order);
    const before = alike.get(target.provider);
    if (!before || (isSame && !before.isSame)) {
      if (before) passedOver.push({ target: before.id, because: `${target.id} is the primary’s own model` });
      alike.set(target.provider, { ...target, isSame });
    } else passedOver.push({ target: target.id, because: `${before.id} was chosen at its provider` });
  }
  const inOrder = [...alike.values()].sort((a, b) => Number(b.isSame) - Number(a.isSame));
  for (const { id } of inOrder.slice(MAX_CHOSEN))
    passedOver.push({ target: id, because: `${MAX_CHOSEN} others were chosen before it` });
  return { chosen: inOrder.slice(0, MAX_CHOSEN).map((target) => chosen(target, order)), passedOver };
}

function chosen(target: Target & { readonly isSame: boolean }, { written: [primary] }: AutoOrder): Considered {
  const because = target.isSame
    ? `another host of ${modelIdentity(target)}`
    : `of the same tier as ${primary?.id} (${target.tier}), with its window and abilities`;
  return { target: target.id, because };
}

/** Models that the configured providers are known to serve: those that the operator names, and those of the catalogue. */
function pool({ written, providers }: AutoOrder): Target[] {
  const found = new Map<string, Target>();
  for (const provider of providers.values()) {
    for (const model of [...provider.models.keys(), ...catalogued(provider)]) {
      const id = `${provider.name}/${model}`;
      if (found.has(id) || written.some((target) => target.id === id)) continue;
      found.set(id, resolveTarget(provider.name, provider, model, provider.models.get(model)));
    }
  }
  return [...found.values()];
}

/** What runs on a server of one's own is what was put there, whatever the catalogue knows of it. */
function catalogued({ known }: ResolvedProvider): string[] {
  if (known === undefined || Object.hasOwn(LOCAL_SERVERS, known) || !Object.hasOwn(CATALOGUE, known)) return [];
  return (CATALOGUE[known] ?? []).flatMap(({ name, match }) => (match === 'model' ? [name] : []));
}

function isSameModel(target: Target, { written: [primary] }: AutoOrder): boolean {
  return primary !== undefined && modelIdentity(target) === modelIdentity(primary);
}

/** Why a target is no equivalent of the primary; undefined where it is. */
function unlike(target: Target, order: AutoOrder): string | undefined {
  const [primary] = order.written;
  if (!primary) return 'there is no primary to compare it with';
  const place = elsewhere(target, primary, order);
  if (place !== undefined || isSameModel(target, order)) return place;
  if (primary.tier === undefined) return `the tier of ${primary.id} is not known`;
  if (target.tier === undefined) return 'its tier is not known';
  if (target.tier !== primary.tier) return `it is ${target.tier}, and the primary is ${primary.tier}`;
  if (primary.tier === 'embedding') return 'vectors of another model cannot stand in';
  return smaller(target, primary) ?? lessAble(target, primary);
}

/** Where data goes and how long it stays is never widened by a choice that nobody looked at. */
function elsewhere(target: Target, primary: Target, { demands, providers }: AutoOrder): string | undefined {
  const allowed = demands.residency ?? (primary.region === undefined ? undefined : [primary.region]);
  if (allowed && (target.region === undefined || !allowed.includes(target.region)))
    return `the route stays in ${allowed.join(', ')}, and its region is ${target.region ?? 'not configured'}`;
  const most = demands.retention === undefined ? statedRetention(primary, providers) : daysOf(demands.retention);
  const { retentionDays } = target;
  if (most === undefined || (retentionDays !== undefined && retentionDays <= most)) return undefined;
  const kept =
    retentionDays === undefined ? 'how long its host keeps it is not known' : `its host keeps it ${retentionDays} days`;
  return `what is sent ${most === 0 ? 'must not be kept' : `may be kept ${most} days`}, and ${kept}`;
}

/** What the catalogue says of the primary's host was nobody's decision; what the operator says of it was. */
function statedRetention({ provider, model }: Target, providers: AutoOrder['providers']): number | undefined {
  const of = providers.get(provider);
  return of?.models.get(model)?.retentionDays ?? of?.retentionDays;
}

function windowOf({ capabilities }: Target): number | undefined {
  return capabilities.contextWindow ?? capabilities.maxInputTokens;
}

function smaller(target: Target, primary: Target): string | undefined {
  const [own, wanted] = [windowOf(target), windowOf(primary)];
  if (wanted === undefined || (own !== undefined && own >= wanted * WINDOW_SHARE)) return undefined;
  return own === undefined
    ? 'its window is not known'
    : `its window of ${own} tokens is smaller than the primary’s of ${wanted}`;
}

function lessAble(target: Target, primary: Target): string | undefined {
  const lacking = COMPARED.filter(
    (name) => primary.capabilities.abilities[name] === 'yes' && target.capabilities.abilities[name] !== 'yes',
  );
  return lacking.length > 0 ? `it is not known to have, as the primary has: ${lacking.join(', ')}` : undefined;
}
