import type { ReaderRule } from './paced-writer.ts';

/** What the HTTP edge is told; every default filled in. Times in milliseconds, sizes in bytes. */
export interface ServerSettings {
  /** No `understudy` object in answers. */
  readonly strictCompat: boolean;
  readonly limits: ServerLimits;
  /** What whoever reads an answer has to take of it. */
  readonly reader: ReaderRule;
}

export interface ServerLimits {
  readonly bodyBytes: number;
  /** Number of request headers. */
  readonly headers: number;
  /** Size of all request headers together. */
  readonly headerBytes: number;
  readonly messages: number;
  readonly tools: number;
  /** Nesting of the request's JSON. */
  readonly depth: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Streams open at once; one more is answered 503. */
  readonly streams: number;
  /** Connections open at once. */
  readonly connections: number;
  /** Of them from one address. */
  readonly connectionsPerAddress: number;
  /** Delay of the event loop from which on, where it lasts, a part of what comes is refused. */
  readonly loopDelayMs: number;
}
