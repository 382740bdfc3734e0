import type { ResolvedConfig } from './config/resolved-config.ts';
import { secretsOf } from './model/authorisation.ts';
import { CallerKeys } from './server/caller-keys.ts';
import type { Secret } from './upstream/secret.ts';
import { createSecretSource, SecretError, type SecretReference, systemSecretIo } from './upstream/secret-source.ts';

type Resolve = (reference: SecretReference) => Secret | Promise<Secret>;

/** What is secret in a running gateway, for as long as it runs. */
export interface Secrets {
  /** The present value of a reference; follows rotation, and bridges a file that is away for a moment. */
  readonly resolve: Resolve;
  /** The same without memory: what is not there now is missing. */
  fresh(): Resolve;
}

/** `onNew` is told of every value that was not read before, before anybody uses it. */
export function openSecrets(
  env: Readonly<Record<string, string | undefined>> | undefined,
  onNew: (secret: Secret) => void,
): Secrets {
  const io = env ? { ...systemSecretIo(), env } : systemSecretIo();
  const seen = new Set<string>();
  const tellOnce = (secret: Secret) => {
    if (!seen.has(secret.reveal())) {
      seen.add(secret.reveal());
      onNew(secret);
    }
    return secret;
  };
  const told = (): Resolve => {
    const source = createSecretSource(io);
    return (reference) => {
      const secret = source.resolve(reference);
      return secret instanceof Promise ? secret.then(tellOnce) : tellOnce(secret);
    };
  };
  return { resolve: told(), fresh: told };
}

/**
 * Reads every secret of a configuration once, so that a missing one stops the start and not the first request at night.
 * Gives those of the callers. Rejects with `SecretError`.
 */
export async function readSecrets(config: ResolvedConfig, resolve: Resolve): Promise<CallerKeys> {
  for (const provider of config.providers.values()) {
    for (const reference of secretsOf(provider.authorisation)) await resolve(reference);
    for (const value of Object.values(provider.headers)) if (typeof value !== 'string') await resolve(value);
  }
  const callers = [];
  const owners = new Map<string, string>();
  /** Two owners of one key could not be told apart: one would have the rights of the other. */
  const owned = async (reference: SecretReference, owner: string) => {
    const value = (await resolve(reference)).reveal();
    const other = owners.get(value);
    if (other !== undefined) throw new SecretError(reference, `is given to both ${other} and ${owner}`);
    owners.set(value, owner);
    return value;
  };
  for (const { key, ...caller } of config.server.keys) {
    callers.push({ ...caller, key: await owned(key, `the caller ${caller.name}`) });
  }
  for (const { secret } of config.webhooks.values()) await resolve(secret);
  const admin = config.server.adminKey && (await owned(config.server.adminKey, 'the admin interface'));
  return new CallerKeys(callers, admin);
}

/** The admin key that a configuration names; undefined where it names none. @throws SecretError */
export async function readAdminKey({ server }: ResolvedConfig): Promise<string | undefined> {
  if (!server.adminKey) return undefined;
  return (await createSecretSource(systemSecretIo()).resolve(server.adminKey)).reveal();
}

/** The key that receipts are signed with, as text; undefined where the configuration names none. @throws SecretError */
export async function readSigningKey({ receipts }: ResolvedConfig): Promise<string | undefined> {
  if (!receipts.signingKey) return undefined;
  return (await createSecretSource(systemSecretIo()).resolve(receipts.signingKey)).reveal();
}

/** A key that the ledger is or was sealed with, as text. @throws SecretError */
export async function readSealKey(
  reference: SecretReference,
  resolve: Resolve = createSecretSource(systemSecretIo()).resolve,
): Promise<string> {
  return (await resolve(reference)).reveal();
}
