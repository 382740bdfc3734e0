import type { UpstreamProvider } from './provider.ts';

/** The vendors' libraries, each behind the import that loads it: optional to install, and loaded only when configured. */
export const LIBRARY_IMPORTS = {
  '@azure/identity': () => import('@azure/identity'),
  'google-auth-library': () => import('google-auth-library'),
  '@aws-sdk/credential-provider-node': () => import('@aws-sdk/credential-provider-node'),
  '@smithy/signature-v4': () => import('@smithy/signature-v4'),
  '@aws-crypto/sha256-js': () => import('@aws-crypto/sha256-js'),
  '@smithy/eventstream-codec': () => import('@smithy/eventstream-codec'),
};

export type LibraryImports = typeof LIBRARY_IMPORTS;
export type LibraryName = keyof LibraryImports;

/** The libraries that were loaded, by name. */
export type CloudLibraries = { readonly [N in LibraryName]?: Awaited<ReturnType<LibraryImports[N]>> };

/** A library that a provider needs and that is not installed. */
export class MissingLibrary extends Error {
  readonly isMissingLibrary = true;
  readonly libraries: readonly string[];

  constructor(provider: string, libraries: readonly string[]) {
    super(`provider ${provider} needs ${libraries.join(', ')}; install with: npm install ${libraries.join(' ')}`);
    this.name = 'MissingLibrary';
    this.libraries = libraries;
  }
}

/** The libraries without which a provider cannot be reached. */
export function librariesOf({ authorisation, envelope }: UpstreamProvider): readonly LibraryName[] {
  const framing: LibraryName[] = envelope.kind === 'bedrock' ? ['@smithy/eventstream-codec'] : [];
  switch (authorisation.kind) {
    case 'none':
    case 'key':
      return framing;
    case 'entra':
      return [...framing, '@azure/identity'];
    case 'google':
      return [...framing, 'google-auth-library'];
    case 'sigv4': {
      const signing: LibraryName[] = ['@smithy/signature-v4', '@aws-crypto/sha256-js'];
      const chain: LibraryName[] =
        authorisation.identity.kind === 'default' ? ['@aws-sdk/credential-provider-node'] : [];
      return [...framing, ...signing, ...chain];
    }
  }
}

/**
 * Loads what the given providers need and nothing else. Rejects with `MissingLibrary`, which names every library that
 * the first provider in trouble lacks and the line that installs them.
 */
export async function loadLibraries(
  providers: Iterable<UpstreamProvider>,
  imports: LibraryImports = LIBRARY_IMPORTS,
): Promise<CloudLibraries> {
  const loaded: Partial<Record<LibraryName, unknown>> = {};
  for (const provider of providers) {
    const missing: string[] = [];
    for (const name of librariesOf(provider)) {
      if (loaded[name] !== undefined) continue;
      try {
        loaded[name] = await imports[name]();
      } catch (error) {
        if (!isNotFound(error)) throw error;
        missing.push(name);
      }
    }
    if (missing.length > 0) throw new MissingLibrary(provider.name, missing);
  }
  return loaded as CloudLibraries;
}

/** What `loadLibraries` would reject with, by the name of the provider. Rejects for a library that is there but broken. */
export async function findMissingLibraries(
  providers: Iterable<UpstreamProvider>,
  imports: LibraryImports = LIBRARY_IMPORTS,
): Promise<ReadonlyMap<string, string>> {
  const missing = new Map<string, string>();
  for (const provider of providers) {
    try {
      await loadLibraries([provider], imports);
    } catch (error) {
      if (!(error instanceof MissingLibrary)) throw error;
      missing.set(provider.name, error.message);
    }
  }
  return missing;
}

/** A library that is there but broken says so itself. */
function isNotFound(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

/** The library, which `loadLibraries` has loaded. Throws `MissingLibrary` where it was not asked to. */
export function library<N extends LibraryName>(
  libraries: CloudLibraries,
  name: N,
  provider: string,
): NonNullable<CloudLibraries[N]> {
  const found = libraries[name];
  if (found === undefined) throw new MissingLibrary(provider, [name]);
  return found;
}
