import type { Authorisation, AwsIdentity, EntraIdentity } from '../model/authorisation.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import { CLOUD_PROVIDERS } from '../providers/cloud-providers.ts';
import type { KnownProvider } from '../providers/known-provider.ts';
import { usualKeyScheme } from '../providers/known-providers.ts';
import type { CloudPlace } from './cloud-settings.ts';
import { type Environment, variable } from './environment-variable.ts';
import { type AuthOptions, authOptions } from './schema-auth.ts';
import type { ProviderConfig } from './schema-providers.ts';
import type { SecretRef } from './secret-ref.ts';

/** What decides beside the provider's own options. */
export type AuthSurroundings = { readonly env: Environment } & (
  | { readonly place: CloudPlace }
  | { readonly place?: undefined; readonly dialect: TargetDialectName; readonly known: KnownProvider | undefined }
);

/** For Azure OpenAI; other services of Azure have scopes of their own. */
const COGNITIVE_SERVICES_SCOPE = 'https://cognitiveservices.azure.com/.default';

/** Authorisation with everything filled in. Throws `RangeError` for what the checks would have refused. */
export function resolveAuth(provider: ProviderConfig, around: AuthSurroundings): Authorisation<SecretRef> {
  if (provider.auth !== undefined) return written(authOptions(provider.auth), provider, around);
  const { place } = around;
  const scheme = place ? CLOUD_PROVIDERS[place.cloud].keyScheme : usualKeyScheme(around.dialect);
  if (provider.apiKey !== undefined) return { kind: 'key', scheme, key: provider.apiKey };
  // What is the vendor's goes to the vendor: never to an address that the operator wrote himself.
  if (provider.baseUrl !== undefined) return { kind: 'none' };
  if (place) return usualInCloud(place, around.env);
  const usual = around.known?.keyVariables[0];
  return usual === undefined ? { kind: 'none' } : { kind: 'key', scheme, key: { kind: 'env', name: usual } };
}

function usualInCloud(place: CloudPlace, env: Environment): Authorisation<SecretRef> {
  const { keyVariables, keyScheme: scheme } = CLOUD_PROVIDERS[place.cloud];
  const keyed = keyVariables.find((each) => variable(env, each) !== undefined);
  if (keyed !== undefined) return { kind: 'key', scheme, key: { kind: 'env', name: keyed } };
  switch (place.cloud) {
    case 'azure':
      // Entra is never a guess: a machine that has an identity has it for something else.
      return { kind: 'key', scheme, key: { kind: 'env', name: keyVariables[0] ?? 'AZURE_OPENAI_API_KEY' } };
    case 'vertex':
      return { kind: 'google' };
    case 'bedrock':
      return sigv4({ kind: 'sigv4' }, place.location);
  }
}

function written(options: AuthOptions, provider: ProviderConfig, around: AuthSurroundings): Authorisation<SecretRef> {
  switch (options.kind) {
    case 'key':
      if (provider.apiKey === undefined) throw new RangeError('auth of kind key needs apiKey');
      return { kind: 'key', scheme: options.scheme, key: provider.apiKey };
    case 'entra':
      return { kind: 'entra', scope: options.scope ?? COGNITIVE_SERVICES_SCOPE, identity: entraIdentity(options) };
    case 'google': {
      const { credentialsFile } = options;
      return { kind: 'google', ...(credentialsFile !== undefined && { credentialsFile }) };
    }
    case 'sigv4':
      return sigv4(options, around.place?.location);
  }
}

function entraIdentity(options: Extract<AuthOptions, { kind: 'entra' }>): EntraIdentity<SecretRef> {
  const { tenantId, clientId, clientSecret, tokenFile } = options;
  if (clientSecret !== undefined) {
    if (tenantId === undefined || clientId === undefined)
      throw new RangeError('clientSecret needs tenantId and clientId');
    return { kind: 'client-secret', tenantId, clientId, clientSecret };
  }
  if (tenantId === undefined && clientId === undefined && tokenFile === undefined) return { kind: 'default' };
  return {
    kind: 'workload-identity',
    ...(tenantId !== undefined && { tenantId }),
    ...(clientId !== undefined && { clientId }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
}

function sigv4(options: Extract<AuthOptions, { kind: 'sigv4' }>, region: string | undefined): Authorisation<SecretRef> {
  if (region === undefined) throw new RangeError('sigv4 needs location: the AWS region that is signed for');
  return { kind: 'sigv4', region, service: 'bedrock', identity: awsIdentity(options) };
}

function awsIdentity(options: Extract<AuthOptions, { kind: 'sigv4' }>): AwsIdentity<SecretRef> {
  const { accessKeyId, secretAccessKey, sessionToken, profile } = options;
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return { kind: 'default', ...(profile !== undefined && { profile }) };
  }
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new RangeError('accessKeyId and secretAccessKey belong together');
  return { kind: 'keys', accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
