import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import type { KnownBaseline } from '../quality/quality-baseline.ts';
import { QualitySeries, type SeriesChange, type SeriesSnapshot } from '../quality/quality-series.ts';
import type { Alerts } from './alerts.ts';
import type { Lanes } from './lanes.ts';
import type { Observer } from './observer.ts';
import type { Parity } from './parity.ts';
import { promptNameIn, questionOf } from './parity-question.ts';
import type {
  QualityMoved,
  QualityPolicy,
  QualityRow,
  QualitySample,
  QualityWatch,
  SampleSource,
} from './quality-watch.ts';
import type { Route, RouteTarget } from './route.ts';
import type { Sharing } from './sharing.ts';

/** Most series of one process; what was heard of longest ago goes first. */
export const MAX_QUALITY_SERIES = 2_000;
/** Longest time that a lane is shut for a route in one go, unless the operator's own is longer. */
export const MAX_QUALITY_SHUT_MS = 86_400_000;

export interface QualityHealthParts {
  readonly lanes: Lanes;
  readonly alerts: Alerts;
  readonly observer: Observer;
  readonly parity: Parity;
  /** Absent where the gateway has no prompts. */
  readonly prompts?: PromptLibrary | undefined;
  routeOf(name: string): Route | undefined;
  /** Absent where this process serves alone. */
  readonly sharing?: Sharing | undefined;
}

/** What one series is about. */
interface Watched {
  readonly series: QualitySeries;
  /** As the route had it when it was last asked about. */
  policy: QualityPolicy;
  readonly route: string;
  readonly target: string;
  readonly promptVersion: string | undefined;
  readonly source: SampleSource;
  /** Monotonic moment from which a fallen one may be tried again. */
  triedFrom: number;
  /** The lane was shut when it fell, so that an open one means that somebody opened it. */
  shut: boolean;
}

/**
 * Quality as health. Every series of scores (route, target, prompt version, source) has an always-valid test that it fell
 * below its baseline less the margin. When it has: an alert, the receipt revoked, and the lane shut for that route alone,
 * unless nobody else could serve it. After the shut a trial decides soon.
 */
export class QualityHealth implements QualityWatch {
  readonly #parts: QualityHealthParts;
  readonly #watched = new Map<string, Watched>();

  constructor(parts: QualityHealthParts) {
    this.#parts = parts;
  }

  sample(sample: QualitySample, now: number): void {
    this.#take(sample, now, true);
  }

  /** A score that another process took, which acts on it and tells: here it only counts. */
  sampledElsewhere(sample: QualitySample, now: number): void {
    this.#take(sample, now, false);
  }

