import { type BreakerPolicy, checkBreakerPolicy, RAMP_CONSECUTIVE, SPIKE_MS } from './breaker-policy.ts';
import { WINDOW_BUCKETS } from './bucket-ring.ts';
import { requireFinite, requireNonNegative, requirePositive, requireRandom } from './number-guards.ts';
import { Ramp, type RampPolicy } from './ramp.ts';
import { RollingWindow } from './rolling-window.ts';

export type { BreakerPolicy } from './breaker-policy.ts';
export { DEFAULT_BREAKER } from './breaker-policy.ts';

/** What a request refused beside a running probe is told to wait: probes mostly report within about a second. */
const PROBE_REPORT_MS = 1000;

/** What an admitted request owes the breaker a result for. `past`: it was sent without being admitted, for nobody else could serve. */
export type Permit = 'pass' | 'probe' | 'past';

export type BreakerStateName = 'closed' | 'open' | 'half-open' | 'ramping' | 'isolated';

export type Admission =
  | { readonly kind: 'pass' }
  | { readonly kind: 'probe' }
  | {
      readonly kind: 'refused';
      readonly reason: Exclude<BreakerStateName, 'closed'>;
      /** Earliest moment at which another request may be admitted, from now. */
      readonly retryAfterMs: number;
    };

/** What an outage rests on. `refused`: a credential or a model that the provider does not take. */
export type OpenCause = 'failures' | 'slow' | 'refused' | 'operator';

export interface BreakerSnapshot {
  readonly state: BreakerStateName;
  /** Of the outage; absent while the breaker is closed. */
  readonly cause?: OpenCause;
  readonly consecutiveFailures: number;
  readonly windowOk: number;
  readonly windowFailed: number;
  /** When the outage began; it lasts until the breaker is closed again. */
  readonly openedAt?: number;
  readonly nextProbeAt?: number;
  readonly rampShare?: number;
}

/** An outage as others that watch the same lane are told of it: how long ago and how long still, never a moment of a clock. */
export type BreakerStanding = {
  readonly outage: { readonly agoMs: number; readonly intervalMs: number; readonly cause: OpenCause };
} & (
  | { readonly state: 'open' | 'isolated'; readonly leftMs: number }
  | { readonly state: 'half-open'; readonly probing: boolean }
  | { readonly state: 'ramping'; readonly agoMs: number; readonly dwellMs: number }
);

/** Whose failure it was. */
export interface FailureOf {
  /** The `now` of the `admit` that gave the permit. */
  readonly admittedAt?: number;
  /** The same request has failed here before. */
  readonly again?: boolean;
}

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open' | 'isolated'; readonly since: number; readonly until: number }
  /** `since`: from when a probe may begin. */
  | { readonly kind: 'half-open'; readonly probe: { readonly startedAt: number } | 'none'; readonly since: number }
  | { readonly kind: 'ramping'; readonly ramp: Ramp };

/**
 * Keeps traffic off a lane that fails and lets it back with care: closed → open → half-open → ramping → closed, and
 * isolated for what no waiting cures. Half-open admits exactly one probe; everybody else is refused at once rather
 * than kept waiting, because a crowd that waits is a crowd that rushes in.
 *
 * `now` is monotonic milliseconds, `random` uniform in [0, 1). Every admitted request owes one of `success`, `failure`
 * or `forget`, with the permit it was given; with `admittedAt` too, results of requests from before an outage cannot
 * disturb the ramp after it. Whoever went past an open breaker, because nobody else could serve, owes its result too: an answer
 * is as good as a probe's. Throws `RangeError` for a policy, time or random that makes no sense.
 */
export class Breaker {
  #policy: BreakerPolicy;
  /** Leaves the first moments after a probe falls due to others that watch the same lane. */
  readonly #probeDelayMs: number;
  #window: RollingWindow;
  #state: State = { kind: 'closed' };
  /** The failures since the last success: whose, how many with all retries, and since when. */
  readonly #row = { requests: 0, tries: 0, since: 0 };
  #outage: { readonly openedAt: number; readonly intervalMs: number; readonly cause: OpenCause } | undefined;
  /** When the lane last had all of its traffic back after an outage. */
  #returnedAt: number | undefined;
  /** Results of requests admitted earlier speak of a past that is over. */
  #acceptsSince = Number.NEGATIVE_INFINITY;

