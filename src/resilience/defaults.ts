import { ADAPTIVE_FLOORS, DEFAULT_ADAPTIVE } from './adaptive-limit.ts';
import { DEFAULT_BACKOFF } from './backoff.ts';
import { DEFAULT_BREAKER, RAMP_CONSECUTIVE, SPIKE_MS } from './breaker-policy.ts';
import { WINDOW_BUCKETS } from './bucket-ring.ts';
import { DEFAULT_HEADROOM, MAX_HEADROOM_MS, UNTOLD_RESET_MS } from './headroom.ts';
import { RELATIVE_ERROR } from './histogram.ts';
import { DEFAULT_LATENCY_WINDOW } from './latency-window.ts';
import { MAX_RETRY_AFTER_MS } from './retry-after.ts';
import { DEFAULT_RETRY_BUDGET } from './retry-budget.ts';
import { DEFAULT_SLOW, WELL_SHARE } from './slow-trigger.ts';
import { THROUGHPUT_WINDOW_MS } from './throughput-floor.ts';

/** One default as the documentation prints it. */
export interface ResilienceDefault {
  /** Mechanism and option, e.g. `breaker.consecutive`. */
  readonly name: string;
  /** The number with its unit. */
  readonly value: string;
  readonly reason: string;
  /** Paper, specification or system that the number comes from; `own` where it is this project's choice. */
  readonly source: string;
}

const AWS_JITTER = 'AWS Architecture Blog, Exponential Backoff And Jitter';
const FINAGLE = 'Finagle RetryBudget';

/** Every default of the mechanisms, printed from the constants themselves so that the page cannot go stale. */
export const RESILIENCE_DEFAULTS: readonly ResilienceDefault[] = [
  {
    name: 'backoff.baseMs',
    value: duration(DEFAULT_BACKOFF.baseMs),
    reason: 'Two retries wait 1.5 times this on average, so that three attempts mostly outlive a burst of a second.',
    source: `${AWS_JITTER}; the AWS SDKs use the same base for throttling`,
  },
  {
    name: 'backoff.capMs',
    value: duration(DEFAULT_BACKOFF.capMs),
    reason: 'A longer wait could never be used: it is all the time that a primary has by default.',
    source: AWS_JITTER,
  },
  {
    name: 'retryAfter.max',
    value: duration(MAX_RETRY_AFTER_MS),
    reason: 'Spend caps and daily quotas do tell hours; more than a day is a wrong clock and would lose the lane.',
    source: 'RFC 9110 section 10.2.3; the limit is own',
  },
  {
    name: 'retryBudget.ratio',
    value: percent(DEFAULT_RETRY_BUDGET.ratio),
    reason: 'A lane that is down gets a fifth more traffic at most, not a multiple of it.',
    source: FINAGLE,
  },
  {
    name: 'retryBudget.perSecond',
    value: `${DEFAULT_RETRY_BUDGET.perSecond}/s`,
    reason: 'A quiet lane may retry too; Finagle grants ten, but a request to a model costs far more than an RPC.',
    source: `${FINAGLE}; the number is own`,
  },
  {
    name: 'retryBudget.ttlMs',
    value: duration(DEFAULT_RETRY_BUDGET.ttlMs),
    reason: 'Traffic of a while ago must not pay for a storm of retries now.',
    source: FINAGLE,
  },
  {
    name: 'throughputFloor.windowMs',
    value: duration(THROUGHPUT_WINDOW_MS),
    reason: 'Long enough for a pause between paragraphs, short enough that a trickle is noticed while somebody waits.',
    source: 'own, after read_min_rate of Caddy',
  },
  ...breakerDefaults(),
  ...slowDefaults(),
  ...headroomDefaults(),
  ...adaptiveDefaults(),
];

function breakerDefaults(): readonly ResilienceDefault[] {
  const { consecutive, failureShare, minimumSamples, windowMs, ramp, returnDwellMs } = DEFAULT_BREAKER;
  return [
    {
      name: 'breaker.consecutive',
      value: `${consecutive} requests`,
      reason:
        'Opens a quiet lane that no share could judge; one or two in a row fail by chance. All tries of a request are one.',
      source: 'Envoy outlier detection, consecutive_5xx; Finagle failure accrual',
    },
    {
      name: 'breaker.spikeMs',
      value: duration(SPIKE_MS),
      reason:
        'Tries of one request count as one failure, unless they fail for longer than a spike lasts: on a quiet lane they are all there is.',
      source: 'own, see docs/experiments/breaker.md',
    },
    {
      name: 'breaker.failureShare',
      value: percent(failureShare),
      reason: 'A lane that fails every other request costs more in retries than the next target does.',
      source: 'Hystrix, resilience4j',
    },
    {
      name: 'breaker.minimumSamples',
      value: `${minimumSamples} results`,
      reason: 'A share of fewer results is chance; Hystrix asks for 20, but requests to models are slower and fewer.',
      source: 'Hystrix; the number is own',
    },
    {
      name: 'breaker.windowMs',
      value: `${duration(windowMs)} in ${WINDOW_BUCKETS} buckets`,
      reason: 'Only what happened just now says something about now; all buckets passed while idle are cleared.',
      source: 'Hystrix',
    },
    ...probeDefaults(),
    {
      name: 'breaker.ramp',
      value: `${ramp.shares.map(percent).join(', ')}, ${duration(ramp.dwellMs)} each`,
      reason: 'Full traffic 30 s after a good probe, without knocking over a provider with cold caches.',
      source: 'own, after slowstart of HAProxy',
    },
    {
      name: 'breaker.returnDwellMs',
      value: duration(returnDwellMs),
      reason:
        'A lane that is ill every other minute would take its callers back and forth; full traffic returns once in this.',
      source: 'own, after route flap damping, RFC 2439',
    },
    {
      name: 'breaker.rampConsecutive',
      value: `${RAMP_CONSECUTIVE} failures`,
      reason: 'While it comes back a lane is under suspicion: one failure may be chance, two end the ramp.',
      source: 'own',
    },
  ];
}

