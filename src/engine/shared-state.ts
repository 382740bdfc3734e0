import type { Lanes } from './lanes.ts';
import type { QualityHealth } from './quality-health.ts';
import type { ReceiptParity } from './receipt-parity.ts';
import type { RouteTarget } from './route.ts';
import type { EngineDeps } from './run-state.ts';
import type { SharedEvent } from './sharing.ts';

/** What several processes that serve together have in common. */
export interface SharedParts
  extends Pick<EngineDeps, 'clock' | 'lanes' | 'spending' | 'hedges' | 'memory' | 'preference' | 'alerts'> {
  readonly lanes: Lanes;
  readonly quality: Pick<QualityHealth, 'sampledElsewhere'>;
  readonly parity: Pick<ReceiptParity, 'restore'>;
  /** Undefined for a target that the configuration of this process does not have. */
  targetOf(id: string): RouteTarget | undefined;
}

/** Takes in what another process told. What is about a target that is not configured here is left out. */
export function takeInShared(event: SharedEvent, parts: SharedParts): void {
  const now = parts.clock.now();
  switch (event.about) {
    case 'lane': {
      const lane = laneOf(event, parts, now);
      for (const change of event.changes) lane?.changedElsewhere(change, now);
      return;
    }
    case 'charges': {
      const outageOf = (lane: string) => parts.lanes.find(lane)?.outageSince(now);
      for (const charge of event.charges) parts.spending.chargedElsewhere(charge, now, outageOf);
      return;
    }
    case 'windows':
      return parts.spending.takeOver(event.windows, now);
    case 'hedges':
      return parts.hedges.elsewhere(event, now);
    case 'turn':
      return parts.memory.rememberElsewhere(event.turn, now);
    case 'distrusted':
      return parts.memory.distrustElsewhere(event.keys, event.origin);
    case 'conversation':
      return parts.preference.servedElsewhere(event, now);
    case 'conversation-back':
      return parts.preference.backElsewhere(event.key);
    case 'alert':
      return parts.alerts.raisedElsewhere(event.alert, now);
    case 'quality':
      return parts.quality.sampledElsewhere(event.sample, now);
    case 'revoked':
      return parts.parity.restore([event.row], []);
    case 'model':
      return parts.parity.restore([], [event.row]);
  }
}

/** All that stands, as events that lead a new process to the same state. */
export function standingShared({ clock, lanes, spending, memory, preference }: SharedParts): SharedEvent[] {
  const now = clock.now();
  const charges = spending.incidents((lane) => lanes.find(lane)?.outageSince(now));
  return [
    // Lanes first: what an outage has cost counts for an outage that is known.
    ...lanes.standing(now),
    { about: 'windows', windows: spending.standing(now) },
    ...(charges.length > 0 ? [{ about: 'charges' as const, charges }] : []),
    ...memory.standing(MAX_STANDING_TURN_BYTES).map((turn) => ({ about: 'turn' as const, turn })),
    ...preference.standing(MAX_STANDING_CONVERSATIONS, now),
  ];
}

/** Of the opaque state that a new process is given; what is older is forgotten there. */
const MAX_STANDING_TURN_BYTES = 4 * 1_048_576;
/** The same of conversations that another than the primary serves. */
const MAX_STANDING_CONVERSATIONS = 2_000;

function laneOf(
  { lane, target }: { readonly lane: string; readonly target: string },
  { lanes, targetOf }: SharedParts,
  now: number,
) {
  const known = lanes.find(lane);
  if (known) return known;
  const found = targetOf(target);
  return found?.target.lane === lane ? lanes.of(found, now) : undefined;
}
