import type { StopSignal } from '../model/stop-signal.ts';
import type { Lane } from './lane.ts';
import type { Clock } from './ports.ts';

export type GateOutcome = 'entered' | 'full' | 'timeout' | 'gone';

/**
 * Enters a lane's admission gate, waiting in its bounded queue for at most `maxMs` and the lane's own limit.
 * `full`: even the queue is. Whoever entered must call `lane.gate.leave()`.
 */
export function enterGate(lane: Lane, maxMs: number, clock: Clock, signal: StopSignal): Promise<GateOutcome> {
  if (signal.aborted) return Promise.resolve('gone');
  if (lane.gate.tryEnter()) return Promise.resolve('entered');
  return new Promise((resolve) => {
    const finish = (outcome: GateOutcome) => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      if (outcome !== 'entered') place?.cancel();
      resolve(outcome);
    };
    const onAbort = () => finish('gone');
    let cancelTimer: () => void = () => {};
    const place = lane.gate.enqueue(() => finish('entered'));
    if (!place) return resolve('full');
    signal.addEventListener('abort', onAbort, { once: true });
    cancelTimer = clock.setTimer(Math.min(maxMs, lane.gateLimits.queueMs), () => finish('timeout'));
  });
}
