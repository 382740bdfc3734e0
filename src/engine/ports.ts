import type { CallerDialect, ErrorResponse, TargetDialect } from '../model/dialect.ts';
import type { CallerDialectName, TargetDialectName } from '../model/dialect-name.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from './record.ts';

/** Time, passed in so that the same engine runs in virtual time. */
export interface Clock {
  /** Monotonic milliseconds, for every duration and limit. Never jumps. */
  now(): number;
  /** Milliseconds since 1970, for rows and for Retry-After dates only. */
  wallNow(): number;
  /** Runs `task` after `ms` (0 and negatives: at the next turn); gives the function that cancels it. */
  setTimer(ms: number, task: () => void): () => void;
}

/** Chance, passed in so that a run can be replayed. */
export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** At least 16 letters and digits, never twice the same. */
  newId(): string;
}

/** One HTTP exchange to be made with a provider. Credentials are added behind this port, per provider. */
export interface UpstreamRequest {
  readonly target: Target;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** Ask for a stream of server-sent events rather than one JSON body. */
  readonly stream: boolean;
  /** Milliseconds until a connection stands. */
  readonly connectMs: number;
  /** Forces a new connection: the answer to a pooled socket that had gone stale. */
  readonly freshConnection: boolean;
  /** Aborting closes the upstream socket, in every phase. */
  readonly signal: StopSignal;
}

/** What came back. Frames arrive in batches, one batch a network read, so that a busy stream costs one turn a read. */
export type UpstreamAnswer =
  | {
      readonly kind: 'stream';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Ends with the stream; throws `UpstreamFault` when it breaks. */
      readonly frames: AsyncIterable<readonly SseFrame[]>;
    }
  | {
      readonly kind: 'body';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly value: JsonValue;
    }
  /** Status outside 2xx, with as much of the body as the limit allows. */
  | { readonly kind: 'refused'; readonly response: ErrorResponse };

/** HTTP to providers. Rejects with `UpstreamFault`, or with the signal's reason when aborted. */
export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** What the upstream port throws: a fault of the transport, or of a body that is not what was asked for. */
export class UpstreamFault extends Error {
  readonly isUpstreamFault = true;
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'UpstreamFault';
    this.fault = fault;
  }
}

export function isUpstreamFault(error: unknown): error is UpstreamFault {
  return error instanceof Error && (error as Partial<UpstreamFault>).isUpstreamFault === true;
}

/** The durable record. Calls without a promise only queue; order is kept. */
export interface Ledger {
  requestBegun(row: RequestBegun): void;
  /** Before the first upstream byte: the attempt is `reserved`. */
  attemptStarted(row: AttemptStarted): void;
  attemptEnded(row: AttemptEnded): void;
  /** Resolves once the row, and all rows before it, would survive `kill -9`. Rejects when they cannot be written. */
  requestEnded(row: RequestEnded): Promise<void>;
}

/** US dollars for a usage on a target; undefined where price or count is not known. */
export type PriceUsage = (target: Target, usage: Usage) => number | undefined;

/** Bounds of the opaque state that is remembered for callers; what was used last stays longest. */
export interface StateMemoryLimits {
  /** Most turns; 0 remembers nothing. */
  readonly turns: number;
  /** Most bytes of all turns together, their keys included. */
  readonly bytes: number;
  /** Longest time, in milliseconds, that a turn is kept after it was last used. */
  readonly keepMs: number;
}

/** The dialect kits, by name. */
export interface Dialects {
  target(name: TargetDialectName): TargetDialect;
  caller(name: CallerDialectName): CallerDialect;
}

/** What a vendor's own status page says of the component that a target needs. Pages lag and omit: a prior, never a verdict. */
export interface StatusNote {
  /** `unknown`: the page could not be read, or speaks of nothing that we know. It says nothing, least of all that all is well. */
  readonly state: 'operational' | 'degraded' | 'partial' | 'outage' | 'maintenance' | 'unknown';
  /** The component or incident that it rests on, as the page names it. */
  readonly about?: string;
  /** Monotonic milliseconds at which the page was read. */
  readonly readAt: number;
}

/** Vendors' status pages, read in the background; asking costs nothing. Undefined: no page is known, or none is asked. */
export interface StatusPages {
  of(target: Pick<Target, 'provider' | 'dialect'>): StatusNote | undefined;
}