  constructor(policy: BreakerPolicy, now: number, probeDelayMs = 0) {
    this.#policy = checkBreakerPolicy(policy);
    this.#probeDelayMs = requireNonNegative('probeDelayMs', probeDelayMs);
    this.#window = new RollingWindow({ windowMs: policy.windowMs, buckets: WINDOW_BUCKETS }, requireFinite('now', now));
  }

  /** Another policy from now on; an outage and its ramp go on as they began. A window of another length begins empty. */
  follow(policy: BreakerPolicy, now: number): void {
    const { windowMs } = this.#policy;
    this.#policy = checkBreakerPolicy(policy);
    if (policy.windowMs !== windowMs)
      this.#window = new RollingWindow({ windowMs: policy.windowMs, buckets: WINDOW_BUCKETS }, now);
  }

  /** Decides about one more request. */
  admit(now: number, random: number): Admission {
    const state = this.#settle(now);
    switch (state.kind) {
      case 'closed':
        return { kind: 'pass' };
      case 'open':
      case 'isolated':
        return { kind: 'refused', reason: state.kind, retryAfterMs: state.until - now };
      case 'half-open': {
        if (state.probe !== 'none') {
          const leaseMs = state.probe.startedAt + this.#policy.probeLeaseMs - now;
          return { kind: 'refused', reason: 'half-open', retryAfterMs: Math.min(PROBE_REPORT_MS, leaseMs) };
        }
        const waitMs = state.since + this.#probeDelayMs - now;
        if (waitMs > 0) return { kind: 'refused', reason: 'half-open', retryAfterMs: waitMs };
        this.#beginProbe(now);
        return { kind: 'probe' };
      }
      case 'ramping':
        if (state.ramp.admit(now, random)) return { kind: 'pass' };
        return { kind: 'refused', reason: 'ramping', retryAfterMs: state.ramp.nextPassInMs(now) };
    }
  }

  /** What the present outage rests on; undefined while the breaker is closed. */
  get cause(): OpenCause | undefined {
    return this.#outage?.cause;
  }

  /** The state a request would meet, without taking the probe's place. */
  peek(now: number): BreakerStateName {
    return this.#settle(now).kind;
  }

