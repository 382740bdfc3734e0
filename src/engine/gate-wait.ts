import type { StopSignal } from '../model/stop-signal.ts';
import type { Lane } from './lane.ts';
import type { Clock } from './ports.ts';

export type GateOutcome = 'entered' | 'full' | 'timeout' | 'gone';

export interface GateWait {
  readonly maxMs: number;
  /** Whose turn it is. */
  readonly party: string;
  readonly signal: StopSignal;
}

/**
 * Enters a lane's admission gate, waiting in its bounded queue for at most `maxMs` and the lane's own limit.
 * `full`: even the queue is, or the room in it went to a party that had less of it. Whoever entered must call
 * `lane.gate.leave()`.
 */
export function enterGate(lane: Lane, wait: GateWait, clock: Clock): GateOutcome | Promise<GateOutcome> {
  const { maxMs, party, signal } = wait;
  if (signal.aborted) return 'gone';
  if (lane.gate.tryEnter()) return 'entered';
  return new Promise((resolve) => {
    const finish = (outcome: GateOutcome) => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      if (outcome !== 'entered') place?.cancel();
      resolve(outcome);
    };
    const onAbort = () => finish('gone');
    let cancelTimer: () => void = () => {};
    const place = lane.gate.enqueue((granted) => finish(granted ? 'entered' : 'full'), party);
    if (!place) return resolve('full');
    signal.addEventListener('abort', onAbort, { once: true });
    cancelTimer = clock.setTimer(Math.min(maxMs, lane.gateLimits.queueMs), () => finish('timeout'));
  });
}
