import type { ClockName, Fault } from '../model/fault.ts';
import { THROUGHPUT_WINDOW_MS, ThroughputFloor } from '../resilience/throughput-floor.ts';
import { LATE_GRACE_MS, LATE_TIMER_MS } from './engine-defaults.ts';
import type { EarlyLimits } from './lane-pace.ts';
import type { Clock } from './ports.ts';
import type { Timeouts } from './route.ts';

/** When the limits of one attempt are, beside the route's clocks. */
export interface AttemptLimits {
  readonly timeouts: Timeouts;
  /** The clocks until the commit point: the same, or tighter where the lane is known to be fast. */
  readonly early: EarlyLimits;
  /** The target's share of the request's time; before the commit point no clock runs longer. */
  readonly budgetMs: number;
  /** The request's own deadline ends sooner than the target's share: running out says nothing of the target. */
  readonly deadlineRules: boolean;
  /** Left of the limit on the whole stream. */
  readonly totalMs: number;
  readonly stream: boolean;
  /** The caller already has part of the answer: the budget no longer applies. */
  readonly committed: boolean;
}

type Phase = 'headers' | 'first-content' | 'flowing';

/**
 * The clocks of one attempt, kept by one timer: it is armed for the nearest limit and looks again when it fires,
 * so that a stream of thousands of events costs no timer an event.
 */
export class AttemptClocks {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #expire: (fault: Fault) => void;
  readonly #startedAt: number;
  #floor: ThroughputFloor | undefined;
  #phase: Phase = 'headers';
  #lastContentAt: number;
  #longestGapMs = 0;
  #committed: boolean;
  #cancel: () => void = () => {};
  #armedFor = Number.POSITIVE_INFINITY;
  #graceGiven = false;
  #stopped = false;

  constructor(clock: Clock, limits: AttemptLimits, expire: (fault: Fault) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#expire = expire;
    this.#startedAt = clock.now();
    this.#lastContentAt = this.#startedAt;
    this.#committed = limits.committed;
    this.#floor = floorOf(limits, this.#startedAt);
    this.#arm(this.#startedAt);
  }

  headersReceived(): void {
    if (this.#phase === 'headers') this.#enter('first-content', this.#clock.now());
  }

  /** Content of so many characters came. */
  content(chars: number): void {
    const now = this.#clock.now();
    if (this.#phase === 'flowing') this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastContentAt);
    this.#lastContentAt = now;
    this.#floor?.record(chars, now);
    if (this.#phase !== 'flowing') this.#enter('flowing', now);
  }

  /** Longest pause between two contents so far, in milliseconds; pauses of the caller's are not counted. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** Milliseconds since the last content. */
  silentMs(now: number): number {
    return Math.max(0, now - this.#lastContentAt);
  }

  /** The commit point was passed: the budget until then no longer applies. */
  committed(): void {
    this.#committed = true;
  }

  /** The caller is behind with reading: until it has caught up, silence is not the provider's. */
  pause(): void {
    this.#disarm();
  }

  /** Goes on after `pause`; the pause itself is forgiven. */
  resume(): void {
    if (this.#stopped) return;
    const now = this.#clock.now();
    this.#lastContentAt = now;
    this.#floor = floorOf(this.#limits, now);
    this.#arm(now);
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  /** The limit of the new phase may be nearer than the one that the timer was armed for; a farther one can wait for it. */
  #enter(phase: Phase, now: number): void {
    this.#phase = phase;
    if (this.#stopped || this.#nearest() >= this.#armedFor) return;
    this.#disarm();
    this.#arm(now);
  }

  #disarm(): void {
    this.#cancel();
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(now: number): void {
    const at = this.#nearest();
    this.#armedFor = at;
    this.#cancel = this.#clock.setTimer(Math.max(0, at - now), () => this.#look(at));
  }

  #look(dueAt: number): void {
    if (this.#stopped) return;
    const now = this.#clock.now();
    if (now - dueAt > LATE_TIMER_MS && !this.#graceGiven) {
      this.#graceGiven = true;
      this.#cancel = this.#clock.setTimer(LATE_GRACE_MS, () => this.#look(this.#clock.now()));
      return;
    }
    const at = this.#nearest();
    if (at <= now) this.#expire(this.#faultOf(at));
    else if (this.#floor?.breached(now)) this.#expire(timedOut('throughput', this.#limits.timeouts.minCharsPerSecond));
    else this.#arm(now);
  }

  /** The moment of the limit that comes first, given what has happened so far. Asked often, so it makes nothing. */
  #nearest(): number {
    const { stream, totalMs, budgetMs } = this.#limits;
    let at = this.#phaseEnds();
    if (stream) at = Math.min(at, this.#startedAt + totalMs);
    if (!this.#committed) at = Math.min(at, this.#startedAt + budgetMs);
    if (this.#phase === 'flowing' && this.#floor) at = Math.min(at, this.#clock.now() + THROUGHPUT_WINDOW_MS / 2);
    return at;
  }

  /** A caller that has part of an answer loses more by a cut than by waiting. */
  #phaseLimits(): EarlyLimits {
    return this.#committed ? this.#limits.timeouts : this.#limits.early;
  }

  #phaseEnds(): number {
    const { headersMs, firstContentMs, gapMs } = this.#phaseLimits();
    switch (this.#phase) {
      case 'headers':
        return this.#startedAt + headersMs;
      case 'first-content':
        return this.#startedAt + firstContentMs;
      case 'flowing':
        return this.#lastContentAt + gapMs;
    }
  }

  /** What it means that the limit at this moment has passed. */
  #faultOf(at: number): Fault {
    const { timeouts, budgetMs, deadlineRules, stream, totalMs } = this.#limits;
    if (stream && at === this.#startedAt + totalMs) return timedOut('total', timeouts.totalMs);
    if (!this.#committed && at === this.#startedAt + budgetMs) {
      return deadlineRules ? deadlineExceeded() : timedOut(CLOCK_OF[this.#phase], budgetMs);
    }
    const { headersMs, firstContentMs, gapMs } = this.#phaseLimits();
    switch (this.#phase) {
      case 'headers':
        return timedOut('headers', headersMs);
      case 'first-content':
        return timedOut('first-content', firstContentMs);
      case 'flowing':
        return timedOut('gap', gapMs);
    }
  }
}

/** The clock that is blamed where the budget runs out. */
const CLOCK_OF: Readonly<Record<Phase, ClockName>> = {
  headers: 'headers',
  'first-content': 'first-content',
  flowing: 'gap',
};

function floorOf({ stream, timeouts }: AttemptLimits, now: number): ThroughputFloor | undefined {
  const { minCharsPerSecond } = timeouts;
  if (!stream || minCharsPerSecond <= 0) return undefined;
  return new ThroughputFloor({ minCharsPerSecond, windowMs: THROUGHPUT_WINDOW_MS }, now);
}

function timedOut(clock: ClockName, limit: number): Fault {
  if (clock === 'throughput') return { kind: 'timed-out', clock, message: `slower than ${limit} characters a second` };
  return { kind: 'timed-out', clock, message: `no ${WAITED_FOR[clock]} within ${Math.round(limit)} ms` };
}

const WAITED_FOR: Readonly<Record<Exclude<ClockName, 'throughput'>, string>> = {
  connect: 'connection',
  headers: 'response headers',
  'first-content': 'content',
  gap: 'further content',
  total: 'end of the stream',
};

function deadlineExceeded(): Fault {
  return { kind: 'deadline-exceeded', message: 'the deadline of the request passed' };
}
