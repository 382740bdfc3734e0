import type { Route } from '../../src/engine/route.ts';
import type { RequestOptions } from '../../src/model/chat-request.ts';
import type { VirtualTemper } from '../kit/virtual-provider.ts';

/** One world, drawn from a seed: everything that will happen from outside. Times in milliseconds of virtual time. */
export interface WorldPlan {
  readonly seed: number;
  readonly providers: readonly PlannedProvider[];
  /** As configured at the start; a reload replaces all of them. */
  readonly routes: readonly Route[];
  readonly requests: readonly PlannedRequest[];
  readonly disturbances: readonly Disturbance[];
  /** Nothing fails, nobody leaves, nothing is scarce. */
  readonly calm: boolean;
  readonly ledger: 'good' | 'slow' | 'refuses';
  /** From here on no incident hits anybody. */
  readonly faultsEndMs: number;
}

export interface PlannedProvider {
  readonly id: string;
  readonly temper: VirtualTemper;
}

export type RequestForm = 'text' | 'tool' | 'json';

export interface PlannedRequest {
  readonly id: string;
  readonly atMs: number;
  /** Index into the routes. */
  readonly route: number;
  readonly stream: boolean;
  readonly form: RequestForm;
  readonly options: RequestOptions;
  /** Requests of one conversation say so; absent: a conversation of its own. */
  readonly conversation?: string;
  readonly leaves?: { readonly when: 'after-start' | 'after-first-byte'; readonly ms: number };
  /** The reader takes so long over every batch of events. */
  readonly readMs?: number;
}

export type Disturbance = { readonly atMs: number } & (
  | { readonly kind: 'clock-step'; readonly byMs: number }
  /** The event loop stands still: time passes and no timer runs. */
  | { readonly kind: 'freeze'; readonly ms: number }
  | { readonly kind: 'reload'; readonly routes: readonly Route[] }
);