  /** The lane answered. `admittedAt`: the `now` of the `admit` that gave the permit. */
  success(now: number, permit: Permit, admittedAt = now): void {
    const state = this.#settle(now);
    if (admittedAt < this.#acceptsSince) return;
    switch (state.kind) {
      case 'closed':
      case 'ramping':
        this.#endRow();
        this.#window.record(true, now);
        return;
      case 'half-open':
        if (permit !== 'pass') this.#startRamp(now);
        return;
      case 'open':
      case 'isolated':
        if (permit === 'past' && admittedAt >= state.since && this.#endsByAnswer) this.#startRamp(now);
        return;
    }
  }

  /** An answer says nothing of an operator's word, and of slowness only its pace does. */
  get #endsByAnswer(): boolean {
    const cause = this.#outage?.cause;
    return cause === 'failures' || cause === 'refused';
  }

  /**
   * The lane failed in a way that says something about its health. `random` spreads the time of the next probe. A request
   * that meets one spike with each of its tries is one failure; tries that fail for longer than a spike count by themselves.
   */
  failure(now: number, permit: Permit, random: number, { admittedAt = now, again = false }: FailureOf = {}): void {
    const state = this.#settle(now);
    if (admittedAt < this.#acceptsSince) return;
    switch (state.kind) {
      case 'closed':
        if (this.#fails(now, this.#policy.consecutive, again))
          this.#open(now, random, this.#policy.probeIntervalMs, 'failures');
        return;
      case 'ramping':
        // The probe before this ramp did succeed: the outage is the same, but its probes need not stay far apart.
        if (this.#fails(now, Math.min(RAMP_CONSECUTIVE, this.#policy.consecutive), again)) {
          this.#open(now, random, this.#policy.probeIntervalMs, 'failures');
        }
        return;
      case 'half-open':
        if (permit === 'probe') this.#open(now, random, this.#nextInterval(now), this.#outage?.cause ?? 'failures');
        return;
      case 'open':
      case 'isolated':
        return;
    }
  }

  /** The outcome says nothing about health (the caller left, a 400, a 429): frees the probe's place, counts nothing. */
  forget(now: number, permit: Permit, admittedAt = now): void {
    const state = this.#settle(now);
    if (permit !== 'probe' || state.kind !== 'half-open' || admittedAt < this.#acceptsSince) return;
    this.#state = { kind: 'half-open', probe: 'none', since: now };
  }

  /** Cuts the lane off for what time alone does not cure, a refused credential say; a probe follows all the same. */
  isolate(now: number, ms: number = this.#policy.isolateMs): void {
    const until = this.#laterEnd(now, requirePositive('ms', ms), 'isolated');
    this.#beginOutage(now, 'refused');
    this.#state = { kind: 'isolated', since: now, until };
  }

  /** The lane answers, and too slowly: opens as after failures. `random` spreads the time of the next probe. */
  slow(now: number, random: number): void {
    const { kind } = this.#settle(now);
    if (kind === 'closed' || kind === 'ramping') this.#open(now, random, this.#policy.probeIntervalMs, 'slow');
  }

  /** Opens for `ms` on an operator's word. Never shortens what stands. */
  forceOpen(now: number, ms: number): void {
    const isolated = this.#settle(now).kind === 'isolated';
    const until = this.#laterEnd(now, requirePositive('ms', ms), isolated ? 'isolated' : 'open');
    this.#beginOutage(now, 'operator');
    this.#state = { kind: isolated ? 'isolated' : 'open', since: now, until };
  }

  /** Closed, and everything forgotten; results of requests that are still under way are ignored. */
  reset(now: number): void {
    this.#close(now);
    this.#returnedAt = undefined;
    this.#acceptsSince = now;
  }

  /** Whether the result of a request admitted then still says something. */
  accepts(admittedAt: number): boolean {
    return admittedAt >= this.#acceptsSince;
  }

  /** So many answers came to others that watch the same lane. */
  successesElsewhere(now: number, answers: number): void {
    const { kind } = this.#settle(now);
    if (kind !== 'closed' && kind !== 'ramping') return;
    this.#endRow();
    this.#window.record(true, now, answers);
  }

  /** Somebody else who watches the same lane has begun its probe. */
  probeElsewhere(now: number): void {
    const { kind } = this.#settle(now);
    if (kind === 'open' || kind === 'half-open' || kind === 'isolated') this.#beginProbe(now);
  }

  /** What others that watch the same lane have to know of an outage; undefined while there is none. */
  standing(now: number): BreakerStanding | undefined {
    const state = this.#settle(now);
    if (state.kind === 'closed' || !this.#outage) return undefined;
    const { openedAt, intervalMs, cause } = this.#outage;
    const outage = { agoMs: now - openedAt, intervalMs, cause };
    switch (state.kind) {
      case 'open':
      case 'isolated':
        return { state: state.kind, outage, leftMs: state.until - now };
      case 'half-open':
        return { state: 'half-open', outage, probing: state.probe !== 'none' };
      case 'ramping':
        return { state: 'ramping', outage, agoMs: now - state.ramp.since, dwellMs: state.ramp.dwellMs };
    }
  }

  /** Takes over how somebody else who watches the same lane sees it. Of two ends of one outage the later counts. */
  adopt(standing: BreakerStanding, now: number): void {
    const { kind } = this.#settle(now);
    const { agoMs, intervalMs, cause } = standing.outage;
    if (standing.state === 'ramping' && kind === 'ramping') return;
    this.#outage = { openedAt: Math.min(this.#outage?.openedAt ?? now, now - agoMs), intervalMs, cause };
    switch (standing.state) {
      case 'ramping': {
        const policy = { ...this.#policy.ramp, dwellMs: standing.dwellMs };
        return this.#startRamp(now, { policy, since: now - standing.agoMs });
      }
      case 'half-open':
        this.#state = { kind: 'half-open', probe: standing.probing ? { startedAt: now } : 'none', since: now };
        return;
      case 'open':
      case 'isolated':
        this.#state = {
          kind: standing.state,
          since: now,
          until: this.#laterEnd(now, standing.leftMs, standing.state),
        };
        return;
    }
  }

  snapshot(now: number): BreakerSnapshot {
    const state = this.#settle(now);
    const { ok, failed } = this.#window.totals(now);
    return {
      state: state.kind,
      consecutiveFailures: this.#row.requests,
      windowOk: ok,
      windowFailed: failed,
      ...(this.#outage && { openedAt: this.#outage.openedAt, cause: this.#outage.cause }),
      ...((state.kind === 'open' || state.kind === 'isolated') && { nextProbeAt: state.until }),
      ...(state.kind === 'ramping' && { rampShare: state.ramp.share(now) }),
    };
  }

  /** Makes the changes of state that are due by time alone. */
  #settle(now: number): State {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        break;
      case 'open':
      case 'isolated':
        if (now >= state.until) this.#state = { kind: 'half-open', probe: 'none', since: state.until };
        break;
      case 'half-open':
        if (state.probe !== 'none' && now - state.probe.startedAt >= this.#policy.probeLeaseMs) {
          this.#state = { kind: 'half-open', probe: 'none', since: state.probe.startedAt + this.#policy.probeLeaseMs };
        }
        break;
      case 'ramping':
        if (now < state.ramp.endsAt) break;
        this.#returnedAt = state.ramp.fullFrom;
        this.#close(now);
        break;
    }
    return this.#state;
  }

  /** Counts a failure; true where that is one too many. */
  #fails(now: number, consecutive: number, again: boolean): boolean {
    const row = this.#row;
    if (row.tries === 0) row.since = now;
    row.tries += 1;
    if (!again) {
      row.requests += 1;
      this.#window.record(false, now);
    }
    if (row.requests >= consecutive || (row.tries >= consecutive && now - row.since >= SPIKE_MS)) return true;
    const { ok, failed } = this.#window.totals(now);
    const samples = ok + failed;
    return samples >= this.#policy.minimumSamples && failed / samples >= this.#policy.failureShare;
  }

  #endRow(): void {
    this.#row.tries = 0;
    this.#row.requests = 0;
  }

  #open(now: number, random: number, intervalMs: number, cause: OpenCause): void {
    const state = this.#state;
    if (state.kind === 'ramping' && now >= state.ramp.fullFrom) this.#returnedAt = state.ramp.fullFrom;
    const spread = 1 + this.#policy.jitter * (2 * requireRandom(random) - 1);
    this.#outage = { openedAt: this.#outage?.openedAt ?? now, intervalMs, cause };
    this.#state = { kind: 'open', since: now, until: now + intervalMs * spread };
  }

  /** Early doubling would keep callers away from a provider that is back: most outages last minutes. */
  #nextInterval(now: number): number {
    const { probeIntervalMs, probeIntervalMaxMs, flatMs } = this.#policy;
    if (this.#outage === undefined || now - this.#outage.openedAt < flatMs) return probeIntervalMs;
    return Math.min(probeIntervalMaxMs, this.#outage.intervalMs * 2);
  }

  #beginOutage(now: number, cause: OpenCause): void {
    const { openedAt, intervalMs } = this.#outage ?? { openedAt: now, intervalMs: this.#policy.probeIntervalMs };
    this.#outage = { openedAt, intervalMs, cause };
  }

  #laterEnd(now: number, ms: number, kind: 'open' | 'isolated'): number {
    const state = this.#settle(now);
    return state.kind === kind ? Math.max(state.until, now + ms) : now + ms;
  }

  #beginProbe(now: number): void {
    this.#state = { kind: 'half-open', probe: { startedAt: now }, since: now };
    this.#acceptsSince = now;
  }

  #startRamp(now: number, { policy, since } = { policy: this.#rampFrom(now), since: now }): void {
    this.#endRow();
    this.#window.clear(now);
    this.#acceptsSince = now;
    this.#state = { kind: 'ramping', ramp: new Ramp(policy, since) };
  }

  /** A lane that falls ill again and again has all of its traffic back once in `returnDwellMs`: its stages are so much longer. */
  #rampFrom(now: number): RampPolicy {
    const { ramp, returnDwellMs } = this.#policy;
    if (this.#returnedAt === undefined || ramp.shares.length === 1) return ramp;
    const untilFull = this.#returnedAt + returnDwellMs - now;
    return { ...ramp, dwellMs: Math.max(ramp.dwellMs, untilFull / (ramp.shares.length - 1)) };
  }

  #close(now: number): void {
    this.#endRow();
    this.#window.clear(now);
    this.#outage = undefined;
    this.#state = { kind: 'closed' };
  }
}
