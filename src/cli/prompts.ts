import { readFile } from 'node:fs/promises';
import Table from 'cli-table3';
import pc from 'picocolors';
import { parse } from 'yaml';
import { pinPrompt, unpinPrompt } from '../config/prompts/pin-prompt.ts';
import { promptPlace } from '../config/prompts/prompt-place.ts';
import { resolveConfig } from '../config/resolve.ts';
import { resolveTargetOf } from '../config/resolve-target-of.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Target } from '../model/target.ts';
import { isPromptError } from '../quality/prompts/prompt-error.ts';
import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import { type PromptVersion, versionLabel } from '../quality/prompts/prompt-spec.ts';
import { placeholders, readVariables } from '../quality/prompts/variables.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { load } from './load.ts';
import { CommandError, type Output } from './output.ts';
import { layoutsOf, type ToldLayout, toldText } from './prompt-layouts.ts';
import { sideBySide } from './side-by-side.ts';

interface PromptsOptions {
  readonly config?: string;
  /** `provider/model`, comma-separated where several may be named. */
  readonly target?: string;
  readonly version?: string;
  /** JSON or YAML file of values. */
  readonly variables?: string;
  readonly remove?: boolean;
}

/** What every action works on. */
interface Desk {
  readonly config: ResolvedConfig;
  readonly library: PromptLibrary;
  readonly place: ReturnType<typeof promptPlace>;
  readonly options: PromptsOptions;
  readonly output: Output;
}

/** `understudy prompts list|compile|diff|pin`: what each model is told. Reaches nobody. */
export async function prompts(
  options: PromptsOptions,
  output: Output,
  args: readonly string[],
): Promise<CommandOutcome> {
  const [action, name] = args;
  const desk = await deskOf(options, output);
  switch (action) {
    case 'list':
      return list(desk);
    case 'compile':
      return compile(desk, named(name, action));
    case 'diff':
      return diff(desk, named(name, action));
    case 'pin':
      return pin(desk, named(name, action));
    default:
      throw new CommandError(
        EXIT.usage,
        `there is no \`understudy prompts ${action ?? ''}\`; known are list, compile, diff, pin`,
      );
  }
}

async function deskOf(options: PromptsOptions, output: Output): Promise<Desk> {
  const loaded = await load(options.config);
  if (loaded.kind !== 'file') {
    throw new CommandError(EXIT.usage, 'there is no configuration file, and prompts stand beside one');
  }
  const place = promptPlace(loaded.config, loaded.file);
  if (!loaded.prompts) throw new CommandError(EXIT.usage, `there is no folder of prompts at ${place.dir}`);
  const config = resolveConfig(loaded.config, process.env, loaded.prompts);
  return { config, library: loaded.prompts, place, options, output };
}

function named(name: string | undefined, action: string): string {
  if (name !== undefined) return name;
  throw new CommandError(EXIT.usage, `name the prompt: understudy prompts ${action} <name>`);
}

function list({ config, library, output }: Desk): CommandOutcome {
  const rows = library.names.flatMap((name) => {
    const version = library.present(name);
    return version ? [rowOf(version, config, library)] : [];
  });
  if (output.json) output.data(JSON.stringify({ prompts: rows }, null, 2));
  else if (rows.length === 0) output.data('no prompts');
  else {
    const head = ['prompt', 'version', 'variables', 'routes', 'pinned', 'for'];
    const table = new Table({ head, style: { head: [], border: [] } });
    for (const row of rows) {
      const pins = row.pins.map(
        ({ target, version, stale }) => `${target}: ${version}${stale ? ' (not present)' : ''}`,
      );
      const cells = [row.name, row.version, row.variables.join(', '), row.routes.join(', '), pins.join('\n')];
      table.push([...cells, row.description ?? '']);
    }
    output.data(table.toString());
  }
  return EXIT.ok;
}

function rowOf({ name, hash, spec }: PromptVersion, config: ResolvedConfig, library: PromptLibrary) {
  return {
    name,
    version: hash,
    description: spec.description ?? null,
    variables: Object.keys(spec.variables ?? {}),
    routes: [...config.routes.values()].filter(({ prompt }) => prompt === name).map((route) => route.name),
    pins: library.pins
      .filter((pin) => pin.name === name)
      .map((pin) => ({ target: pin.target, version: pin.hash, stale: pin.hash !== hash })),
    primaryOnly: spec.primaryOnly
      ? { reason: spec.primaryOnly.reason, until: new Date(spec.primaryOnly.until).toISOString() }
      : null,
  };
}

async function compile(desk: Desk, name: string): Promise<CommandOutcome> {
  const { output } = desk;
  const layouts = await layoutsFor(desk, name);
  if (output.json) output.data(JSON.stringify({ prompt: name, layouts }, null, 2));
  else for (const layout of layouts) output.data(`${pc.bold(heading(layout))}\n\n${toldText(layout)}\n`);
  return EXIT.ok;
}

