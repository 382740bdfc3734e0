import type { Alert, Observer } from '../../src/engine/observer.ts';

/** What the engine told its observers and nobody else keeps. */
export interface Watch {
  readonly observer: Observer;
  readonly alerts: Alert[];
  /** `lane from→to`, in order. */
  readonly moves: string[];
}

export function watch(): Watch {
  const alerts: Alert[] = [];
  const moves: string[] = [];
  const nothing = () => {};
  return {
    alerts,
    moves,
    observer: {
      requestBegun: nothing,
      attemptBegun: nothing,
      attemptEnded: nothing,
      requestEnded: nothing,
      breakerMoved: ({ lane, from, to }) => moves.push(`${lane} ${from}→${to}`),
      tokensCounted: nothing,
      qualityMoved: nothing,
      alert: (alert) => alerts.push(alert),
    },
  };
}

/** Asks again and again until `done` holds; rejects with what was seen last. Durations in milliseconds. */
export async function until<T>(look: () => T | Promise<T>, done: (seen: T) => boolean, limitMs = 10_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (done(seen)) return seen;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms; last seen ${JSON.stringify(seen)}`);
    await new Promise((later) => setTimeout(later, 5));
  }
}
