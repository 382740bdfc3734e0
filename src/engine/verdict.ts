import type { Fault } from '../model/fault.ts';
import { DEFAULT_BACKOFF, fullJitter } from '../resilience/backoff.ts';
import { MIN_ATTEMPT_MS } from './engine-defaults.ts';
import { FAULT_TABLE } from './fault-table.ts';

/** What a fault leads to. */
export type Verdict =
  | {
      readonly kind: 'retry-same';
      readonly waitMs: number;
      readonly wait: 'none' | 'backoff' | 'retry-after';
      readonly freshConnection: boolean;
      readonly withRepair: boolean;
      readonly withoutState: boolean;
    }
  | { readonly kind: 'next'; readonly why: string; readonly onlyLargerWindow: boolean }
  | { readonly kind: 'stop'; readonly why: string };

/** What the verdict depends on beside the table. */
export interface Situation {
  readonly fault: Fault;
  /** Attempts made at this target, the failed one included; free retries are not counted. */
  readonly tries: number;
  /** How often this kind of fault came from this target in this request, this time included. */
  readonly timesSeen: number;
  readonly maxTries: number;
  /** What is left of the target's share of the time. */
  readonly budgetLeftMs: number;
  /** The breaker still lets requests to this lane through. */
  readonly laneOpen: boolean;
  readonly repairAllowed: boolean;
  readonly onContentPolicy: 'stop' | 'next';
  readonly random: number;
  /** Takes one retry out of the lane's retry budget; asked only when everything else allows the retry. */
  takeRetry(): boolean;
}

/** Applies the fault table to one fault. */
export function judge(situation: Situation): Verdict {
  return retrySame(situation) ?? elsewhere(situation, undefined);
}

function retrySame(situation: Situation): Verdict | undefined {
  const { fault, timesSeen, tries, maxTries } = situation;
  const rule = FAULT_TABLE[fault.kind];
  switch (rule.sameTarget) {
    case 'no':
      return undefined;
    case 'once-on-a-fresh-connection':
      return timesSeen > 1 ? undefined : retry(0, 'none', { freshConnection: true });
    case 'once':
      return timesSeen > 1 ? undefined : paid(situation, retry(0, 'none', { freshConnection: true }));
    case 'once-with-repair':
      return timesSeen > 1 || !situation.repairAllowed
        ? undefined
        : paid(situation, retry(0, 'none', { withRepair: true }));
    case 'once-without-state':
      if (fault.kind !== 'provider-rejected' || fault.about !== 'opaque-state' || timesSeen > 1) return undefined;
      return paid(situation, retry(0, 'none', { withoutState: true }));
    case 'after-the-named-wait':
      if (fault.kind !== 'rate-limited' || fault.retryAfterMs === undefined) return undefined;
      return paid(situation, retry(fault.retryAfterMs, 'retry-after'));
    case 'jittered': {
      if (tries >= maxTries) return undefined;
      const jitter = fullJitter(DEFAULT_BACKOFF, tries - 1, situation.random);
      const named = fault.kind === 'server-error' ? (fault.retryAfterMs ?? 0) : 0;
      return paid(situation, retry(Math.max(jitter, named), named > jitter ? 'retry-after' : 'backoff'));
    }
  }
}

function retry(
  waitMs: number,
  wait: 'none' | 'backoff' | 'retry-after',
  how: { freshConnection?: boolean; withRepair?: boolean; withoutState?: boolean } = {},
): Extract<Verdict, { kind: 'retry-same' }> {
  const { freshConnection = false, withRepair = false, withoutState = false } = how;
  return { kind: 'retry-same', waitMs, wait, freshConnection, withRepair, withoutState };
}

/** A retry that costs an attempt: refused, with the reason, where attempts, time, health or budget forbid it. */
function paid(situation: Situation, verdict: Extract<Verdict, { kind: 'retry-same' }>): Verdict {
  if (situation.tries >= situation.maxTries) return elsewhere(situation, 'no attempts left at this target');
  if (!situation.laneOpen) return elsewhere(situation, 'breaker opened');
  if (verdict.waitMs + MIN_ATTEMPT_MS > situation.budgetLeftMs) {
    const left = Math.max(0, Math.round(situation.budgetLeftMs));
    return elsewhere(situation, `a retry after ${Math.round(verdict.waitMs)} ms does not fit the ${left} ms left here`);
  }
  if (!situation.takeRetry()) return elsewhere(situation, 'retry budget of the lane used up');
  return verdict;
}

function elsewhere(situation: Situation, note: string | undefined): Verdict {
  const rule = FAULT_TABLE[situation.fault.kind];
  const why = note ?? situation.fault.kind;
  switch (rule.nextTarget) {
    case 'yes':
      return { kind: 'next', why, onlyLargerWindow: false };
    case 'larger-window':
      return { kind: 'next', why, onlyLargerWindow: true };
    case 'if-the-route-says-so':
      if (situation.onContentPolicy === 'next')
        return { kind: 'next', why: 'route says next', onlyLargerWindow: false };
      return { kind: 'stop', why: 'route says stop' };
    case 'no':
      return { kind: 'stop', why };
  }
}

/** The verdict in words, for the ledger and for `explain`. */
export function verdictInWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'retry-same': {
      const how = [
        verdict.waitMs > 0 ? `after ${Math.round(verdict.waitMs)} ms (${verdict.wait})` : 'at once',
        verdict.freshConnection ? 'on a fresh connection' : '',
        verdict.withRepair ? 'with the words of repair' : '',
        verdict.withoutState ? 'without the state of earlier turns' : '',
      ];
      return `retry-same ${how.filter(Boolean).join(' ')}`;
    }
    case 'next':
      return `next-target: ${verdict.why}${verdict.onlyLargerWindow ? ' (larger or unknown window only)' : ''}`;
    case 'stop':
      return `stop: ${verdict.why}`;
  }
}
