import type { Incident as Symptom, VirtualFault } from '../test/kit/virtual-incident.ts';
import { type Draw, drawsFor, exponential, logNormal } from './random.ts';

export const INCIDENT_KINDS = [
  'microspike',
  'outage',
  'brown-out',
  'rate-limit spike',
  'cut streams',
  'retired model',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** What so large a share of the requests meets, in (0, 1]. */
interface Effect {
  readonly share: number;
  readonly fault: VirtualFault;
}

export interface IncidentShape {
  /** Mean number that begin in 30 days at one provider. */
  readonly perMonth: number;
  /** Median of the log-normal length. */
  readonly medianMs: number;
  readonly sigma: number;
  readonly shortestMs: number;
  readonly longestMs: number;
  /** Shares of all requests; what they leave over is served as ever, or by `rest`. */
  readonly effects: readonly Effect[];
  /** What meets every request that none of the effects does. */
  readonly rest?: VirtualFault;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const MONTH_DAYS = 30;

/** The incident model. Where each number comes from stands in docs/experiments/incident-model.md. */
export const INCIDENT_MODEL: Readonly<Record<IncidentKind, IncidentShape>> = {
  microspike: {
    perMonth: 1_440,
    medianMs: 1.2 * SECOND,
    sigma: 0.8,
    shortestMs: 0.2 * SECOND,
    longestMs: 10 * SECOND,
    effects: [{ share: 0.8, fault: { kind: 'status', status: 503 } }],
  },
  outage: {
    perMonth: 1.2,
    medianMs: 40 * MINUTE,
    sigma: 0.6,
    shortestMs: 10 * MINUTE,
    longestMs: 4 * HOUR,
    effects: [
      { share: 0.55, fault: { kind: 'status', status: 503 } },
      { share: 0.2, fault: { kind: 'status', status: 529, afterMs: 400 } },
      { share: 0.2, fault: { kind: 'black-hole' } },
    ],
  },
  'brown-out': {
    perMonth: 1.2,
    medianMs: 90 * MINUTE,
    sigma: 0.6,
    shortestMs: 20 * MINUTE,
    longestMs: 6 * HOUR,
    effects: [
      { share: 0.1, fault: { kind: 'status', status: 529, afterMs: 2 * SECOND } },
      { share: 0.03, fault: { kind: 'black-hole' } },
    ],
    rest: { kind: 'slow', times: 5 },
  },
  'rate-limit spike': {
    perMonth: 2,
    medianMs: 12 * MINUTE,
    sigma: 0.7,
    shortestMs: 2 * MINUTE,
    longestMs: 1 * HOUR,
    effects: [{ share: 0.4, fault: { kind: 'rate-limit', retryAfterS: 10 } }],
  },
  'cut streams': {
    perMonth: 1,
    medianMs: 20 * MINUTE,
    sigma: 0.6,
    shortestMs: 5 * MINUTE,
    longestMs: 2 * HOUR,
    effects: [{ share: 0.1, fault: { kind: 'cut', afterPieces: 1, how: 'reset' } }],
  },
  'retired model': {
    perMonth: 1 / 12,
    medianMs: 3 * HOUR,
    sigma: 0.5,
    shortestMs: 1 * HOUR,
    longestMs: 8 * HOUR,
    effects: [{ share: 1, fault: { kind: 'retired' } }],
  },
};

/** No provider is without errors, on its best day. */
const ALWAYS: readonly Effect[] = [
  { share: 0.0005, fault: { kind: 'status', status: 500 } },
  { share: 0.0001, fault: { kind: 'black-hole' } },
  { share: 0.0002, fault: { kind: 'cut', afterPieces: 1, how: 'reset' } },
];

export interface Incident {
  readonly kind: IncidentKind;
  readonly from: number;
  readonly until: number;
}

/** Incidents of one provider in a time that begins at 0, in the order of their beginnings; `times` as often as modelled. */
export function incidentsOf(seed: number, provider: string, ms: number, times = 1): Incident[] {
  const of = (kind: IncidentKind) => {
    const meanGapMs = (MONTH_DAYS * DAY) / (INCIDENT_MODEL[kind].perMonth * times);
    return ofKind(kind, { ms, meanGapMs }, drawsFor(seed, 'incidents', provider, kind));
  };
  return INCIDENT_KINDS.flatMap(of).sort(byBegin);
}

/** Incidents of one kind, in random gaps of this mean. */
export function ofKind(
  kind: IncidentKind,
  { ms, meanGapMs }: { ms: number; meanGapMs: number },
  draw: Draw,
): Incident[] {
  const { medianMs, sigma, shortestMs, longestMs } = INCIDENT_MODEL[kind];
  const incidents: Incident[] = [];
  for (let from = exponential(meanGapMs, draw); from < ms; from += exponential(meanGapMs, draw)) {
    const length = Math.min(longestMs, Math.max(shortestMs, logNormal(medianMs, sigma, draw)));
    incidents.push({ kind, from, until: Math.min(ms, from + length) });
  }
  return incidents;
}

function byBegin(one: Incident, other: Incident): number {
  return one.from - other.from;
}

/** Kinds that a shared cause, a cloud region or a popular launch, can bring to two vendors at once. */
const SHARED_KINDS: ReadonlySet<IncidentKind> = new Set(['outage', 'brown-out', 'rate-limit spike']);

/**
 * The fallback's incidents where a share of them has the same cause as the primary's: so many of its own are replaced by
 * the primary's, so that it has as many as before.
 */
export function correlated(own: readonly Incident[], primary: readonly Incident[], share: number, seed: number) {
  const keep = drawsFor(seed, 'correlated', 'keep');
  const copy = drawsFor(seed, 'correlated', 'copy');
  const kept = own.filter(({ kind }) => !SHARED_KINDS.has(kind) || keep() >= share);
  const copied = primary.filter(({ kind }) => SHARED_KINDS.has(kind) && copy() < share);
  return [...kept, ...copied].sort(byBegin);
}

/**
 * What the virtual provider is told: each incident's effects within a window, in the clock of that window. Effects are
 * asked one after another there, so that each share is turned into the share of what those before it leave over.
 */
export function symptomsOf(incidents: readonly Incident[], window: { from: number; until: number }): Symptom[] {
  const within = incidents.filter(({ from, until }) => from < window.until && until > window.from);
  const symptoms = within.flatMap(({ kind, from, until }) => {
    const { effects, rest } = INCIDENT_MODEL[kind];
    const span = { fromMs: from - window.from, untilMs: until - window.from };
    return [...inTurn(effects, span), ...(rest ? [{ ...span, share: 1, fault: rest }] : [])];
  });
  return [...symptoms, ...inTurn(ALWAYS, { fromMs: 0, untilMs: Number.POSITIVE_INFINITY })];
}

function inTurn(effects: readonly Effect[], span: { fromMs: number; untilMs: number }): Symptom[] {
  let left = 1;
  return effects.map(({ share, fault }) => {
    const ofTheRest = Math.min(1, share / left);
    left -= share;
    return { ...span, share: ofTheRest, fault };
  });
}
