import type { LookupFunction } from 'node:net';
import { type Upstream, type UpstreamAnswer, UpstreamFault, type UpstreamRequest } from '../engine/ports.ts';
import { ConnectionPool } from './connection-pool.ts';
import { guardedLookup } from './egress-guard.ts';
import { exchange } from './exchange.ts';
import { type UpstreamLimits, upstreamLimits } from './limits.ts';
import { checkProvider, type UpstreamProvider } from './provider.ts';
import { readAnswer } from './read-answer.ts';
import { type ResolveSecret, requestHeaders, requestPath } from './request-head.ts';

export interface UpstreamOptions {
  /** By the name that targets carry in `provider`. */
  readonly providers: ReadonlyMap<string, UpstreamProvider>;
  /** Reads credentials that are given as references, at every attempt: a rotated key is used at once. */
  readonly resolveSecret: ResolveSecret;
  readonly limits?: Partial<UpstreamLimits>;
  /** Name resolution; the system's when absent. Its answers go through the egress guard all the same. */
  readonly dns?: LookupFunction;
}

/** An `Upstream` that holds sockets. */
export interface HttpUpstream extends Upstream {
  /** Ends every exchange and closes every socket. Idempotent. */
  close(): Promise<void>;
}

interface Account {
  readonly provider: UpstreamProvider;
  readonly base: URL;
  readonly pool: ConnectionPool;
}

/**
 * HTTP to the given providers, each with its own sockets and its own credential.
 * Throws a `TypeError` or `RangeError` naming the field for a provider or limit that makes no sense.
 */
export function createUpstream(options: UpstreamOptions): HttpUpstream {
  const limits = upstreamLimits(options.limits);
  const lookup = guardedLookup(options.dns);
  const accounts = new Map<string, Account>();
  for (const [name, provider] of options.providers) {
    const base = checkProvider(provider);
    const { connections } = provider;
    const pool = new ConnectionPool({ name, origin: base, lookup, limits, connections });
    accounts.set(name, { provider, base, pool });
  }

  return {
    async send(request): Promise<UpstreamAnswer> {
      const { signal } = request;
      signal.throwIfAborted();
      const account = accounts.get(request.target.provider);
      if (!account) throw unknownProvider(request);
      const { provider, base, pool } = account;
      const path = requestPath(base, request.path);
      const headers = await requestHeaders(provider, request, options.resolveSecret);
      const body = bodyText(request);
      const order = { provider: provider.name, path, headers, body, connectMs: connectMs(request) };
      const reply = await exchange(pool, { ...order, fresh: request.freshConnection, signal }, limits);
      return readAnswer(reply, { provider: provider.name, stream: request.stream, limits, signal });
    },

    async close() {
      await Promise.all([...accounts.values()].map(({ pool }) => pool.close()));
    },
  };
}

function connectMs(request: UpstreamRequest): number {
  if (Number.isFinite(request.connectMs)) return request.connectMs;
  throw new UpstreamFault({ kind: 'invalid-request', message: `connectMs must be finite, got ${request.connectMs}` });
}

/** JSON nested some thousands deep parses, but cannot be written again. */
function bodyText(request: UpstreamRequest): string {
  try {
    return JSON.stringify(request.body);
  } catch {
    throw new UpstreamFault({ kind: 'invalid-request', message: 'the request body cannot be written as JSON' });
  }
}

function unknownProvider(request: UpstreamRequest): UpstreamFault {
  return new UpstreamFault({ kind: 'unknown', message: `no provider is named ${request.target.provider}` });
}
