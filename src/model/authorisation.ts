/** The headers in which providers take a key that does not change: `Authorization: Bearer …`, or a header of that name. */
export const KEY_SCHEMES = ['bearer', 'x-api-key', 'x-goog-api-key', 'api-key'] as const;
export type KeyScheme = (typeof KEY_SCHEMES)[number];

/** Who asks Microsoft Entra for tokens. */
export type EntraIdentity<S> =
  /** Environment, workload identity, managed identity, developer tools: whatever the machine has, in the vendor's order. */
  | { readonly kind: 'default' }
  | {
      readonly kind: 'client-secret';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: S;
    }
  /** A federated token in a file, as Kubernetes mounts it; what is left out is read from the vendor's own variables. */
  | {
      readonly kind: 'workload-identity';
      readonly tenantId?: string;
      readonly clientId?: string;
      readonly tokenFile?: string;
    };

/** Whose AWS credentials sign. */
export type AwsIdentity<S> =
  /** Environment, shared files, SSO, web identity, container, instance: in the vendor's order. */
  | { readonly kind: 'default'; readonly profile?: string }
  | {
      readonly kind: 'keys';
      readonly accessKeyId: S;
      readonly secretAccessKey: S;
      readonly sessionToken?: S;
    };

/** How a provider is shown who asks. `S`: a secret, or where one is kept. */
export type Authorisation<S> =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly scheme: KeyScheme; readonly key: S }
  | { readonly kind: 'entra'; readonly scope: string; readonly identity: EntraIdentity<S> }
  /** Application default credentials, or the file named: a service account's key, or a federation. */
  | { readonly kind: 'google'; readonly credentialsFile?: string }
  | { readonly kind: 'sigv4'; readonly region: string; readonly service: string; readonly identity: AwsIdentity<S> };

/** Every secret that an authorisation is given, to be read at the start. */
export function secretsOf<S>(authorisation: Authorisation<S>): readonly S[] {
  switch (authorisation.kind) {
    case 'none':
    case 'google':
      return [];
    case 'key':
      return [authorisation.key];
    case 'entra':
      return authorisation.identity.kind === 'client-secret' ? [authorisation.identity.clientSecret] : [];
    case 'sigv4': {
      const { identity } = authorisation;
      if (identity.kind === 'default') return [];
      return [
        identity.accessKeyId,
        identity.secretAccessKey,
        ...(identity.sessionToken ? [identity.sessionToken] : []),
      ];
    }
  }
}
