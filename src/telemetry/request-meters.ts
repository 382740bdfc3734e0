import type { Observer } from '../engine/observer.ts';
import type { LabelCap } from './label-cap.ts';
import { CounterFamily, type CounterSeries, HistogramFamily, type HistogramSeries } from './sums.ts';

/** Seconds, as the GenAI conventions space them: 0.01 × 2ⁿ. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** What the gateway adds is far below a second. */
const OVERHEAD_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** Found series that are kept by what they are of; beyond so many they are looked up again. */
const MAX_FOUND = 5_000;

type AttemptInfo = Parameters<Observer['attemptEnded']>[0];
type RequestInfo = Parameters<Observer['requestEnded']>[0];

/** Those that not every attempt adds to are found when the first one does. */
interface AttemptSeries {
  ok: CounterSeries | undefined;
  unpriced: CounterSeries | undefined;
  cost: CounterSeries | undefined;
  firstContent: HistogramSeries | undefined;
  readonly input: CounterSeries;
  readonly output: CounterSeries;
}

interface RequestSeries {
  readonly requests: CounterSeries;
  readonly duration: HistogramSeries;
  readonly overhead: HistogramSeries;
  firstContent: HistogramSeries | undefined;
}

/** What is counted of every request and every attempt. */
export class RequestMeters {
  readonly #names: LabelCap;
  readonly #requests = new CounterFamily('understudy_requests_total', 'Requests by outcome.', [
    'route',
    'dialect',
    'outcome',
  ]);
  readonly #attempts = new CounterFamily('understudy_attempts_total', 'Attempts by result: ok or the fault.', [
    'route',
    'target',
    'result',
  ]);
  readonly #cost = new CounterFamily('understudy_cost_usd_total', 'US dollars of attempts with a known price.', [
    'route',
    'target',
  ]);
  readonly #unpriced = new CounterFamily(
    'understudy_unpriced_attempts_total',
    'Attempts that may be billed at a cost nobody knows.',
    ['route', 'target'],
  );
  readonly #tokens = new CounterFamily('understudy_tokens_total', 'Tokens reported by providers.', [
    'target',
    'direction',
  ]);
  readonly #duration = new HistogramFamily(
    'understudy_request_duration_seconds',
    'Whole requests.',
    ['route', 'outcome'],
    SECONDS,
  );
  readonly #firstContent = new HistogramFamily(
    'understudy_first_content_seconds',
    'Request to the first content for the caller.',
    ['route'],
    SECONDS,
  );
  readonly #attemptFirstContent = new HistogramFamily(
    'understudy_attempt_first_content_seconds',
    'Attempt to its first content.',
    ['target'],
    SECONDS,
  );
  readonly #overhead = new HistogramFamily(
    'understudy_overhead_seconds',
    'What the gateway itself added.',
    ['route'],
    OVERHEAD_SECONDS,
  );
  readonly #ofAttempts = new Map<string, AttemptSeries>();
  readonly #ofRequests = new Map<string, RequestSeries>();

  constructor(names: LabelCap) {
    this.#names = names;
  }

  attemptEnded({ route: routeName, target: { id }, ended }: AttemptInfo): void {
    const [route, target] = [this.#names.of(routeName), this.#names.of(id)];
    const series = this.#attemptSeries(route, target);
    if (ended.fault) {
      this.#attempts.of(route, target, ended.fault.kind).add(1);
    } else {
      series.ok ??= this.#attempts.of(route, target, 'ok');
      series.ok.add(1);
    }
    if (ended.costUsd !== undefined) {
      series.cost ??= this.#cost.of(route, target);
      series.cost.add(ended.costUsd);
    } else if (ended.state !== 'free') {
      series.unpriced ??= this.#unpriced.of(route, target);
      series.unpriced.add(1);
    }
    series.input.add(ended.usage.inputTokens ?? 0);
    series.output.add(ended.usage.outputTokens ?? 0);
    if (ended.firstContentMs === undefined) return;
    series.firstContent ??= this.#attemptFirstContent.of(target);
    series.firstContent.observe(ended.firstContentMs / 1000);
  }

  requestEnded({ route: routeName, request, ended }: RequestInfo): void {
    const route = this.#names.of(routeName);
    const series = this.#requestSeries(route, request.dialect, ended.outcome);
    series.requests.add(1);
    series.duration.observe(ended.durationMs / 1000);
    series.overhead.observe(ended.overheadMs / 1000);
    if (ended.firstContentMs === undefined) return;
    series.firstContent ??= this.#firstContent.of(route);
    series.firstContent.observe(ended.firstContentMs / 1000);
  }

  /** In the Prometheus text format, each metric followed by an empty line. */
  text(): string {
    const families = [
      this.#requests,
      this.#attempts,
      this.#cost,
      this.#unpriced,
      this.#tokens,
      this.#duration,
      this.#firstContent,
      this.#attemptFirstContent,
      this.#overhead,
    ];
    return families.map((family) => family.text()).join('\n');
  }

  #attemptSeries(route: string, target: string): AttemptSeries {
    const key = `${route}\n${target}`;
    const known = this.#ofAttempts.get(key);
    if (known) return known;
    const found = {
      ok: undefined,
      unpriced: undefined,
      cost: undefined,
      firstContent: undefined,
      input: this.#tokens.of(target, 'input'),
      output: this.#tokens.of(target, 'output'),
    };
    return kept(this.#ofAttempts, key, found);
  }

  #requestSeries(route: string, dialect: string, outcome: string): RequestSeries {
    const key = `${route}\n${dialect}\n${outcome}`;
    const known = this.#ofRequests.get(key);
    if (known) return known;
    const found = {
      requests: this.#requests.of(route, dialect, outcome),
      duration: this.#duration.of(route, outcome),
      overhead: this.#overhead.of(route),
      firstContent: undefined,
    };
    return kept(this.#ofRequests, key, found);
  }
}

function kept<Series>(found: Map<string, Series>, key: string, series: Series): Series {
  if (found.size >= MAX_FOUND) found.clear();
  found.set(key, series);
  return series;
}
