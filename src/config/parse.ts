import { crossFindings } from './check.ts';
import type { Environment } from './environment-variable.ts';
import { ConfigError, type ConfigProblem, formatPath, type Path } from './problems.ts';
import { findingsBeside } from './prune.ts';
import { type Config, configSchema } from './schema.ts';
import { type Finding, schemaFindings } from './schema-problems.ts';
import { type Position, readYaml } from './yaml-text.ts';

/** Largest configuration file. Ten thousand routes fit; a log file given by mistake does not. */
export const maxConfigBytes = 1_048_576;

/** What wins over the file: the variables HOST and PORT. */
export interface ServerOverrides {
  readonly host?: string;
  readonly port?: number;
}

/** Reads a configuration from YAML (or JSON, which is YAML). Throws `ConfigError` with all problems and their places. */
export function parseConfig(
  text: string,
  file: string,
  overrides: ServerOverrides = {},
  env: Environment = process.env,
): Config {
  if (new TextEncoder().encode(text).length > maxConfigBytes) {
    const message = `is larger than ${maxConfigBytes / 1_048_576} MiB`;
    throw new ConfigError([{ file, path: '', message, fix: 'give the configuration file, not another one' }]);
  }
  const read = readYaml(text, file);
  if ('problems' in read) throw new ConfigError(read.problems);
  const { yaml } = read;
  if (yaml.value === null || yaml.value === undefined) {
    const fix = 'write providers and routes, or let `understudy init` write them';
    throw new ConfigError([{ file, line: 1, column: 1, path: '', message: 'the file is empty', fix }]);
  }
  return accept(yaml.value, { overrides, env }, file, (path, at) => yaml.position(path, at));
}

/** Checks a configuration that is an object already. Throws `ConfigError` with all problems; `source` stands for the file. */
export function checkConfig(
  value: unknown,
  source = 'configuration',
  overrides: ServerOverrides = {},
  env: Environment = process.env,
): Config {
  return accept(value, { overrides, env }, source, () => undefined);
}

type Locate = (path: Path, at: 'key' | 'value') => Position | undefined;

interface Outside {
  readonly overrides: ServerOverrides;
  /** Vendors' variables stand in for settings that the file leaves out. */
  readonly env: Environment;
}

function accept(value: unknown, { overrides, env }: Outside, file: string, locate: Locate): Config {
  const parsed = configSchema.safeParse(value);
  const check = (config: Config) => crossFindings(override(config, overrides), env);
  const refused = parsed.success ? [] : schemaFindings(parsed.error.issues, value);
  const found = parsed.success ? check(parsed.data) : [...refused, ...findingsBeside(value, refused, check)];
  if (parsed.success && found.length === 0) return override(parsed.data, overrides);
  // A host that the file does not hold is pointed at by the variable that set it.
  const fromVariable = ({ path }: Finding) => overrides.host !== undefined && formatPath(path) === 'server.host';
  const outside = located(found.filter(fromVariable), 'environment', () => undefined);
  const inside = located(
    found.filter((finding) => !fromVariable(finding)),
    file,
    locate,
  );
  throw new ConfigError([...outside.map((problem) => ({ ...problem, path: 'HOST' })), ...inside]);
}

function override(config: Config, { host, port }: ServerOverrides): Config {
  if (host === undefined && port === undefined) return config;
  const server = { ...config.server, ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
  return { ...config, server };
}

function located(findings: readonly Finding[], file: string, locate: Locate): ConfigProblem[] {
  const problems = findings.map(({ path, at, message, fix }): ConfigProblem => {
    return { file, ...locate(path, at ?? 'value'), path: formatPath(path), message, ...(fix !== undefined && { fix }) };
  });
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
