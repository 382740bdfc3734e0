import type { ResolvedConfig } from './config/resolved-config.ts';
import { secretsOf } from './model/authorisation.ts';
import { CallerKeys } from './server/caller-keys.ts';
import type { Secret } from './upstream/secret.ts';
import { createSecretSource, SecretError, type SecretReference, systemSecretIo } from './upstream/secret-source.ts';

/** What is secret in a running gateway. */
export interface Secrets {
  readonly known: readonly Secret[];
  readonly keys: CallerKeys;
  resolve(reference: SecretReference): Promise<Secret>;
  /** Told of values that were not there at the start: rotated ones. */
  onNew(listener: (secret: Secret) => void): void;
}

/** Reads every secret once, so that a missing one stops the start and not the first request at night. */
export async function readSecrets(
  config: ResolvedConfig,
  env?: Readonly<Record<string, string | undefined>>,
): Promise<Secrets> {
  const io = systemSecretIo();
  const source = createSecretSource(env ? { ...io, env } : io);
  const seen = new Map<string, Secret>();
  let listener: (secret: Secret) => void = () => {};
  const resolve = async (reference: SecretReference) => {
    const secret = await source.resolve(reference);
    if (!seen.has(secret.reveal())) {
      seen.set(secret.reveal(), secret);
      listener(secret);
    }
    return secret;
  };
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
  return {
    known: [...seen.values()],
    keys: new CallerKeys(callers, admin),
    resolve,
    onNew: (next) => {
      listener = next;
    },
  };
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
