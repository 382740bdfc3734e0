import { isConfigError } from './config/problems.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { secretsOf } from './model/authorisation.ts';
import type { ReloadProblem } from './server/reload-outcome.ts';
import { describeReference, type SecretError, type SecretReference } from './upstream/secret-source.ts';

/** A configuration as it was read, with its text where it has one, so that what is wrong can be pointed at. */
export interface ReadConfig {
  readonly config: ResolvedConfig;
  readonly file?: { readonly name: string; readonly text: string };
}

/** What stands for the file where a program gave the configuration. */
export const NO_FILE = 'configuration';

/** What is wrong, as far as the error tells where. `read`: absent where not even that went well. */
export function problemsOf(error: unknown, read: ReadConfig | undefined): readonly ReloadProblem[] {
  if (isConfigError(error)) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  const file = read?.file?.name ?? NO_FILE;
  if (!isSecretError(error)) return [{ file, path: '', message }];
  const line = read?.file && lineOf(error.reference, read.file.text);
  const path = (read && fieldOf(error.reference, read.config)) ?? '';
  const fix = 'a variable cannot be set for a process that runs: put the secret into a file, or restart with it';
  const isVariable = error.reference.startsWith('env:');
  return [{ file, ...(line !== undefined && { line }), path, message, ...(isVariable && { fix }) }];
}

function isSecretError(error: unknown): error is SecretError {
  return error instanceof Error && (error as Partial<SecretError>).isSecretError === true;
}

/** From 1. */
function lineOf(reference: string, text: string): number | undefined {
  const at = text.split('\n').findIndex((line) => line.includes(reference));
  return at < 0 ? undefined : at + 1;
}

/** The first field that names the reference. */
function fieldOf(reference: string, config: ResolvedConfig): string | undefined {
  const fields = (function* (): Generator<readonly [string, SecretReference]> {
    for (const [name, { authorisation, headers }] of config.providers) {
      for (const one of secretsOf(authorisation)) yield [`providers.${name}.apiKey`, one];
      for (const [header, value] of Object.entries(headers))
        if (typeof value !== 'string') yield [`providers.${name}.headers.${header}`, value];
    }
    for (const [at, { key }] of config.server.keys.entries()) yield [`server.keys[${at}].key`, key];
    for (const [name, { secret }] of config.webhooks) yield [`webhooks.${name}.secret`, secret];
    if (config.server.adminKey) yield ['server.adminKey', config.server.adminKey];
  })();
  for (const [path, one] of fields) if (describeReference(one) === reference) return path;
  return undefined;
}
