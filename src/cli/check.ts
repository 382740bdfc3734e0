import Table from 'cli-table3';
import pc from 'picocolors';
import { missingLibraries, parityForQuestions } from '../compose.ts';
import type { AutoChoice } from '../config/auto-targets.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { ReceiptParity } from '../engine/receipt-parity.ts';
import type { Route } from '../engine/route.ts';
import { primaryRankOf } from '../engine/situation.ts';
import { secretsOf } from '../model/authorisation.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import type { CommandOutcome } from './command.ts';
import { contractWarnings } from './contract-warnings.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import type { Output } from './output.ts';
import { demandWarnings, plainEligibility } from './plain-eligibility.ts';
import { promptWarnings } from './prompt-warnings.ts';
import { receiptWarnings } from './receipt-warnings.ts';
import { targetPrices } from './target-prices.ts';

/** What `check` says of one target of one route. */
interface Row {
  readonly route: string;
  readonly rank: number;
  readonly target: string;
  readonly dialect: string;
  readonly contextWindow: number | null;
  readonly abilities: Target['capabilities']['abilities'];
  readonly region: string | null;
  /** US dollars for a million input and output tokens. */
  readonly price: { readonly input: number; readonly output: number } | null;
  /** `not eligible`: what the route asks keeps it away from every request. */
  readonly verdict: 'primary' | 'fallback' | 'cannot serve' | 'not eligible';
  /** Why it is not eligible, in the words of the ledger. */
  readonly reason: string | null;
  /** Why it cannot, or what nobody knows of it. */
  readonly remarks: readonly string[];
}

/** `understudy check`: validates the configuration and prints who may serve which route. Sends nothing to anybody. */
export async function check(options: { config?: string }, output: Output): Promise<CommandOutcome> {
  const config = await loadResolved(options.config);
  if (!config) {
    output.say(
      'nothing to check: no configuration file and no provider key in the environment; `understudy init` writes a file',
    );
    return EXIT.usage;
  }
  const libraries = await missingLibraries(config);
  const wallNow = Date.now();
  const evidence = { ...(await parityForQuestions(config, () => wallNow)), wallNow };
  const rows = [...config.routes.values()].flatMap((route) => rowsOf(route, config, { libraries, evidence }));
  const warnings = [...config.routes.values()].flatMap((route) => [
    ...warningsOf(route, rows),
    ...promptWarnings(route, config, wallNow),
    ...contractWarnings(route, config),
  ]);
  warnings.push(...receiptWarnings(config, evidence));
  const auto = Object.fromEntries(config.autoChoices);
  if (output.json) output.data(JSON.stringify({ targets: rows, warnings, auto }, null, 2));
  else {
    output.data(table(rows));
    for (const [route, choice] of config.autoChoices) for (const line of choiceLines(route, choice)) output.data(line);
    for (const warning of warnings) output.data(pc.yellow(`! ${warning}`));
  }
  const unserved = [...config.routes.keys()].some((name) => !rows.some((row) => row.route === name && serves(row)));
  return unserved || rows.some((row) => row.verdict === 'cannot serve') ? EXIT.failed : EXIT.ok;
}

interface Known {
  /** What to install, by the provider that needs it. */
  readonly libraries: ReadonlyMap<string, string>;
  readonly evidence: { readonly parity: ReceiptParity; readonly wallNow: number };
}

function rowsOf(route: Route, config: ResolvedConfig, { libraries, evidence }: Known): Row[] {
  const primary = primaryRankOf(route);
  const eligibilities = plainEligibility(route, config, evidence);
  return route.targets.map(({ target }, rank) => {
    const eligibility = eligibilities[rank];
    const why = eligibility && !eligibility.eligible ? eligibility : undefined;
    const missing = missingSecret(target, config) ?? libraries.get(target.provider);
    const unknown = Object.entries(target.capabilities.abilities).flatMap(([name, known]) =>
      known === 'unknown' ? [name] : [],
    );
    const remarks = [
      ...(missing === undefined ? [] : [missing]),
      ...(why ? [`${why.reason}: ${why.detail}`] : []),
      ...(eligibility?.eligible ? eligibility.warnings : []),
      ...(unknown.length > 0 ? [`${unknownWords(route, rank)}: ${unknown.join(', ')}`] : []),
    ];
    const verdict =
      missing !== undefined ? 'cannot serve' : why ? 'not eligible' : rank === primary ? 'primary' : 'fallback';
    return {
      route: route.name,
      rank,
      target: target.id,
      dialect: target.dialect,
      contextWindow: target.capabilities.contextWindow ?? null,
      abilities: target.capabilities.abilities,
      region: target.region ?? null,
      price: targetPrices(target, config),
      verdict,
      reason: why?.reason ?? null,
      remarks,
    };
  });
}

