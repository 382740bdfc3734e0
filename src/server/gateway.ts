import type { FeedbackGiven, OperatorAction } from '../engine/record.ts';
import type { Route } from '../engine/route.ts';
import type { EngineDeps } from '../engine/run-state.ts';
import type { LaneReader } from '../storage/lane-reader.ts';
import type { LedgerReader } from '../storage/ledger-reader.ts';
import type { ParityDesk } from './admin-parity.ts';
import type { SheddingMoved } from './admission.ts';
import type { CallerKeys } from './caller-keys.ts';
import type { Deferring } from './deferral.ts';
import type { Keeping } from './keeping.ts';
import type { ServingState } from './serving-state.ts';
import type { ServerSettings } from './settings.ts';

/** Everything the HTTP edge serves from; as one configuration has it; put together in one place (`compose-generation.ts`). */
export interface Gateway {
  readonly settings: ServerSettings;
  readonly routes: ReadonlyMap<string, Route>;
  /** What operators wrote of their routes for people, by route. */
  readonly descriptions: ReadonlyMap<string, string>;
  /** A route over the one target that a raw `provider/model` names; undefined for an unknown provider. */
  rawRoute(model: string): Route | undefined;
  readonly engine: EngineDeps;
  readonly keys: CallerKeys;
  readonly reader: LedgerReader;
  /** What the ledger tells of lanes. */
  readonly lanes: LaneReader;
  /** Puts on record what an operator did; resolves once it is durable. */
  operatorActed(row: OperatorAction): Promise<void>;
  /** Keeps what a caller said of an answer; false where it is there already, or the request is gone. */
  feedbackGiven(row: FeedbackGiven): Promise<boolean>;
  /** The last fault of a lane, since this process started. */
  lastFault(lane: string): { readonly kind: string; readonly at: number } | undefined;
  /** Absent where the operator has nothing kept. */
  readonly keeping?: Keeping;
  readonly deferring: Deferring;
  /** What evidence there is that targets may stand in for each other. */
  readonly parity: ParityDesk;
  /** Prometheus text; undefined where metrics are off. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }> | undefined;
  /** Of the processes that serve beside this one; absent where it serves alone. */
  statesElsewhere?(): Promise<readonly ServingState[]>;
  /** Rows that the ledger had to give up. */
  ledgerLost(): number;
  /** Told when requests begin to be refused for want of room, and when that is over. */
  onShedding(moved: SheddingMoved): void;
  /** An error of our own, for the log. */
  onInternalError(error: unknown, requestId: string): void;
}
