import type { PeakLoad } from './headroom-outlook.ts';
import { type BreakerThen, lanesAfter, lanesAsRecorded } from './lanes-then.ts';
import type { OperatorAction } from './record.ts';
import type { Route } from './route.ts';
import type { EngineDeps } from './run-state.ts';
import type { StatedNeeds } from './stated-needs.ts';
import { type Outlook, type Supposition, whatIf } from './what-if.ts';

/** How requests of a route fared within some span. */
export interface RouteThen {
  readonly servedBy: string | undefined;
  readonly outcome: string;
  readonly degradedCause: string | undefined;
  readonly requests: number;
}

/** What is on record of lanes and routes. Times: wall clock, milliseconds since 1970. */
export interface LaneRecord {
  /** What operators ordered and stood at a moment. */
  standing(at: number): readonly OperatorAction[];
  /** The breakers that were not closed at a moment; undefined where no gateway was running then. */
  breakersAt(at: number): readonly BreakerThen[] | undefined;
  peak(lane: string, since: number): PeakLoad | undefined;
  served(route: string, span: { readonly from: number; readonly to: number }): readonly RouteThen[];
}

export interface RouteQuestion {
  readonly route: Route;
  readonly needs: StatedNeeds;
  /** Targets and providers that are supposed to be down. */
  readonly down: readonly string[];
  readonly caller?: string;
  /** Wall clock; absent: now. */
  readonly at?: number;
}

/** Who would serve a route, and what that rests on. Times: wall clock, milliseconds since 1970. */
export interface Explained {
  /** The moment that it is about. */
  readonly at: number;
  /**
   * `live`: as things stand in the gateway that answers. `configured`: by the configuration, and by what operators ordered;
   * the health of nobody is known. `recorded`: as the ledger has it. `foreseen`: what has an end by then has ended.
   */
  readonly basis: 'live' | 'configured' | 'recorded' | 'foreseen';
  readonly needs: StatedNeeds;
  readonly outlook: Outlook;
  /** Of the primary, within seven days before; null where nothing is on record. */
  readonly peak: PeakLoad | null;
  /** Of a moment of the past: who really served the route within five minutes of it. */
  readonly served?: readonly RouteThen[];
  /** Of a moment of the past: whether a gateway was running. */
  readonly running?: boolean;
}

/** What the answer is made from. */
export interface ExplainSources {
  readonly engine: EngineDeps;
  /** Absent where there is no ledger. */
  readonly record?: LaneRecord;
  /** The engine is one that serves: its lanes are the real ones. */
  readonly live: boolean;
}

/** How far back the primary's peak is looked for, in milliseconds. */
const PEAK_WITHIN_MS = 7 * 86_400_000;
/** How far around a moment of the past its requests are looked at, in milliseconds. */
const AROUND_MS = 300_000;

export function explainRoute(question: RouteQuestion, { engine, record, live }: ExplainSources): Explained {
  const { route, needs, down, caller } = question;
  const now = engine.clock.wallNow();
  const at = question.at ?? now;
  const primary = route.policy.kind === 'cascade' ? route.targets.at(-1) : route.targets[0];
  const peak = primary && record?.peak(primary.target.lane, Math.min(at, now) - PEAK_WITHIN_MS);
  const asked: Supposition = { route, needs, down, ...(caller !== undefined && { caller }), ...(peak && { peak }) };
  const told = { at, needs, peak: peak ?? null };
  if (at < now) {
    const breakers = record?.breakersAt(at);
    const lanes = lanesAsRecorded(record?.standing(at) ?? [], breakers ?? [], at);
    return {
      ...told,
      basis: 'recorded',
      outlook: whatIf({ ...asked, moment: { at, lanes } }, engine),
      served: record?.served(route.name, { from: at - AROUND_MS, to: at + AROUND_MS }) ?? [],
      running: breakers !== undefined,
    };
  }
  if (!live) {
    const lanes = lanesAsRecorded(record?.standing(at) ?? [], [], at);
    return { ...told, basis: 'configured', outlook: whatIf({ ...asked, moment: { at, lanes } }, engine) };
  }
  if (at === now) return { ...told, basis: 'live', outlook: whatIf(asked, engine) };
  const monotonic = engine.clock.now();
  const lanes = lanesAfter(engine.lanes.snapshots(monotonic), monotonic, at - now);
  return { ...told, basis: 'foreseen', outlook: whatIf({ ...asked, moment: { at, lanes } }, engine) };
}

/** A moment in any form that JavaScript reads, or milliseconds since 1970; undefined for what is none. */
export function parseMoment(text: string): number | undefined {
  const at = /^\d{11,14}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) ? at : undefined;
}
