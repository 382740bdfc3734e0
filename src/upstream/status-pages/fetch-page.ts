import type { Agent } from 'undici';
import { guardedLookup, parseBaseUrl } from '../egress-guard.ts';
import { PACKAGE_VERSION } from '../package-version.ts';

/** What identifies the copy that is already here (RFC 9110 §13.1). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export type PageAnswer =
  | { readonly kind: 'page'; readonly text: string; readonly validators: Validators }
  /** 304: the copy that is here is the present one. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly why: string };

export interface PageFetcher {
  /** Never rejects. */
  fetch(url: string, validators: Validators, signal: AbortSignal): Promise<PageAnswer>;
  close(): Promise<void>;
}

/** The largest real page is Google's list of a year's incidents, below two megabytes. */
const MAX_PAGE_BYTES = 4 * 1_048_576;
const MAX_REDIRECTS = 3;
const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;

/**
 * Reads status pages over sockets of their own: no credential, no cookie, bounded in size, time and redirects, never to
 * a metadata address, never from https to http.
 */
export function createPageFetcher(): PageFetcher {
  let sockets: Promise<Sockets> | undefined;
  return {
    async fetch(url, validators, signal) {
      try {
        sockets ??= openSockets();
        return await follow(await sockets, url, validators, signal);
      } catch (error) {
        return { kind: 'failed', why: signal.aborted ? 'given up' : reasonOf(error) };
      }
    },
    close: async () => {
      await (await sockets)?.agent.destroy();
    },
  };
}

interface Sockets {
  readonly agent: Agent;
  readonly request: typeof import('undici').request;
}

/** Loaded with the first page: requests need a small part of this package, and a page that is read beside them all of it. */
async function openSockets(): Promise<Sockets> {
  const { Agent, request } = await import('undici');
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, lookup: guardedLookup() },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    keepAliveTimeout: 4_000,
    connections: 2,
  });
  return { agent, request };
}

async function follow(
  { agent, request }: Sockets,
  start: string,
  known: Validators,
  signal: AbortSignal,
): Promise<PageAnswer> {
  let url = parseBaseUrl('the address of a status page', start);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        accept: 'application/json, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5',
        'user-agent': `understudy/${PACKAGE_VERSION}`,
        ...(known.etag !== undefined && { 'if-none-match': known.etag }),
        ...(known.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
      },
    });
    if (statusCode === 200) return await pageOf(body, headers);
    await body.dump({ limit: 65_536, signal });
    if (statusCode === 304) return { kind: 'unchanged' };
    const location = one(headers.location);
    if (statusCode < 300 || statusCode > 399 || location === undefined) {
      return { kind: 'failed', why: `status ${statusCode}` };
    }
    const next = parseBaseUrl('a redirect of a status page', new URL(location, url).href);
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      return { kind: 'failed', why: 'a redirect from https to http' };
    }
    url = next;
  }
  return { kind: 'failed', why: `more than ${MAX_REDIRECTS} redirects` };
}

async function pageOf(
  body: AsyncIterable<Buffer> & { destroy(): void },
  headers: Record<string, string | string[] | undefined>,
): Promise<PageAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_PAGE_BYTES) {
      body.destroy();
      return { kind: 'failed', why: `larger than ${MAX_PAGE_BYTES} bytes` };
    }
    chunks.push(chunk);
  }
  const etag = one(headers.etag);
  const lastModified = one(headers['last-modified']);
  const validators = { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
  return {
    kind: 'page',
    text: Buffer.concat(chunks)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
    validators,
  };
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** A code where there is one: messages hold addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.message;
}
