import {
  MIN_LEARNED_TOKENS,
  MIN_MARGIN,
  SAMPLING,
  SETTLED_SAMPLES,
  UNLEARNED_MARGIN,
  WELL_KNOWN_SAMPLES,
} from './token-factor.ts';

/** An attempt with less time than this left is not started. */
export const MIN_ATTEMPT_MS = 250;
/** How long a lane is left alone after a 429 that names no moment. */
export const UNNAMED_HOLD_MS = 5_000;
/** How long a lane is left alone once its quota or credit is used up. */
export const QUOTA_HOLD_MS = 300_000;
/** Events held back before the commit point. */
export const MAX_HELD_EVENTS = 64;
/** Bytes held back before the commit point. */
export const MAX_HELD_BYTES = 256 * 1024;
/** Bytes held back where the route holds the whole answer. */
export const MAX_WHOLE_ANSWER_BYTES = 8 * 1024 * 1024;
/** Characters of an answer, however it is given: what one request may hold of its answer in memory. */
export const MAX_ANSWER_CHARS = 32 * 1024 * 1024;
/** A clock that fires this late was not kept by the provider but by us; it gets `LATE_GRACE_MS` more. */
export const LATE_TIMER_MS = 500;
export const LATE_GRACE_MS = 100;
/** Characters a token has on average, for the size of what is held back. */
export const CHARS_PER_TOKEN = 4;
/** Longest wait for a vendor's counter of tokens while a caller waits for an answer. */
export const COUNT_MS = 1_500;
/** Longest wait for one when a caller wants nothing but the count. */
export const COUNT_SURFACE_MS = 5_000;
/** How long a counter that failed is left alone, and one that is not there. */
export const COUNTER_REST_MS = 60_000;
export const COUNTER_GONE_MS = 3_600_000;
/** Lanes kept in memory; the longest idle one goes first. */
export const MAX_LANES = 2_000;

/** The engine's constants for the published table of defaults. */
export const ENGINE_DEFAULTS: readonly { readonly name: string; readonly value: string; readonly reason: string }[] = [
  {
    name: 'shortest attempt',
    value: `${MIN_ATTEMPT_MS} ms`,
    reason: 'no provider gives a first token sooner over a new connection; such an attempt would only be billed',
  },
  {
    name: 'hold after a 429 without Retry-After',
    value: `${UNNAMED_HOLD_MS / 1000} s`,
    reason: 'most limits are counted by the minute and refill steadily; a few seconds pass between useful tries',
  },
  {
    name: 'hold after an exhausted quota',
    value: `${QUOTA_HOLD_MS / 60_000} min`,
    reason: 'somebody has to act; five minutes notice a top-up soon and ask the provider 12 times an hour at most',
  },
  {
    name: 'held before the commit point',
    value: `${MAX_HELD_EVENTS} events or ${MAX_HELD_BYTES / 1024} KiB`,
    reason:
      'lifecycle frames are few and small; whoever sends more is answering. Pings beyond it are dropped, and never commit',
  },
  {
    name: 'held with hold: whole-answer',
    value: `${MAX_WHOLE_ANSWER_BYTES / 1024 / 1024} MiB`,
    reason: 'about two million tokens: larger than any answer, small enough for hundreds of requests at once',
  },
  {
    name: 'longest answer',
    value: `${MAX_ANSWER_CHARS / 1024 / 1024} Mi characters`,
    reason: 'eight million tokens: a provider that goes on for ever is cut off, and its caller is told so',
  },
  {
    name: 'margin of a token estimate',
    value: `${UNLEARNED_MARGIN * 100} % until ${SETTLED_SAMPLES} answers were compared, then three times their spread, ${MIN_MARGIN * 100} % at least`,
    reason:
      'a target is refused only where even the estimate less its margin does not fit: a wrong refusal costs more than one needless attempt',
  },
  {
    name: 'learning of token estimates',
    value: `from answers to ${MIN_LEARNED_TOKENS} tokens of text or more; every answer at first, one in ${SAMPLING} after ${WELL_KNOWN_SAMPLES}`,
    reason:
      'in short requests what a provider adds by itself outweighs the text; measuring a long text costs more than a known factor gains',
  },
  {
    name: 'wait for a token counter',
    value: `${COUNT_MS} ms, ${COUNT_SURFACE_MS / 1000} s where the caller wants nothing but the count; after a failure not asked again for ${COUNTER_REST_MS / 1000} s, where it is missing for ${COUNTER_GONE_MS / 3_600_000} h`,
    reason:
      'asked only within the margin of a window; healthy counters answer in a few hundred milliseconds, and without one the target is tried',
  },
  {
    name: 'grace for late clocks',
    value: `${LATE_GRACE_MS} ms when a timer is more than ${LATE_TIMER_MS} ms late`,
    reason:
      'after a frozen event loop the bytes are often there already; without grace a pause of ours fails every request',
  },
];
