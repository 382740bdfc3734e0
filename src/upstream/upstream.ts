import type { LookupFunction } from 'node:net';
import { type Upstream, type UpstreamAnswer, UpstreamFault, type UpstreamRequest } from '../engine/ports.ts';
import { type Authoriser, createAuthoriser, type Proof, type ResolveSecret } from './authoriser.ts';
import { bedrockFrames } from './bedrock-frames.ts';
import { type CloudLibraries, library } from './cloud-libraries.ts';
import { ConnectionPool } from './connection-pool.ts';
import { AWS_EVENT_STREAM } from './content-sniff.ts';
import { guardedLookup } from './egress-guard.ts';
import { type Wrapped, wrap } from './envelope.ts';
import { EventStreamParser } from './event-stream-parser.ts';
import { exchange, type Order, type Reply } from './exchange.ts';
import type { FrameParser } from './frame-stream.ts';
import { type UpstreamLimits, upstreamLimits } from './limits.ts';
import { checkProvider, type UpstreamProvider } from './provider.ts';
import { readAnswer } from './read-answer.ts';
import { RequestHead, requestPath, sendable } from './request-head.ts';
import type { Secret } from './secret.ts';

export interface UpstreamOptions {
  /** By the name that targets carry in `provider`. */
  readonly providers: ReadonlyMap<string, UpstreamProvider>;
  /** Reads credentials that are given as references, at every attempt: a rotated key is used at once. */
  readonly resolveSecret: ResolveSecret;
  /** What `loadLibraries` loaded for these providers. */
  readonly libraries?: CloudLibraries;
  /** Told of every token and key that is not in the configuration, before it is used. */
  readonly onSecret?: (secret: Secret) => void;
  /** Told in one line of what went wrong beside the traffic. */
  readonly onProblem?: (message: string) => void;
  /** Milliseconds since 1970, for the ends of tokens and the dates of signatures; the system's when absent. */
  readonly now?: () => number;
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
  /** Paths that were asked for, as they are sent. */
  readonly paths: Map<string, string>;
  readonly pool: ConnectionPool;
  readonly authoriser: Authoriser;
  readonly head: RequestHead;
}

/**
 * HTTP to the given providers, each with its own sockets and its own credential.
 * Throws a `TypeError` or `RangeError` naming the field for a provider or limit that makes no sense.
 */
export function createUpstream(options: UpstreamOptions): HttpUpstream {
  const limits = upstreamLimits(options.limits);
  const accounts = openAccounts(options, limits);
  const libraries = options.libraries ?? {};

  return {
    async send(request): Promise<UpstreamAnswer> {
      const { signal } = request;
      signal.throwIfAborted();
      const account = accounts.get(request.target.provider);
      if (!account) throw unknownProvider(request);
      const { provider } = account;
      const messageParser = messageParserOf(provider, request, libraries, limits);
      const wrapped = wrap(provider.envelope, request);
      const made = account.head.headersOf(wrapped.headers, acceptOf(request, messageParser));
      // What is at hand, as it nearly always is, costs no turn.
      const order = orderOf(account, request, wrapped, made instanceof Promise ? await made : made);
      const reply = await authorised(account, order, limits);
      const expected = { provider: provider.name, stream: request.stream, limits, signal };
      return readAnswer(reply, { ...expected, ...(messageParser && { messageParser }) });
    },

    async close() {
      await Promise.all([...accounts.values()].map(({ pool }) => pool.close()));
    },
  };
}

function openAccounts(options: UpstreamOptions, limits: UpstreamLimits): Map<string, Account> {
  const lookup = guardedLookup(options.dns);
  const tools = {
    libraries: options.libraries ?? {},
    resolveSecret: options.resolveSecret,
    onSecret: options.onSecret ?? (() => {}),
    onProblem: options.onProblem ?? (() => {}),
    limitMs: limits.credentialMs,
    now: options.now ?? Date.now,
  };
  const accounts = new Map<string, Account>();
  for (const [name, provider] of options.providers) {
    const base = checkProvider(provider);
    const { connections } = provider;
    const pool = new ConnectionPool({ name, origin: base, lookup, limits, connections });
    const head = new RequestHead(provider, options.resolveSecret);
    accounts.set(name, { provider, base, paths: new Map(), pool, authoriser: createAuthoriser(provider, tools), head });
  }
  return accounts;
}

function orderOf(
  { provider, base, paths }: Account,
  request: UpstreamRequest,
  wrapped: Wrapped,
  headers: Record<string, string>,
): Order {
  return {
    provider: provider.name,
    path: pathOf(paths, base, wrapped.path),
    headers,
    body: bodyText(wrapped.body),
    connectMs: connectMs(request),
    fresh: request.freshConnection,
    signal: request.signal,
  };
}

/** An account has as many paths as models, and each of them is checked and joined once. */
const maxKeptPaths = 256;

function pathOf(paths: Map<string, string>, base: URL, path: string): string {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const joined = requestPath(base, path);
  if (paths.size >= maxKeptPaths) paths.clear();
  paths.set(path, joined);
  return joined;
}

/** Sends, and sends once more where a token that ended early is the whole trouble. */
async function authorised(account: Account, order: Order, limits: UpstreamLimits): Promise<Reply> {
  const made = prove(account, order);
  const proof = made instanceof Promise ? await made : made;
  const reply = await exchange(account.pool, withProof(order, proof), limits);
  if (!proof.renew(reply.status, reply.headers)) return reply;
  reply.body.cancel();
  return exchange(account.pool, withProof(order, await prove(account, order)), limits);
}

function prove({ authoriser, base }: Account, { path, headers, body, signal }: Order): Proof | Promise<Proof> {
  return authoriser.prove({ origin: base, path, headers, body }, signal);
}

function withProof(order: Order, proof: Proof): Order {
  return { ...order, headers: Object.assign({}, order.headers, sendable(proof.headers)) };
}

function messageParserOf(
  { name, envelope }: UpstreamProvider,
  { stream, target }: UpstreamRequest,
  libraries: CloudLibraries,
  { maxEventBytes }: UpstreamLimits,
): FrameParser | undefined {
  const frameOf = stream && envelope.kind === 'bedrock' ? bedrockFrames(target.dialect) : undefined;
  return (
    frameOf && new EventStreamParser(library(libraries, '@smithy/eventstream-codec', name), frameOf, maxEventBytes)
  );
}

function acceptOf({ stream }: UpstreamRequest, messageParser: FrameParser | undefined): string {
  if (!stream) return 'application/json';
  return messageParser ? AWS_EVENT_STREAM : 'text/event-stream';
}

function connectMs(request: UpstreamRequest): number {
  if (Number.isFinite(request.connectMs)) return request.connectMs;
  throw new UpstreamFault({ kind: 'invalid-request', message: `connectMs must be finite, got ${request.connectMs}` });
}

/** JSON nested some thousands deep parses, but cannot be written again. */
function bodyText(body: UpstreamRequest['body']): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new UpstreamFault({ kind: 'invalid-request', message: 'the request body cannot be written as JSON' });
  }
}

function unknownProvider(request: UpstreamRequest): UpstreamFault {
  return new UpstreamFault({ kind: 'unknown', message: `no provider is named ${request.target.provider}` });
}