async function diff(desk: Desk, name: string): Promise<CommandOutcome> {
  const { output, options } = desk;
  const layouts = await layoutsFor(desk, name);
  const pairs =
    options.version === undefined
      ? layouts.slice(1).flatMap((right) => (layouts[0] ? [{ left: layouts[0], right }] : []))
      : await againstPresent(desk, name, layouts);
  if (output.json) output.data(JSON.stringify({ prompt: name, pairs }, null, 2));
  else if (pairs.length === 0) output.data('every target is told the same words');
  else for (const { left, right } of pairs) output.data(`${sideBySide(textsOf(left), textsOf(right), width())}\n`);
  return EXIT.ok;
}

async function againstPresent(desk: Desk, name: string, layouts: readonly ToldLayout[]) {
  const { version: _, ...options } = desk.options;
  const present = await layoutsFor({ ...desk, options }, name, true);
  return layouts.flatMap((left) => {
    const right = present.find(({ targets }) => targets.some((target) => left.targets.includes(target)));
    return right ? [{ left, right }] : [];
  });
}

function textsOf(layout: ToldLayout) {
  return { heading: heading(layout), text: toldText(layout) };
}

function heading({ targets, version, family, byHand }: ToldLayout): string {
  return `${targets.join(', ')}\n${family}${byHand ? ', by hand' : ''} · ${version}`;
}

const USUAL_WIDTH = 120;

function width(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || USUAL_WIDTH);
}

async function layoutsFor(desk: Desk, name: string, present = false): Promise<ToldLayout[]> {
  const { library, options } = desk;
  const known = library.present(name);
  if (!known) throw unknownPrompt(desk, name);
  const given = await variablesOf(options.variables);
  const told = targetsOf(desk).map((target) => {
    const version = present ? known : library.versionFor(name, target.id, options.version);
    if (!version) throw new CommandError(EXIT.usage, `--version: ${name} has no version ${options.version ?? ''} here`);
    return { target, version, compiled: library.compiled(version, target), values: valuesFor(version, given) };
  });
  return layoutsOf(told);
}

function valuesFor({ spec }: PromptVersion, given: JsonObject | undefined) {
  if (given === undefined) return placeholders(spec.variables);
  try {
    return readVariables(spec.variables, given);
  } catch (error) {
    if (isPromptError(error)) throw new CommandError(EXIT.usage, `--variables: ${error.at} ${error.message}`);
    throw error;
  }
}

async function variablesOf(file: string | undefined): Promise<JsonObject | undefined> {
  if (file === undefined) return undefined;
  const value: unknown = parse(await readFile(file, 'utf8'));
  if (isJsonObject(value)) return value;
  throw new CommandError(EXIT.usage, `--variables: ${file} holds no object of values by name`);
}

/** Those that are named, else every target of every route, in their order. */
function targetsOf({ config, options }: Desk): Target[] {
  if (options.target !== undefined) return options.target.split(',').map((id) => targetOf(id.trim(), config));
  const found = new Map<string, Target>();
  for (const route of config.routes.values()) for (const { target } of route.targets) found.set(target.id, target);
  return [...found.values()];
}

function targetOf(id: string, config: ResolvedConfig): Target {
  try {
    return resolveTargetOf(id, config.providers).target;
  } catch (error) {
    throw new CommandError(EXIT.usage, `--target: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function pin(desk: Desk, name: string): Promise<CommandOutcome> {
  const { library, options, output, place, config } = desk;
  if (options.target === undefined) {
    throw new CommandError(EXIT.usage, 'say which target: --target provider/model');
  }
  const target = targetOf(options.target, config).id;
  if (options.remove === true) {
    if (library.pinned(name, target) === undefined)
      throw new CommandError(EXIT.usage, `${target} has no pin of ${name}`);
    await unpinPrompt({ name, target }, desk);
    if (output.json) output.data(JSON.stringify({ prompt: name, target, version: null, lock: place.lock }));
    else output.data(`${target} is told the present version of ${name} from the next start on`);
    return EXIT.ok;
  }
  const version =
    options.version === undefined ? library.present(name) : library.versionFor(name, target, options.version);
  if (!version) throw unknownPrompt(desk, name);
  const { kept, lock } = await pinPrompt(version, target, desk);
  if (output.json) output.data(JSON.stringify({ prompt: name, target, version: version.hash, kept, lock }));
  else output.data(`${target} is pinned to ${versionLabel(version)}\n  ${lock}\n  ${kept}`);
  return EXIT.ok;
}

function unknownPrompt({ library, options }: Desk, name: string): CommandError {
  if (library.present(name) && options.version !== undefined) {
    const known = library.versions(name).map(({ hash }) => hash);
    return new CommandError(
      EXIT.usage,
      `${name} has no version ${options.version} here; kept are: ${known.join(', ')}`,
    );
  }
  const known = library.names.join(', ') || 'none';
  return new CommandError(EXIT.usage, `there is no prompt ${name}; there are: ${known}`);
}
