import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import { environmentConfig, type FoundProvider, providersInEnvironment } from './environment.ts';
import { type Environment, variable } from './environment-variable.ts';
import { parseConfig, type ServerOverrides } from './parse.ts';
import { ConfigError } from './problems.ts';
import { boundPromptProblems } from './prompts/bound-prompts.ts';
import type { PromptFiles, PromptPlace } from './prompts/load-prompts.ts';
import { promptPlace } from './prompts/prompt-place.ts';
import type { Config } from './schema.ts';

/** Reaches for files, so that loading can be tested and embedded. */
export interface ConfigSource {
  /** The file that the operator named, if any. */
  readonly path?: string;
  readonly env: Environment;
  /** Rejects when the file cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  readonly exists: (path: string) => Promise<boolean>;
  /** Absent: no prompts are looked for. */
  readonly prompts?: PromptFiles;
}

/** Where a configuration came from. */
export type LoadedConfig =
  | { readonly kind: 'file'; readonly file: string; readonly config: Config; readonly prompts?: PromptLibrary }
  /** No file: one route over the providers whose keys are set. */
  | { readonly kind: 'environment'; readonly config: Config; readonly found: readonly FoundProvider[] }
  /** Neither file nor key: the caller starts the simulator and asks `demoConfig` for the rest. */
  | { readonly kind: 'demo'; readonly overrides: ServerOverrides };

/** Names that are looked for in the working directory. */
export const CONFIG_FILES = ['understudy.yaml', 'understudy.yml'] as const;

/**
 * Finds and reads the configuration: the named file, else the one in UNDERSTUDY_CONFIG, else `understudy.yaml` or
 * `understudy.yml` here, else the keys in the environment, else the demo. HOST and PORT win over the file.
 * Throws `ConfigError` with every problem found. Reaches no network.
 */
export async function loadConfig(source: ConfigSource): Promise<LoadedConfig> {
  const overrides = serverOverrides(source.env);
  const named = source.path ?? variable(source.env, 'UNDERSTUDY_CONFIG');
  const file = named ?? (await foundHere(source));
  if (file !== undefined) return fromFile(source, file, overrides);
  const found = providersInEnvironment(source.env);
  if (found.length === 0) return { kind: 'demo', overrides };
  return { kind: 'environment', config: environmentConfig(found, overrides), found };
}

async function fromFile(source: ConfigSource, file: string, overrides: ServerOverrides): Promise<LoadedConfig> {
  const text = await read(source, file);
  const config = parseConfig(text, file, overrides, source.env);
  const prompts = source.prompts && (await promptsAt(promptPlace(config, file), source.prompts));
  const problems = boundPromptProblems(config, prompts, { file, text });
  if (problems.length > 0) throw new ConfigError(problems);
  return { kind: 'file', file, config, ...(prompts && { prompts }) };
}

/** What reads prompts is loaded only where there are any: a gateway without them starts no slower. */
async function promptsAt(place: PromptPlace, files: PromptFiles): Promise<PromptLibrary | undefined> {
  if ((await files.list(place.dir)) === undefined && (await files.read(place.lock)) === undefined) return undefined;
  const { loadPrompts } = await import('./prompts/load-prompts.ts');
  return loadPrompts(place, files);
}

async function foundHere(source: ConfigSource): Promise<string | undefined> {
  for (const name of CONFIG_FILES) if (await source.exists(name)) return name;
  return undefined;
}

async function read(source: ConfigSource, file: string): Promise<string> {
  try {
    return await source.readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    const fix = 'name another file, or let `understudy init` write one';
    throw new ConfigError([{ file, path: '', message, fix }]);
  }
}

function serverOverrides(env: Environment): ServerOverrides {
  const host = variable(env, 'HOST');
  const port = variable(env, 'PORT');
  if (port === undefined) return host === undefined ? {} : { host };
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    const fix = 'set it to a number from 0 to 65535, or unset it';
    throw new ConfigError([{ file: 'environment', path: 'PORT', message: 'is no port', fix }]);
  }
  return { port: Number(port), ...(host !== undefined && { host }) };
}
