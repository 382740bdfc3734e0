import type { LaneLoad } from '../engine/lanes.ts';

/** What one serving process has going on, for whoever answers for all of them. */
export interface ServingState {
  readonly openRequests: number;
  readonly ledgerLost: number;
  readonly lanes: readonly ServedLane[];
}

export interface ServedLane extends LaneLoad {
  readonly lastFault?: { readonly kind: string; readonly at: number };
}
