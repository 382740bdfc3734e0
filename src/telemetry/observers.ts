import type { Observer } from '../engine/observer.ts';

/** Several observers as one. One that throws is reported and does not keep the others, or the request, from going on. */
export function combineObservers(observers: readonly Observer[], onError: (error: unknown) => void): Observer {
  const each =
    <Info>(call: (observer: Observer, info: Info) => void) =>
    (info: Info) => {
      for (const observer of observers) {
        try {
          call(observer, info);
        } catch (error) {
          onError(error);
        }
      }
    };
  return {
    requestBegun: each((observer, info) => observer.requestBegun(info)),
    attemptBegun: each((observer, info) => observer.attemptBegun(info)),
    attemptEnded: each((observer, info) => observer.attemptEnded(info)),
    requestEnded: each((observer, info) => observer.requestEnded(info)),
    breakerMoved: each((observer, info) => observer.breakerMoved(info)),
    tokensCounted: each((observer, info) => observer.tokensCounted(info)),
    qualityMoved: each((observer, info) => observer.qualityMoved(info)),
    alert: each((observer, info) => observer.alert(info)),
  };
}
