import { UpstreamFault } from '../engine/ports.ts';
import type { Authorisation } from '../model/authorisation.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import { type AwsKeys, AwsSigner, awsKeys, awsKeysOfChain, type Unsigned } from './aws-signer.ts';
import type { CloudLibraries } from './cloud-libraries.ts';
import { type Credential, CredentialCache } from './credential-cache.ts';
import { describeSecretValue, keyHeader, type SecretValue, type UpstreamProvider } from './provider.ts';
import { headerValue, type RawHeaders } from './response-headers.ts';
import { Secret } from './secret.ts';
import type { SecretReference } from './secret-source.ts';
import { entraToken, googleToken } from './token-sources.ts';

/** Reads a reference, at once where it is known; throws or rejects with an error that names it and not its value. */
export type ResolveSecret = (reference: SecretReference) => Secret | Promise<Secret>;

/** Headers that say who asks, and what is to be done when the answer is that they do not. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  /** True where the answer refuses a credential that a newer one can replace: the request is worth sending once more. */
  renew(status: number, headers: RawHeaders): boolean;
}

/** Shows one provider who asks. */
export interface Authoriser {
  /** Throws or rejects with `UpstreamFault` (`credential-refused`) in bounded time, or with the signal's reason. */
  prove(request: Unsigned, signal: StopSignal): Proof | Promise<Proof>;
}

/** What authorisers need of the outside. */
export interface AuthoriserTools {
  readonly libraries: CloudLibraries;
  readonly resolveSecret: ResolveSecret;
  /** Told of every passing credential before it is used: nothing may show it. */
  onSecret(secret: Secret): void;
  /** Told in one line when a renewal in the background failed. */
  onProblem(message: string): void;
  /** Longest wait for a credential, in milliseconds. */
  readonly limitMs: number;
  /** Milliseconds since 1970. */
  now(): number;
}

export function createAuthoriser(provider: UpstreamProvider, tools: AuthoriserTools): Authoriser {
  const { authorisation } = provider;
  switch (authorisation.kind) {
    case 'none':
      return { prove: () => lasting({}) };
    case 'key':
      return keyBearer(provider.name, authorisation, tools);
    case 'entra':
      return tokenBearer('Entra', provider.name, tools, (around) => entraToken(authorisation, around));
    case 'google':
      return tokenBearer('Google', provider.name, tools, (around) => googleToken(authorisation, around));
    case 'sigv4':
      return signing(provider.name, authorisation, tools);
  }
}

/** One key for all requests. What it makes of the key is made again only when the key is another one. */
function keyBearer(
  provider: string,
  { scheme, key }: Extract<Authorisation<SecretValue>, { kind: 'key' }>,
  { resolveSecret }: AuthoriserTools,
): Authoriser {
  let last: { readonly secret: Secret; readonly proof: Proof } | undefined;
  const proofOf = (secret: Secret): Proof => {
    if (last?.secret === secret) return last.proof;
    const value = secret.reveal();
    const proof = lasting({ [keyHeader(scheme)]: scheme === 'bearer' ? `Bearer ${value}` : value });
    last = { secret, proof };
    return proof;
  };
  return {
    prove() {
      const secret = readSecret(provider, key, resolveSecret);
      return secret instanceof Promise ? secret.then(proofOf) : proofOf(secret);
    },
  };
}

/** Reads a secret, at once where it is known. Throws or rejects with `UpstreamFault`, which says where it should have been. */
function readSecret(provider: string, value: SecretValue, resolve: ResolveSecret): Secret | Promise<Secret> {
  if (value instanceof Secret) return value;
  try {
    const secret = resolve(value);
    return secret instanceof Promise ? secret.catch(() => unreadable(provider, value)) : secret;
  } catch {
    return unreadable(provider, value);
  }
}

/** The error of a foreign resolver may quote anything; the reference says enough. */
function unreadable(provider: string, value: SecretValue): never {
  const message = `provider ${provider}: ${describeSecretValue(value)} could not be read`;
  throw new UpstreamFault({ kind: 'credential-refused', message });
}

/** What a secret says. Rejects with `UpstreamFault`. */
export async function reveal(provider: string, value: SecretValue, resolve: ResolveSecret): Promise<string> {
  return (await readSecret(provider, value, resolve)).reveal();
}

function lasting(headers: Readonly<Record<string, string>>): Proof {
  return { headers, renew: () => false };
}

type Around = Parameters<typeof entraToken>[1];

function tokenBearer(
  vendor: string,
  provider: string,
  tools: AuthoriserTools,
  fetch: (around: Around) => Promise<Credential<Secret>>,
): Authoriser {
  const { libraries } = tools;
  const around = { provider, libraries, reveal: (v: SecretValue) => reveal(provider, v, tools.resolveSecret) };
  const cache = new CredentialCache<Secret>({
    failure: `provider ${provider}: no ${vendor} token`,
    fetch: () => fetch(around),
    onNew: tools.onSecret,
    onProblem: tools.onProblem,
    limitMs: tools.limitMs,
    now: tools.now,
  });
  return {
    async prove(_request, signal) {
      const held = await cache.get(signal);
      const headers = { authorization: `Bearer ${held.value.reveal()}` };
      return { headers, renew: (status) => status === 401 && cache.renew(held) };
    },
  };
}

/** Names of refusals, in `x-amzn-errortype`, after which other credentials of the same chain may do. */
const AWS_STALE = /^(?:ExpiredToken|UnrecognizedClient)/;

function signing(
  provider: string,
  { identity, region, service }: Extract<Authorisation<SecretValue>, { kind: 'sigv4' }>,
  tools: AuthoriserTools,
): Authoriser {
  const signer = new AwsSigner(tools.libraries, provider, { region, service });
  if (identity.kind === 'keys') {
    const read = (value: SecretValue) => reveal(provider, value, tools.resolveSecret);
    return {
      async prove(request) {
        const token = identity.sessionToken && (await read(identity.sessionToken));
        const keys = awsKeys(await read(identity.accessKeyId), await read(identity.secretAccessKey), token);
        return lasting(await signer.sign(request, keys, tools.now()));
      },
    };
  }
  const cache = new CredentialCache<AwsKeys>({
    failure: `provider ${provider}: no AWS credentials`,
    fetch: () => awsKeysOfChain(identity, tools.libraries, provider),
    onNew: (keys) => {
      for (const secret of [keys.secretAccessKey, keys.sessionToken]) if (secret) tools.onSecret(secret);
    },
    onProblem: tools.onProblem,
    limitMs: tools.limitMs,
    now: tools.now,
  });
  return {
    async prove(request, signal) {
      const held = await cache.get(signal);
      return {
        headers: await signer.sign(request, held.value, tools.now()),
        renew: (status, headers) =>
          (status === 401 || status === 403) &&
          AWS_STALE.test(headerValue(headers, 'x-amzn-errortype') ?? '') &&
          cache.renew(held),
      };
    },
  };
}
