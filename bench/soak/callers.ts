import { writeFileSync } from 'node:fs';
import { drawsFor, exponential } from '../../experiments/random.ts';
import { drawCall } from './calls.ts';
import { type ChildOrders, runChild } from './child.ts';
import { callerOf, makeCall, type Result } from './one-call.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';

export interface CallersSetting {
  readonly url: string;
  readonly key: string;
  readonly seed: number;
  /** Requests a second, on average; arrivals are a Poisson process, whatever the answers take. */
  readonly rate: number;
  /** Begin of the tag of each call; its number follows. */
  readonly tag: string;
}

export interface CallersCount {
  readonly sent: number;
  readonly open: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** What was odd, in words: the first few. */
  readonly odd: readonly string[];
}

/** What is told of odd ends at most. */
const MAX_ODD = 20;
/** Twice the arrivals that are expected in the longest run; a book of one byte a call. */
const MAX_CALLS = 4_000_000;
const OPEN = OUTCOMES.indexOf('open');

async function start({ url, key, seed, rate, tag }: CallersSetting): Promise<ChildOrders> {
  const caller = callerOf(url, key);
  const draw = drawsFor(seed, 'calls');
  const arrivals = drawsFor(seed, 'arrivals');
  const book = new Uint8Array(MAX_CALLS);
  const odd: string[] = [];
  let sent = 0;
  let open = 0;
  let next: NodeJS.Timeout | undefined;
  let dueAt = 0;

  const ended = (number: number, result: Result) => {
    open -= 1;
    book[number] = OUTCOMES.indexOf(result.outcome);
    if (result.odd !== undefined && odd.length < MAX_ODD) odd.push(`${tag}${number}: ${result.odd}`);
  };
  const arrive = () => {
    const now = performance.now();
    // Those that are due: timers are no finer than a millisecond.
    while (dueAt <= now && sent < MAX_CALLS) {
      const number = sent;
      sent += 1;
      open += 1;
      book[number] = OPEN;
      void makeCall(caller, drawCall(draw), `${tag}${number}`).then((result) => ended(number, result));
      dueAt += exponential(1_000 / rate, arrivals);
    }
    next = setTimeout(arrive, dueAt - now);
  };
  const count = (): CallersCount => {
    const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
    for (const code of book.subarray(0, sent)) outcomes[OUTCOMES[code] ?? 'odd'] += 1;
    return { sent, open, outcomes, odd };
  };
  return {
    ready: {},
    orders: {
      begin: () => {
        dueAt = performance.now();
        arrive();
      },
      pause: () => clearTimeout(next),
      /** Idle connections go as well. */
      leave: () => caller.agent.destroy(),
      count,
      book: (file) => writeFileSync(String(file), book.subarray(0, sent)),
    },
  };
}

runChild(start);