  #take(sample: QualitySample, now: number, own: boolean): void {
    const route = this.#parts.routeOf(sample.route);
    if (!route || route.qualityWatch === 'off' || !route.qualityWatch.sources.includes(sample.source)) return;
    const target = route.targets.find((one) => one.target.id === sample.target);
    if (!target) return;
    const watched = this.#of(sample, route.qualityWatch);
    if (own) this.#parts.sharing?.tell({ about: 'quality', sample }, true);
    const place: Place = { route, policy: route.qualityWatch, target, now, own };
    if (watched.series.state === 'fallen') this.#mayTry(watched, place);
    const change = watched.series.take(Math.min(1, Math.max(0, sample.score)));
    if (change) this.#moved(watched, change, place);
  }

  rows(): QualityRow[] {
    return [...this.#watched.values()].map(({ series, route, target, promptVersion, source }) => ({
      route,
      target,
      ...(promptVersion !== undefined && { promptVersion }),
      source,
      ...series.snapshot(),
    }));
  }

  #of(sample: QualitySample, policy: QualityPolicy): Watched {
    const { route, target, promptVersion, source } = sample;
    const key = `${route} ${target} ${source} ${promptVersion ?? ''}`;
    const known = this.#watched.get(key);
    if (known && isSamePolicy(known, policy)) {
      // Back to the end, where one may soon have to go: a map keeps the order in which its keys came.
      if (this.#watched.size > MAX_QUALITY_SERIES / 2) {
        this.#watched.delete(key);
        this.#watched.set(key, known);
      }
      return known;
    }
    if (this.#watched.size >= MAX_QUALITY_SERIES) {
      const [oldest] = this.#watched.keys();
      if (oldest !== undefined) this.#watched.delete(oldest);
    }
    const series = new QualitySeries(policy, this.#baselineOf(sample, policy));
    const watched = { series, policy, route, target, promptVersion, source, triedFrom: 0, shut: false };
    this.#watched.set(key, watched);
    return watched;
  }

  /** Whoever complains does so by another measure than an evaluation: a receipt says nothing of how often. */
  #baselineOf(
    { route, target, promptVersion, source }: QualitySample,
    policy: QualityPolicy,
  ): KnownBaseline | undefined {
    if (policy.baseline !== undefined) return { mean: policy.baseline };
    if (source === 'feedback') return undefined;
    const found = this.#parts.parity.baselineOf({
      route,
      target,
      ...(promptVersion !== undefined && { promptVersion }),
    });
    return found && { mean: found.score, n: found.n };
  }

  #mayTry(watched: Watched, { route, target, now, own }: Place): void {
    const opened = watched.shut && !this.#parts.lanes.of(target, now).isShutFor(route.name, now);
    if (now < watched.triedFrom && !opened) return;
    watched.series.try();
    if (own) this.#tell(watched, { to: 'trial', because: 'its answers are looked at again' }, target);
  }

  #moved(watched: Watched, change: SeriesChange, place: Place): void {
    switch (change) {
      case 'recovered':
        if (!place.own) return;
        return this.#tell(watched, { to: 'recovered', because: wordsOf(watched.series.snapshot()) }, place.target);
      case 'fell':
        return this.#fell(watched, place);
    }
  }

  #fell(watched: Watched, place: Place): void {
    const { route, policy, target, now, own } = place;
    const because = wordsOf(watched.series.snapshot());
    const ms = Math.max(policy.shutMs, Math.min(MAX_QUALITY_SHUT_MS, policy.shutMs * 2 ** (watched.series.falls - 1)));
    watched.shut = ms > 0 && this.#somebodyElse(place, watched.promptVersion);
    watched.triedFrom = now + ms;
    if (!own) return;
    if (watched.shut) this.#parts.lanes.of(target, now).shutFor(route.name, now, ms, because);
    const { promptVersion } = watched;
    const subject = {
      route: route.name,
      target: target.target.id,
      ...(promptVersion !== undefined && { promptVersion }),
    };
    this.#parts.parity.revoke(subject, `${watched.source}: ${because}`);
    const done = watched.shut ? `shut for this route for ${Math.round(ms / 1000)} s` : 'still asked';
    this.#tell(watched, { to: 'fell', because, ...(watched.shut && { shutMs: ms }) }, target);
    this.#parts.alerts.raise(
      {
        kind: 'quality-fell',
        target: target.target.id,
        route: route.name,
        message: `answers of ${target.target.id} for route ${route.name} got worse by ${watched.source}: ${because}; ${done}`,
      },
      now,
    );
  }

  /** A bad answer in ten is better than none: the last one that could serve is not shut. */
  #somebodyElse({ route, target, now }: Place, promptVersion: string | undefined): boolean {
    if (route.policy.kind === 'single') return false;
    const prompt = this.#promptOf(promptVersion);
    const strict = route.demands.parity.mode === 'strict';
    return route.targets.some(
      (other) =>
        other.target.id !== target.target.id &&
        other.target.lane !== target.target.lane &&
        this.#parts.lanes.of(other, now).refusal(now, route.name) === undefined &&
        (!strict || this.#parts.parity.verdict(questionOf(route, other, prompt)).verdict === 'pass'),
    );
  }

  /** Undefined where the words were a route's own, or none. */
  #promptOf(version: string | undefined): Parameters<typeof questionOf>[2] {
    const library = this.#parts.prompts;
    const name = version === undefined ? undefined : promptNameIn(version);
    return library && name !== undefined && library.present(name) ? { name, library } : undefined;
  }

  #tell(watched: Watched, what: Pick<QualityMoved, 'to' | 'because' | 'shutMs'>, { target }: RouteTarget): void {
    const { route, promptVersion, source, series } = watched;
    this.#parts.observer.qualityMoved({
      route,
      target: target.id,
      lane: target.lane,
      ...(promptVersion !== undefined && { promptVersion }),
      source,
      scores: series.snapshot().testedScores,
      ...what,
    });
  }
}

/** A reload may have changed how this series is to be judged; most have not, and then it goes on. */
function isSamePolicy(watched: Watched, policy: QualityPolicy): boolean {
  if (watched.policy === policy) return true;
  if (JSON.stringify(watched.policy) !== JSON.stringify(policy)) return false;
  watched.policy = policy;
  return true;
}

interface Place {
  readonly route: Route;
  readonly policy: QualityPolicy;
  readonly target: RouteTarget;
  readonly now: number;
  /** Whether this process took the score: only then is anybody told. */
  readonly own: boolean;
}

function wordsOf({ mean = 0, floor = 0, testedScores }: SeriesSnapshot): string {
  return `a mean of about ${mean.toFixed(2)} of late, and ${floor.toFixed(3)} is the floor, after ${testedScores} scores`;
}