function probeDefaults(): readonly ResilienceDefault[] {
  const { probeIntervalMs, probeIntervalMaxMs, flatMs, jitter, probeLeaseMs, isolateMs } = DEFAULT_BREAKER;
  return [
    {
      name: 'breaker.probeIntervalMs',
      value: duration(probeIntervalMs),
      reason: 'Traffic turns back within half a minute of a recovery, for the price of one request.',
      source: 'Envoy outlier detection, base_ejection_time',
    },
    {
      name: 'breaker.probeIntervalMaxMs',
      value: duration(probeIntervalMaxMs),
      reason: 'A provider that was gone for hours is still found again within minutes.',
      source: 'Envoy outlier detection, max_ejection_time',
    },
    {
      name: 'breaker.flatMs',
      value: duration(flatMs),
      reason: 'Most outages last minutes; doubling from the start would miss their end by as long as they lasted.',
      source: 'own',
    },
    {
      name: 'breaker.jitter',
      value: `± ${percent(jitter)}`,
      reason: 'Replicas that opened together must not probe together.',
      source: AWS_JITTER,
    },
    {
      name: 'breaker.probeLeaseMs',
      value: duration(probeLeaseMs),
      reason: 'A probe that never reports would keep the lane shut for good.',
      source: 'own',
    },
    {
      name: 'breaker.isolateMs',
      value: duration(isolateMs),
      reason: 'A refused credential or a retired model is cured by people; asking more often only fills logs.',
      source: 'Finagle failure accrual, constant backoff',
    },
  ];
}

function slowDefaults(): readonly ResilienceDefault[] {
  return [
    {
      name: 'slow.firstContentMs, slow.tokenMs',
      value: DEFAULT_SLOW.firstContentMs + DEFAULT_SLOW.tokenMs === 0 ? 'off' : 'on',
      reason:
        'How slow is too slow differs from model to model: one that thinks for a minute is well. Who waits is protected by the time limits all the same.',
      source: 'own',
    },
    {
      name: 'slow.forMs',
      value: duration(DEFAULT_SLOW.forMs),
      reason:
        'A minute outlasts the spells of slowness that pass by themselves, and most callers have felt it by then.',
      source: 'own, after the interval of Envoy outlier detection',
    },
    {
      name: 'slow.minimumSamples',
      value: `${DEFAULT_SLOW.minimumSamples} slow answers`,
      reason: 'As many as the failure share asks for: a few slow answers of a quiet lane are chance.',
      source: 'own',
    },
    {
      name: 'slow.well',
      value: `${percent(WELL_SHARE)} of the threshold`,
      reason: 'Faster than this counts as well, and so must a probe be: a lane at the threshold would come and go.',
      source: 'own',
    },
  ];
}

function headroomDefaults(): readonly ResilienceDefault[] {
  return [
    {
      name: 'headroom.reserve',
      value: percent(DEFAULT_HEADROOM.reserve),
      reason:
        'Others may use the same credential, and tokens are estimated; more would send traffic away that still fits.',
      source: 'own',
    },
    {
      name: 'headroom.max',
      value: duration(MAX_HEADROOM_MS),
      reason: 'A header beside a good answer is a weak word: for longer than this only a refusal keeps traffic away.',
      source: 'own',
    },
    {
      name: 'headroom.untoldReset',
      value: duration(UNTOLD_RESET_MS),
      reason: 'Where no reset is told the lane is tried again as soon as after a 429 that names no moment.',
      source: 'own',
    },
  ];
}

function adaptiveDefaults(): readonly ResilienceDefault[] {
  const { factor, quantile, minimumSamples, mostCut } = DEFAULT_ADAPTIVE;
  return [
    {
      name: 'latency.windowMs',
      value: `${duration(DEFAULT_LATENCY_WINDOW.windowMs)} in ${DEFAULT_LATENCY_WINDOW.slices} slices, quantiles within ${percent(RELATIVE_ERROR)}`,
      reason: 'Holds enough answers of a quiet lane to speak of a tail, and forgets a bad spell before the next one.',
      source: 'DDSketch for the error; the window is own',
    },
    {
      name: 'adaptive.factor',
      value: `${factor} times the ${percent(quantile)} quantile`,
      reason: 'Prompts differ in length by more than answers of one prompt do; what takes three times the tail hangs.',
      source: 'own, after the hedging delay of Dean and Barroso, The Tail at Scale',
    },
    {
      name: 'adaptive.floor',
      value: `headers ${duration(ADAPTIVE_FLOORS.headersMs)}, first content ${duration(ADAPTIVE_FLOORS.firstContentMs)}, gap ${duration(ADAPTIVE_FLOORS.gapMs)}`,
      reason: 'Below four seconds short spikes cause needless switches, however fast the lane usually is.',
      source: 'own',
    },
    {
      name: 'adaptive.minimumSamples',
      value: `${minimumSamples} answers`,
      reason: 'The tail of fewer is their slowest one, and that is chance.',
      source: 'own',
    },
    {
      name: 'adaptive.mostCut',
      value: percent(mostCut),
      reason:
        'Where more is given up than this, the statistics speak of the limit and not of the lane: it steps aside.',
      source: 'own',
    },
  ];
}

function duration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms > 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms % 100 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
