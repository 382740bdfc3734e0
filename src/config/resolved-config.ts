import type { UseLimits } from '../engine/demands.ts';
import type { JobPolicy } from '../engine/job-policy.ts';
import type { StateMemoryLimits } from '../engine/ports.ts';
import type { GateLimits, Route, SlowThresholds } from '../engine/route.ts';
import type { Authorisation } from '../model/authorisation.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { Envelope } from '../model/envelope.ts';
import type { Quirks } from '../model/quirks.ts';
import type { StatusFeed } from '../model/status-feed.ts';
import type { PriceOverride } from '../providers/pricing.ts';
import type { ModelOverrides } from '../providers/resolve-target.ts';
import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import type { AdaptivePolicy } from '../resilience/adaptive-limit.ts';
import type { BreakerPolicy } from '../resilience/breaker.ts';
import type { HeadroomPolicy } from '../resilience/headroom.ts';
import type { RetryBudgetOptions } from '../resilience/retry-budget.ts';
import type { SlowPolicy } from '../resilience/slow-trigger.ts';
import type { AutoChoice } from './auto-targets.ts';
import type { LaneLimits } from './lane-limits.ts';
import type { ResolvedReceipts } from './resolve-receipts.ts';
import type { QualityWatchConfig } from './schema-quality-watch.ts';
import type { SecretRef } from './secret-ref.ts';

/** A provider with everything filled in. Secrets are still references: who sends the request reads them. */
export interface ResolvedProvider {
  readonly name: string;
  /** Canonical name of the known provider behind it: selects model facts, quirks and prices. */
  readonly known?: string;
  /** Absent where the known cloud decides by the model. */
  readonly dialect?: TargetDialectName;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly authorisation: Authorisation<SecretRef>;
  readonly envelope: Envelope;
  readonly headers: Readonly<Record<string, string | SecretRef>>;
  readonly region?: string;
  /** Days for which this account keeps what it is sent, in the operator's word. */
  readonly retentionDays?: number;
  readonly gate: GateLimits;
  /** What is too slow there, where it says so. */
  readonly slow?: SlowThresholds;
  /** Where it tells how it is; absent where no program can read it, or nobody shall. */
  readonly statusFeed?: StatusFeed;
  readonly quirks?: Partial<Quirks>;
  /** The operator's words on single models. */
  readonly models: ReadonlyMap<string, ModelOverrides>;
}

/** Limits of the HTTP edge. Sizes in bytes, times in milliseconds. */
export interface ServerLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaders: number;
  readonly maxHeaderBytes: number;
  readonly maxMessages: number;
  readonly maxTools: number;
  readonly maxDepth: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Absent where the memory that there is decides. */
  readonly maxStreams?: number;
  /** Absent where connections are shared evenly once they are scarce. */
  readonly maxConnectionsPerAddress?: number;
  readonly loopDelayMs: number;
  readonly stalledReaderMs: number;
  /** Bytes a second. */
  readonly readerRate: number;
}

/** A caller's key. */
export interface CallerKey {
  readonly name: string;
  readonly key: SecretRef;
  /** The routes it may use; absent: all of them, and raw targets. */
  readonly routes?: readonly string[];
}

export interface ResolvedServer {
  readonly host: string;
  readonly port: number;
  readonly adminKey?: SecretRef;
  /** Empty: nobody needs a key (loopback only). */
  readonly keys: readonly CallerKey[];
  readonly strictCompat: boolean;
  readonly limits: ServerLimits;
  readonly drain: { readonly delayMs: number; readonly graceMs: number };
  /** Reloads when files change. */
  readonly watch: boolean;
  /** Processes that serve; `auto`: one for each core. */
  readonly workers: number | 'auto';
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ResolvedTelemetry {
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  readonly metrics: boolean;
}

/** What is kept for callers of the Responses API. */
export interface ResolvedConversations {
  readonly store: boolean;
  /** Most items that a request may go on from. */
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** An endpoint that may be told of the ends of jobs. */
export interface ResolvedWebhook {
  readonly url: string;
  readonly secret: SecretRef;
}

/** How long what is stored stays, in milliseconds. */
export interface ResolvedRetention {
  /** Absent: for ever. */
  readonly requestsMs?: number;
  readonly conversationsMs: number;
}

export interface ResolvedStorage {
  readonly kind: 'sqlite';
  readonly file: string;
  /** Absent: anybody can compute the digests of seals. */
  readonly sealKey?: SecretRef;
  /** File that the end of the chain of seals is added to. */
  readonly checkpoints?: string;
}

/** A configuration as the rest of the program sees it: every default filled in, every name resolved. */
export interface ResolvedConfig {
  readonly server: ResolvedServer;
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
  /** Limits stated for single targets; they hold on every route. */
  readonly laneLimits: LaneLimits;
  /** As written for all routes; every route holds what it comes to. */
  readonly qualityWatch: QualityWatchConfig;
  readonly routes: ReadonlyMap<string, Route>;
  /** How chains were chosen from the catalogue, by route; only routes that asked for it. */
  readonly autoChoices: ReadonlyMap<string, AutoChoice>;
  /** What callers may spend and send, by the names of their keys; only those with a limit. */
  readonly callerLimits: ReadonlyMap<string, UseLimits>;
  /** By the tag that requests carry. */
  readonly tagLimits: ReadonlyMap<string, UseLimits>;
  /** What operators wrote of their routes for people, by route. */
  readonly descriptions: ReadonlyMap<string, string>;
  /** Prices that operators stated, by target id. */
  readonly prices: ReadonlyMap<string, PriceOverride>;
  readonly health: {
    readonly breaker: BreakerPolicy;
    readonly retryBudget: RetryBudgetOptions;
    readonly slow: SlowPolicy;
    readonly headroom: HeadroomPolicy;
    readonly adaptive: AdaptivePolicy;
  };
  readonly storage: ResolvedStorage;
  /** Absent where there are none. */
  readonly prompts?: PromptLibrary;
  readonly conversations: ResolvedConversations;
  readonly retention: ResolvedRetention;
  readonly jobs: JobPolicy;
  readonly webhooks: ReadonlyMap<string, ResolvedWebhook>;
  readonly stateMemory: StateMemoryLimits;
  readonly receipts: ResolvedReceipts;
  /** Absent: no page is read. */
  readonly statusPages?: { readonly everyMs: number };
  readonly telemetry: ResolvedTelemetry;
}
