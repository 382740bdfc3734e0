import type { OpenCause } from '../resilience/breaker.ts';
import type { Lane } from './lane.ts';

/** Those that their breakers shut, as far as they are worth asking when nobody else has answered. */
export interface LastResorts<T> {
  /** A probe was answered, and a part of the traffic is let in already. In the order of the route. */
  readonly returning: readonly T[];
  /** Of the others those of the most promising kind: slow ones, or else such as failed, or else such as only an operator can mend. */
  readonly shut: readonly T[];
}

/** The less, the more likely to answer. */
const PROMISE: Readonly<Record<OpenCause, number>> = { slow: 0, failures: 1, refused: 2, operator: 3 };

/** Sorts the candidates by what their breakers say at the monotonic moment `now`. */
export function lastResorts<T>(candidates: readonly T[], laneOf: (candidate: T) => Lane, now: number): LastResorts<T> {
  const returning: T[] = [];
  const shut: { readonly candidate: T; readonly promise: number }[] = [];
  for (const candidate of candidates) {
    const lane = laneOf(candidate);
    if (lane.breakerState(now) === 'ramping') returning.push(candidate);
    else shut.push({ candidate, promise: PROMISE[lane.outageCause ?? 'failures'] });
  }
  const best = Math.min(...shut.map(({ promise }) => promise));
  return { returning, shut: shut.filter(({ promise }) => promise === best).map(({ candidate }) => candidate) };
}
