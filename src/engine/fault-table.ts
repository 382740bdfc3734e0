import type { FaultKind } from '../model/fault.ts';

/** Whether the same target is asked once more. */
export type SameTarget =
  | 'no'
  /** Once, at once, on a new connection; counts neither as an attempt nor against the retry budget. */
  | 'once-on-a-fresh-connection'
  | 'once'
  /** After exactly the wait that the provider named, if the target's budget has that much left. */
  | 'after-the-named-wait'
  /** With full jitter, for as long as the target's budget lasts. */
  | 'jittered'
  /** Once, with the route's own words of repair; not where it has none. */
  | 'once-with-repair'
  /** Once, without the opaque state of earlier turns, where it was that which the provider refused. */
  | 'once-without-state';

export type NextTarget =
  | 'no'
  | 'yes'
  /** Only a target whose window is larger, or not known. */
  | 'larger-window'
  /** Only where the route says `onContentPolicy: next`. */
  | 'if-the-route-says-so';

/** What the fault says of the lane's health. `isolated`: shut for minutes, whatever the counts say. */
export type BreakerEffect = 'no' | 'yes' | 'slow' | 'isolated';

export type LaneHoldEffect =
  | 'no'
  /** Until the moment that the provider named; a later one extends it, an earlier one never shortens it. */
  | 'until-the-named-moment'
  | 'minutes'
  /** Not a hold: the lane remembers the window it was told of. */
  | 'learn-the-window';

/** One row of the fault table. */
export interface FaultRule {
  /** What it is, for a reader of `docs/faults.md`. */
  readonly means: string;
  readonly sameTarget: SameTarget;
  readonly nextTarget: NextTarget;
  readonly breaker: BreakerEffect;
  readonly hold: LaneHoldEffect;
  /** Somebody has to act: an alert is raised, once an hour a lane. */
  readonly alert: boolean;
  readonly why: string;
}

/**
 * Every fault before the commit point and what it leads to: the one table. `docs/faults.md` is printed from it.
 * After the commit point none of this applies; the route's recovery mode does.
 */
export const FAULT_TABLE: Readonly<Record<FaultKind, FaultRule>> = {
  'stale-connection': {
    means: 'a pooled socket that the provider had closed; nothing was received',
    sameTarget: 'once-on-a-fresh-connection',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'It says nothing of the provider: half of all requests that reuse an idle socket at the wrong moment fail so.',
  },
  'connection-failed': {
    means: 'connection refused, DNS, TLS, or reset before the first byte',
    sameTarget: 'once',
    nextTarget: 'yes',
    breaker: 'yes',
    hold: 'no',
    alert: false,
    why: 'One lost packet or one bad resolver answer is common; a second failure in a row is not chance.',
  },
  'rate-limited': {
    means: '429 that time cures',
    sameTarget: 'after-the-named-wait',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'until-the-named-moment',
    alert: false,
    why: 'A limit is not an illness: the provider said when, so we wait exactly that long or go elsewhere at once.',
  },
  'quota-exhausted': {
    means: 'quota, spend cap or credit used up: 402, insufficient_quota',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'minutes',
    alert: true,
    why: 'No retry cures it before somebody pays; asking again each second only fills logs.',
  },
  'server-error': {
    means: '500, 502, 503, 504, 529 and 408',
    sameTarget: 'jittered',
    nextTarget: 'yes',
    breaker: 'yes',
    hold: 'no',
    alert: false,
    why: 'Most are microspikes that pass within the primary budget; the breaker sees the ones that do not.',
  },
  'timed-out': {
    means: 'connect, headers, first content or gap clock ran out before the commit point, or the stream was too slow',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'slow',
    hold: 'no',
    alert: false,
    why: 'The budget is spent already; what was slow a moment ago will be slow again.',
  },
  'bad-response': {
    means: '200 with HTML, the wrong type, an error body, no answer, a broken stream, or overload told in-band',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'yes',
    hold: 'no',
    alert: false,
    why: 'A status line is not an answer. SDKs take such bodies for success, so it has to be caught here.',
  },
  'context-too-long': {
    means: 'the conversation does not fit the window',
    sameTarget: 'no',
    nextTarget: 'larger-window',
    breaker: 'no',
    hold: 'learn-the-window',
    alert: false,
    why: 'The request is at fault on this target only; a larger window may hold it, a smaller one never will.',
  },
  'invalid-request': {
    means: '400 or 422 for what the caller wrote',
    sameTarget: 'no',
    nextTarget: 'no',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'It is as wrong everywhere; walking the chain with it costs the caller the whole deadline.',
  },
  'provider-rejected': {
    means: 'a 4xx that is about this provider: failed_generation, an option that it does not know, state of another',
    sameTarget: 'once-without-state',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'Another provider may well take the same request; this one may too, without the state that it takes for somebody else’s.',
  },
  'content-policy': {
    means: 'refused by the provider’s content policy',
    sameTarget: 'no',
    nextTarget: 'if-the-route-says-so',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'Shopping around for a laxer policy is the operator’s decision, not the gateway’s.',
  },
  'credential-refused': {
    means: '401 or 403 for our own credential',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'isolated',
    hold: 'no',
    alert: true,
    why: 'Every further request on this credential fails as well, until somebody replaces it.',
  },
  'model-not-found': {
    means: '404: the model is unknown or retired',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'isolated',
    hold: 'no',
    alert: true,
    why: 'A retired model does not come back; somebody has to change the route.',
  },
  'contract-broken': {
    means:
      'the answer breaks its contract: not the schema asked for, an unknown tool, a rule of the route or the prompt',
    sameTarget: 'once-with-repair',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'The provider is up and the answer is bad: a matter of quality, not of health.',
  },
  'unproven-model': {
    means: 'a fallback of a strict route answers as another model than the one that was measured',
    sameTarget: 'no',
    nextTarget: 'yes',
    breaker: 'no',
    hold: 'no',
    alert: true,
    why: 'An alias was moved to another snapshot: it is up, and nobody has shown that its answers are as good. Somebody has to measure it.',
  },
  'caller-gone': {
    means: 'the caller closed the connection',
    sameTarget: 'no',
    nextTarget: 'no',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'Nobody is left to answer: everything upstream is cancelled at once.',
  },
  outrun: {
    means: 'cancelled by the gateway, because the answer of another target was taken',
    sameTarget: 'no',
    nextTarget: 'no',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'It was asked beside others and was not needed: that says nothing of the provider, which may bill it all the same.',
  },
  'deadline-exceeded': {
    means: 'the request’s own deadline passed',
    sameTarget: 'no',
    nextTarget: 'no',
    breaker: 'no',
    hold: 'no',
    alert: false,
    why: 'An impatient caller says nothing of the provider’s health.',
  },
  unknown: {
    means: 'anything that no other row names',
    sameTarget: 'no',
    nextTarget: 'no',
    breaker: 'no',
    hold: 'no',
    alert: true,
    why: 'Guessing turns a surprise into an incident: stop, loudly, and add the row that was missing.',
  },
};
