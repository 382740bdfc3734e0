import type { BreakerStanding } from '../resilience/breaker.ts';
import type { LimitTold } from '../resilience/headroom.ts';
import type { KeptConversation } from './affinity.ts';
import type { Alert } from './observer.ts';
import type { RememberedTurn } from './opaque-memory.ts';
import type { QualitySample } from './quality-watch.ts';
import type { ModelReported, OperatorActionName, ReceiptRevoked } from './record.ts';

/**
 * Where a process stands among those that serve together, all of them on the same lanes. Every monotonic clock is its
 * own: what they tell each other are milliseconds that are left or have passed, never moments.
 */
export interface ServingPlace {
  /** From 0. */
  readonly index: number;
  /** Processes that serve. */
  readonly count: number;
}

/** By how much each process leaves a lane's probe to those before it, in milliseconds: to hear of a probe takes far less. */
export const PROBE_STEP_MS = 250;

/** What happened to a lane. */
export type LaneChange =
  /** Since the last time: requests sent, first attempts, answers. */
  | { readonly kind: 'counted'; readonly sent: number; readonly attempts: number; readonly answers: number }
  /** A fault that counts against it. `again`: the same request had failed here before. */
  | { readonly kind: 'failed'; readonly again: boolean; readonly random: number }
  | { readonly kind: 'retried' }
  /** Its breaker, after a change that time alone does not make. */
  | { readonly kind: 'moved'; readonly breaker: BreakerStanding }
  | { readonly kind: 'probing' }
  /** The probe said nothing: the next request may be one. */
  | { readonly kind: 'probe-freed' }
  /** Its provider said for how long. */
  | { readonly kind: 'held'; readonly ms: number; readonly reason: string }
  /** What an operator ordered; `ms`: for how long, where it is one that stands. */
  | { readonly kind: 'ordered'; readonly action: OperatorActionName; readonly ms: number }
  | { readonly kind: 'shut'; readonly route: string; readonly ms: number; readonly reason: string }
  | { readonly kind: 'reopened'; readonly route: string }
  /** Its rate limits, `since` requests ago. */
  | { readonly kind: 'told'; readonly limits: readonly LimitTold[]; readonly since: number }
  /** The size of its window, learned from a refusal. */
  | { readonly kind: 'window'; readonly tokens: number };

/** What was used of a limit. Negative where an estimate was too high. */
export type ChargeMade =
  | { readonly kind: 'request'; readonly scope: string }
  | { readonly kind: 'spent'; readonly scope: string; readonly usd: number }
  | { readonly kind: 'incident'; readonly route: string; readonly lane: string; readonly usd: number };

/** What one process tells those that serve beside it. */
export type SharedEvent =
  /** `target`: any of the lane, for whoever has not met it. */
  | { readonly about: 'lane'; readonly lane: string; readonly target: string; readonly changes: readonly LaneChange[] }
  | { readonly about: 'charges'; readonly charges: readonly ChargeMade[] }
  | { readonly about: 'windows'; readonly windows: readonly SpendStanding[] }
  | {
      readonly about: 'hedges';
      readonly route: string;
      readonly share: number;
      readonly requests: number;
      readonly hedges: number;
    }
  | { readonly about: 'turn'; readonly turn: SharedTurn }
  | { readonly about: 'distrusted'; readonly keys: readonly string[]; readonly origin: string }
  | {
      readonly about: 'conversation';
      readonly key: string;
      readonly keepMs: number;
      readonly kept: Omit<KeptConversation, 'since'> & { readonly agoMs: number };
    }
  | { readonly about: 'conversation-back'; readonly key: string }
  | { readonly about: 'alert'; readonly alert: Pick<Alert, 'kind' | 'target' | 'route'> }
  | { readonly about: 'quality'; readonly sample: QualitySample }
  | { readonly about: 'revoked'; readonly row: ReceiptRevoked }
  | { readonly about: 'model'; readonly row: ModelReported };

/** A window of spending that has begun. */
export interface SpendStanding {
  readonly scope: string;
  readonly window: 'minute' | 'hour' | 'day';
  readonly used: number;
  readonly agoMs: number;
}

/** A turn with opaque state, with the keys under which it is looked up. */
export interface SharedTurn extends RememberedTurn {
  readonly keys: readonly string[];
  readonly context?: string;
  readonly bytes: number;
}

/** The way to the other processes. Absent where one process serves alone: then nothing is counted for others. */
export interface Sharing {
  readonly place: ServingPlace;
  /** Goes out with the next batch. `soon`: at the end of this turn rather than within the interval of batches. */
  tell(event: SharedEvent, soon: boolean): void;
  /** Something was counted that `collect` gives. */
  counted(counter: SharedCounter): void;
}

/** Counts what is told in sums, so that a busy lane costs one message a batch. */
export interface SharedCounter {
  /** What was counted since the last time; nothing afterwards. */
  collect(): SharedEvent;
}
