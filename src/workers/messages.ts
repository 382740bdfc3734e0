import type { SharedEvent } from '../engine/sharing.ts';
import type { ReloadOrder, ReloadOutcome } from '../server/reload-outcome.ts';
import type { ServingState } from '../server/serving-state.ts';
import type { FileSnapshot } from './file-snapshot.ts';
import type { MetricsText } from './together.ts';

/** What a worker needs to serve: the same for all but its place. */
export interface WorkerOrders {
  readonly index: number;
  readonly count: number;
  readonly lead: boolean;
  /** The file that the operator named; absent: it is looked for as the command does. */
  readonly path?: string;
  /** The configuration as the keeper read it. */
  readonly files: FileSnapshot;
  /** Where the simulated providers of the demo are. */
  readonly simulatorUrl?: string;
  /** All that stands in the workers that serve already. */
  readonly standing: readonly SharedEvent[];
}

export type Question = 'standing' | 'state' | 'metrics';

/** What the keeper says to a worker. */
export type ToWorker =
  | { readonly type: 'serve'; readonly orders: WorkerOrders }
  | { readonly type: 'events'; readonly from: number; readonly events: readonly SharedEvent[] }
  /** A worker has died; it frees what it had taken. */
  | { readonly type: 'gone'; readonly index: number }
  | { readonly type: 'lead' }
  | { readonly type: 'wake-jobs' }
  | { readonly type: 'question'; readonly id: number; readonly question: Question }
  | { readonly type: 'answered'; readonly id: number; readonly answer: KeeperAnswer }
  | { readonly type: 'reload'; readonly id: number; readonly files: FileSnapshot; readonly order: ReloadOrder }
  | { readonly type: 'drain'; readonly delayMs: number; readonly graceMs: number };

export type KeeperAnswer =
  | { readonly kind: 'lock'; readonly granted: boolean }
  | { readonly kind: 'states'; readonly states: readonly ServingState[] }
  | { readonly kind: 'metrics'; readonly metrics: MetricsText }
  | { readonly kind: 'reload'; readonly outcome: ReloadOutcome };

export type KeeperQuestion =
  | { readonly kind: 'lock'; readonly conversation: string }
  | { readonly kind: 'states' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'reload'; readonly order: ReloadOrder };

/** What a worker says to the keeper. */
export type ToKeeper =
  | { readonly type: 'loaded' }
  | { readonly type: 'listening'; readonly url: string }
  /** It cannot serve: nothing that another try would change. */
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: number }
  | { readonly type: 'events'; readonly events: readonly SharedEvent[] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: WorkerAnswer }
  | { readonly type: 'question'; readonly id: number; readonly question: KeeperQuestion }
  | { readonly type: 'unlock'; readonly conversation: string }
  | { readonly type: 'wake-jobs' }
  | { readonly type: 'drained'; readonly allEnded: boolean };

export type WorkerAnswer =
  | { readonly kind: 'standing'; readonly events: readonly SharedEvent[] }
  | { readonly kind: 'state'; readonly state: ServingState }
  | { readonly kind: 'metrics'; readonly metrics?: MetricsText }
  | { readonly kind: 'reload'; readonly outcome: ReloadOutcome };
