import type { StatusNote } from '../../src/engine/ports.ts';
import type { OperatorActionName } from '../../src/engine/record.ts';
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
  readonly statusLies: readonly StatusLie[];
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

/** For a while a status page says this of a provider, whatever is true. */
export interface StatusLie {
  readonly provider: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly state: StatusNote['state'];
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
  /** It goes on with a conversation, whose name is in its options or whose history it shows. */
  readonly goesOn: boolean;
  readonly leaves?: { readonly when: 'after-start' | 'after-first-byte'; readonly ms: number };
  /** The reader takes so long over every batch of events. */
  readonly readMs?: number;
}

export type Disturbance = { readonly atMs: number } & (
  | { readonly kind: 'clock-step'; readonly byMs: number }
  /** The event loop stands still: time passes and no timer runs. */
  | { readonly kind: 'freeze'; readonly ms: number }
  | { readonly kind: 'reload'; readonly routes: readonly Route[] }
  | { readonly kind: 'operator'; readonly target: string; readonly action: OperatorActionName; readonly ms: number }
  /** The answers of a target are no longer good enough for one route. */
  | { readonly kind: 'shut'; readonly target: string; readonly route: string; readonly ms: number }
);
