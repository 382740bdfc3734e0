import type { Authorisation, EntraIdentity } from '../model/authorisation.ts';
import type { CloudLibraries } from './cloud-libraries.ts';
import { library } from './cloud-libraries.ts';
import type { Credential } from './credential-cache.ts';
import type { SecretValue } from './provider.ts';
import { Secret } from './secret.ts';

/** What asking for a token needs of the provider and of the outside. */
export interface TokenSurroundings {
  readonly provider: string;
  readonly libraries: CloudLibraries;
  /** Reads a secret anew, so that a rotated one is used. */
  reveal(value: SecretValue): Promise<string>;
}

/** Where Google's clouds want their tokens to reach. */
const GOOGLE_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Where a source says nothing of the end: the shortest life that either vendor gives. */
const untoldLifeMs = 5 * 60_000;

/**
 * Asks Microsoft Entra. Each call with a client of its own: the library's clients keep their tokens, and would give the
 * refused one again.
 */
export async function entraToken(
  { identity, scope }: Extract<Authorisation<SecretValue>, { kind: 'entra' }>,
  around: TokenSurroundings,
): Promise<Credential<Secret>> {
  const client = await entraClient(identity, around);
  const given = await client.getToken(scope);
  if (!given) throw new Error('no token was given');
  return { value: new Secret(given.token), expiresAt: given.expiresOnTimestamp };
}

async function entraClient(identity: EntraIdentity<SecretValue>, around: TokenSurroundings) {
  const entra = library(around.libraries, '@azure/identity', around.provider);
  switch (identity.kind) {
    case 'default':
      return new entra.DefaultAzureCredential();
    case 'client-secret': {
      const { tenantId, clientId, clientSecret } = identity;
      return new entra.ClientSecretCredential(tenantId, clientId, await around.reveal(clientSecret));
    }
    case 'workload-identity': {
      const { tenantId, clientId, tokenFile } = identity;
      return new entra.WorkloadIdentityCredential({
        ...(tenantId !== undefined && { tenantId }),
        ...(clientId !== undefined && { clientId }),
        ...(tokenFile !== undefined && { tokenFilePath: tokenFile }),
      });
    }
  }
}

/** Asks Google, with a client of its own for each call, for the same reason. */
export async function googleToken(
  { credentialsFile }: Extract<Authorisation<SecretValue>, { kind: 'google' }>,
  around: TokenSurroundings,
): Promise<Credential<Secret>> {
  const { GoogleAuth } = library(around.libraries, 'google-auth-library', around.provider);
  const auth = new GoogleAuth({
    scopes: [GOOGLE_SCOPE],
    ...(credentialsFile !== undefined && { keyFilename: credentialsFile }),
  });
  const client = await auth.getClient();
  const { token } = await client.getAccessToken();
  if (token === null || token === undefined || token === '') throw new Error('no token was given');
  const expiresAt = client.credentials.expiry_date ?? Date.now() + untoldLifeMs;
  return { value: new Secret(token), expiresAt };
}
