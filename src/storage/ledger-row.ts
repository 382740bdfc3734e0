import type {
  AttemptEnded,
  AttemptStarted,
  LaneEvent,
  LaneMinute,
  ModelReported,
  OperatorAction,
  ReceiptRevoked,
  ReceiptSeen,
  RequestBegun,
  RequestEnded,
} from '../engine/record.ts';

/** One row of the ledger on its way to the file. */
export type LedgerRow =
  | { readonly kind: 'request-begun'; readonly row: RequestBegun }
  | { readonly kind: 'attempt-started'; readonly row: AttemptStarted }
  | { readonly kind: 'attempt-ended'; readonly row: AttemptEnded }
  | { readonly kind: 'request-ended'; readonly row: RequestEnded }
  | LaneRow
  | ReceiptRow;

/** What happened to a lane rather than to a request. */
export type LaneRow =
  | { readonly kind: 'operator-action'; readonly row: OperatorAction }
  | { readonly kind: 'lane-event'; readonly row: LaneEvent }
  | { readonly kind: 'lane-minute'; readonly row: LaneMinute };

/** What is known of receipts. */
export type ReceiptRow =
  | { readonly kind: 'receipt-seen'; readonly row: ReceiptSeen }
  | { readonly kind: 'receipt-revoked'; readonly row: ReceiptRevoked }
  | { readonly kind: 'model-reported'; readonly row: ModelReported };

/** What could not be written although the rest of its batch was. */
export interface RefusedWriting {
  /** Position among what was to be written. */
  readonly index: number;
  readonly why: string;
}