function missingSecret(target: Target, config: ResolvedConfig): string | undefined {
  const provider = config.providers.get(target.provider);
  for (const { kind, name } of provider ? secretsOf(provider.authorisation) : []) {
    if (kind === 'env' && !process.env[name]) return `env:${name} is not set`;
  }
  return undefined;
}

/** On a strict route what nobody knows keeps a fallback from the requests that need it. */
function unknownWords(route: Route, rank: number): string {
  const { parity } = route.demands;
  return parity.mode === 'strict' && !parity.allowUnknown && rank !== primaryRankOf(route)
    ? 'does not serve what needs, because nobody knows of'
    : 'not known';
}

function serves({ verdict }: Row): boolean {
  return verdict === 'primary' || verdict === 'fallback';
}

function choiceLines(route: string, { chosen, passedOver }: AutoChoice): string[] {
  const reasons = new Map<string, string[]>();
  for (const { target, because } of passedOver) reasons.set(because, [...(reasons.get(because) ?? []), target]);
  return [
    `route "${route}", chosen from the catalogue:`,
    ...(chosen.length === 0 ? ['  nobody: no configured provider has an equivalent of the primary'] : []),
    ...chosen.map(({ target, because }) => `  ${target}: ${because}`),
    ...[...reasons].map(([because, targets]) => `  not ${targets.join(', ')}: ${because}`),
  ];
}

function warningsOf(route: Route, rows: readonly Row[]): string[] {
  const able = rows.filter((row) => row.route === route.name && serves(row));
  return [...demandWarnings(route), ...fallbackWarnings(route, able), ...hotHotWarnings(route)];
}

/** The operator insisted; that does not make the answers alike. */
function hotHotWarnings({ name, policy, targets }: Route): string[] {
  if (policy.kind !== 'same-model') return [];
  const models = new Set(targets.map(({ target }) => modelIdentity(target)));
  if (models.size < 2) return [];
  return [
    `route "${name}" shares its requests between different models (${[...models].join(', ')}): answers to one prompt will differ`,
  ];
}

function fallbackWarnings(route: Route, able: readonly Row[]): string[] {
  const providers = new Set(route.targets.map(({ target }) => target.provider));
  if (able.length === 0) return [`nobody may serve route "${route.name}"`];
  if (route.policy.kind === 'single' || able.length === 1)
    return [`route "${route.name}" has no fallback: this route is single-provider today`];
  if (providers.size === 1)
    return [`all targets of route "${route.name}" are at one provider: an outage there takes all of them`];
  return [];
}

function table(rows: readonly Row[]): string {
  const head = ['route', 'target', 'window', 'tools', 'json', 'vision', 'region', '$/M in·out', 'verdict', 'remarks'];
  const table = new Table({
    head,
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [null, null, null, null, null, null, null, null, null, 44],
  });
  for (const row of rows) {
    const { tools, vision } = row.abilities;
    table.push([
      row.rank === 0 ? row.route : '',
      row.target,
      row.contextWindow ?? '?',
      mark(tools),
      mark(row.abilities['json-schema']),
      mark(vision),
      row.region ?? '–',
      row.price ? `${row.price.input}·${row.price.output}` : '?',
      colour(row.verdict),
      row.remarks.join('; '),
    ]);
  }
  return table.toString();
}

function mark(known: string): string {
  return known === 'unknown' ? '?' : known;
}

function colour(verdict: Row['verdict']): string {
  switch (verdict) {
    case 'primary':
      return pc.green(verdict);
    case 'fallback':
      return verdict;
    case 'not eligible':
      return pc.yellow(verdict);
    case 'cannot serve':
      return pc.red(verdict);
  }
}
