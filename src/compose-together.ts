import type { House } from './compose-house.ts';
import type { Observer } from './engine/observer.ts';
import { type SharedParts, standingShared, takeInShared } from './engine/shared-state.ts';
import { findTarget } from './server/find-route.ts';
import type { LiveGateway } from './server/live-gateway.ts';
import type { ServingState } from './server/serving-state.ts';
import type { Member, Together } from './workers/together.ts';

/** This process as the others ask and tell it. */
export function memberOf(live: LiveGateway, house: House, now: { openRequests(): number; wakeJobs(): void }): Member {
  const parts: SharedParts = {
    ...house.core,
    quality: house.core.quality,
    parity: house.receipts.parity,
    targetOf: (id) => findTarget(live, id),
  };
  return {
    takeIn: (event) => takeInShared(event, parts),
    standing: () => standingShared(parts),
    state: () => stateOf(house, now.openRequests()),
    metrics: () => house.metrics?.render(),
    wakeJobs: () => now.wakeJobs(),
  };
}

function stateOf({ core, opened, watch }: House, openRequests: number): ServingState {
  const lanes = core.lanes.loads().map((load) => {
    const lastFault = watch.lastFault(load.lane);
    return { ...load, ...(lastFault && { lastFault }) };
  });
  return { openRequests, ledgerLost: opened.ledger.lost(), lanes };
}

/** Of several processes that see the same lane move one tells it. */
export function onceTold(observer: Observer, together: Together | undefined): Observer {
  if (!together) return observer;
  return {
    requestBegun: (info) => observer.requestBegun(info),
    attemptBegun: (info) => observer.attemptBegun(info),
    attemptEnded: (info) => observer.attemptEnded(info),
    requestEnded: (info) => observer.requestEnded(info),
    breakerMoved: (move) => {
      if (together.isLead) observer.breakerMoved(move);
    },
    tokensCounted: (info) => observer.tokensCounted(info),
    qualityMoved: (moved) => observer.qualityMoved(moved),
    alert: (alert) => observer.alert(alert),
  };
}
