import type { AwsIdentity } from '../model/authorisation.ts';
import { type CloudLibraries, library } from './cloud-libraries.ts';
import type { Credential } from './credential-cache.ts';
import type { SecretValue } from './provider.ts';
import { Secret } from './secret.ts';

/** AWS credentials: two or three secrets that belong together. */
export interface AwsKeys {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** A request that is complete but for its signature. */
export interface Unsigned {
  readonly origin: URL;
  /** Path and query as they go on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Walks the vendor's chain of places, from the start each time: it keeps what it found, and would give a refused one again. */
export async function awsKeysOfChain(
  identity: Extract<AwsIdentity<SecretValue>, { kind: 'default' }>,
  libraries: CloudLibraries,
  provider: string,
): Promise<Credential<AwsKeys>> {
  const { defaultProvider } = library(libraries, '@aws-sdk/credential-provider-node', provider);
  const chain = defaultProvider(identity.profile === undefined ? {} : { profile: identity.profile });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await chain();
  return {
    value: awsKeys(accessKeyId, secretAccessKey, sessionToken),
    ...(expiration !== undefined && { expiresAt: expiration.getTime() }),
  };
}

export function awsKeys(accessKeyId: string, secretAccessKey: string, sessionToken?: string): AwsKeys {
  return {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken !== undefined && sessionToken !== '' && { sessionToken: new Secret(sessionToken) }),
  };
}

/** Makes signatures of version 4 for one service in one region. */
export class AwsSigner {
  readonly #libraries: CloudLibraries;
  readonly #provider: string;
  readonly #scope: { readonly region: string; readonly service: string };

  constructor(libraries: CloudLibraries, provider: string, scope: { region: string; service: string }) {
    this.#libraries = libraries;
    this.#provider = provider;
    this.#scope = scope;
  }

  /**
   * The headers that sign a request: its method, path, query, headers and the hash of its body. `now`: milliseconds
   * since 1970.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
   */
  async sign(request: Unsigned, keys: AwsKeys, now: number): Promise<Record<string, string>> {
    const { SignatureV4 } = library(this.#libraries, '@smithy/signature-v4', this.#provider);
    const { Sha256 } = library(this.#libraries, '@aws-crypto/sha256-js', this.#provider);
    const signer = new SignatureV4({ ...this.#scope, credentials: revealed(keys), sha256: Sha256 });
    const { pathname, searchParams } = new URL(request.path, request.origin);
    const given = { ...request.headers, host: request.origin.host };
    const { headers } = await signer.sign(
      {
        method: 'POST',
        protocol: request.origin.protocol,
        hostname: request.origin.hostname,
        path: pathname,
        query: queryOf(searchParams),
        headers: given,
        body: request.body,
      },
      { signingDate: new Date(now) },
    );
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !Object.hasOwn(given, name)));
  }
}

function revealed(keys: AwsKeys) {
  return {
    accessKeyId: keys.accessKeyId.reveal(),
    secretAccessKey: keys.secretAccessKey.reveal(),
    ...(keys.sessionToken && { sessionToken: keys.sessionToken.reveal() }),
  };
}

function queryOf(parameters: URLSearchParams): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const name of parameters.keys()) query[name] = parameters.getAll(name);
  return query;
}
