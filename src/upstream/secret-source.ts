import { readFile, stat } from 'node:fs/promises';
import { isHeaderValue } from './header-value.ts';
import { Secret } from './secret.ts';

/** Where a secret is kept: an environment variable by its name, or a file by its path. */
export interface SecretReference {
  readonly kind: 'env' | 'file';
  readonly name: string;
}

/** What resolving needs of the outside. */
export interface SecretIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
  /** Milliseconds since 1970 of the last change, and the size in bytes. Follows symbolic links. */
  stat(path: string): Promise<{ readonly modifiedAt: number; readonly bytes: number }>;
  /** Monotonic milliseconds. */
  now(): number;
  /** Told when a file that was readable no longer is; the last good value then stays in use. */
  onProblem?(message: string): void;
}

/** Gives the present value of a reference; follows rotation of files. */
export interface SecretSource {
  /** At once where the value is known. Throws or rejects with `SecretError`, which names the reference and never the value. */
  resolve(reference: SecretReference): Secret | Promise<Secret>;
}

/** A reference that leads to no usable value. */
export class SecretError extends Error {
  readonly isSecretError = true;
  readonly reference: string;

  constructor(reference: SecretReference, why: string) {
    const name = describeReference(reference);
    super(`secret ${name} ${why}`);
    this.name = 'SecretError';
    this.reference = name;
  }
}

/** No credential of any provider comes near this; a path to something else does. */
const maxSecretFileBytes = 64 * 1024;

/** How long the last look at a file or variable counts, so that a busy gateway does not look on every attempt. */
const recheckMs = 1_000;

/** `env:NAME` or `file:/path`. */
export function describeReference(reference: SecretReference): string {
  return `${reference.kind}:${reference.name}`;
}

/** Reads a reference once, without memory. Rejects with `SecretError`. */
export async function resolveSecret(reference: SecretReference, io: SecretIo): Promise<Secret> {
  return createSecretSource(io).resolve(reference);
}

/** The process's own environment and file system. */
export function systemSecretIo(onProblem?: (message: string) => void): SecretIo {
  return {
    env: process.env,
    readFile: (path) => readFile(path, 'utf8'),
    stat: async (path) => {
      const found = await stat(path);
      return { modifiedAt: found.mtimeMs, bytes: found.size };
    },
    now: () => performance.now(),
    ...(onProblem && { onProblem }),
  };
}

interface Held {
  secret: Secret;
  modifiedAt: number;
  checkedAt: number;
}

/** Resolves references and remembers what files and variables said, looking at each at most once a second. */
export function createSecretSource(io: SecretIo): SecretSource {
  const held = new Map<string, Held>();
  const variables = new Map<string, { readonly secret: Secret; readonly raw: string; checkedAt: number }>();
  const reading = new Map<string, Promise<Secret>>();

  async function lookAtFile(reference: SecretReference): Promise<Secret> {
    const before = held.get(reference.name);
    try {
      const found = await fileFacts(reference, io);
      if (before && before.modifiedAt === found.modifiedAt) {
        before.checkedAt = io.now();
        return before.secret;
      }
      const secret = usable(reference, await fileText(reference, io));
      held.set(reference.name, { secret, modifiedAt: found.modifiedAt, checkedAt: io.now() });
      return secret;
    } catch (error) {
      if (!before || !(error instanceof SecretError)) throw error;
      // A rotation in progress may leave the file away or half-written for a moment: that must not stop traffic.
      before.checkedAt = io.now();
      io.onProblem?.(`${error.message}; the last good value stays in use`);
      return before.secret;
    }
  }

  function lookAtVariable(reference: SecretReference): Secret {
    const before = variables.get(reference.name);
    const now = io.now();
    if (before && now - before.checkedAt < recheckMs) return before.secret;
    const raw = io.env[reference.name];
    if (raw === undefined) throw new SecretError(reference, 'is not set');
    // The same secret for the same value: what others made of it stays good.
    const secret = before?.raw === raw ? before.secret : usable(reference, raw);
    variables.set(reference.name, { secret, raw, checkedAt: now });
    return secret;
  }

  return {
    resolve(reference) {
      if (reference.kind === 'env') return lookAtVariable(reference);
      const known = held.get(reference.name);
      if (known && io.now() - known.checkedAt < recheckMs) return known.secret;
      const pending =
        reading.get(reference.name) ?? lookAtFile(reference).finally(() => reading.delete(reference.name));
      reading.set(reference.name, pending);
      return pending;
    },
  };
}

async function fileFacts(reference: SecretReference, io: SecretIo): Promise<{ modifiedAt: number }> {
  const found = await io.stat(reference.name).catch((error: unknown) => {
    throw new SecretError(reference, `cannot be read (${codeOf(error)})`);
  });
  if (found.bytes > maxSecretFileBytes) {
    throw new SecretError(reference, `holds ${found.bytes} bytes, the limit is ${maxSecretFileBytes}`);
  }
  return found;
}

function fileText(reference: SecretReference, io: SecretIo): Promise<string> {
  return io.readFile(reference.name).catch((error: unknown) => {
    throw new SecretError(reference, `cannot be read (${codeOf(error)})`);
  });
}

function usable(reference: SecretReference, raw: string): Secret {
  const value = raw.trim();
  if (value === '') throw new SecretError(reference, 'is empty');
  if (!isHeaderValue(value)) throw new SecretError(reference, 'holds characters that no HTTP header may carry');
  return new Secret(value);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
