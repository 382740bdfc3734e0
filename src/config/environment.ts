import { KNOWN_PROVIDERS } from '../providers/known-providers.ts';
import { type Environment, variable } from './environment-variable.ts';
import { checkConfig, type ServerOverrides } from './parse.ts';
import type { Config } from './schema.ts';

/** A provider that has its key in the environment. */
export interface FoundProvider {
  readonly name: string;
  readonly keyVariable: string;
  readonly model: string;
}

/** Providers whose key is set, in the order in which a default route tries them. */
export function providersInEnvironment(env: Environment): FoundProvider[] {
  return Object.entries(KNOWN_PROVIDERS).flatMap(([name, known]) => {
    const keyVariable = known.keyVariables.find((candidate) => variable(env, candidate) !== undefined);
    return keyVariable === undefined || known.defaultModel === undefined
      ? []
      : [{ name, keyVariable, model: known.defaultModel }];
  });
}

/** Most targets of the default route: more would only lengthen an outage of all of them. */
const maxDefaultTargets = 4;

/**
 * A configuration of one route, `default`, over the first providers found. All found ones can be reached as `provider/model`.
 * Throws `ConfigError` when HOST opens the port to others: keys can only be written into a file.
 */
export function environmentConfig(found: readonly FoundProvider[], overrides: ServerOverrides = {}): Config {
  const providers = Object.fromEntries(found.map(({ name, keyVariable }) => [name, { apiKey: `env:${keyVariable}` }]));
  const targets = found.slice(0, maxDefaultTargets).map(({ name, model }) => `${name}/${model}`);
  return checkConfig({ providers, routes: { default: { targets } } }, 'environment', overrides);
}
