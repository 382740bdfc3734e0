import { comparedParameters } from './parameters.ts';
import type { Receipt } from './receipt.ts';

/** How far the clock of who issued a receipt may be ahead of ours, in milliseconds. */
export const CLOCK_SKEW_MS = 600_000;

/** A receipt with everything that is asked of it over and over worked out. Moments in milliseconds since 1970. */
export interface ReadyReceipt {
  readonly receipt: Receipt;
  readonly measuredAt: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Those that are compared, in canonical form. */
  readonly parameters: string;
  /** What it says, in words. */
  readonly words: string;
}

export function readyReceipt(receipt: Receipt): ReadyReceipt {
  const { id, suite, metrics, verdict, n } = receipt;
  // What it rests on: the metric that speaks least for the target.
  const worst = metrics.reduce((one, other) =>
    other.interval.low + other.margin < one.interval.low + one.margin ? other : one,
  );
  const at = receipt.measuredAt.slice(0, 10);
  const numbers = `${worst.metric} ${signed(worst.difference)}, margin ${worst.margin}, n ${n}`;
  return {
    receipt,
    measuredAt: Date.parse(receipt.measuredAt),
    issuedAt: Date.parse(receipt.issuedAt),
    expiresAt: Date.parse(receipt.expiresAt),
    parameters: comparedParameters(receipt.parameters),
    words: `${verdict === 'pass' ? 'passed' : 'failed'} suite ${suite.name} on ${at} (${numbers}; ${id})`,
  };
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(3)}`;
}

/** A model that was named by an answer, and when that was last so; wall clock, milliseconds since 1970. */
export interface ModelSeen {
  readonly model: string;
  readonly at: number;
}

/** Everything that a receipt is compared with. Absent: nobody knows, or nothing is set. */
export interface Circumstances {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly primary: string;
  readonly primaryPromptVersion?: string | undefined;
  readonly promptVersion?: string | undefined;
  /** Those of the request that are compared, in canonical form; absent: the route compares none. */
  readonly parameters?: string | undefined;
  /** Of the suite as it stands in its file. */
  readonly suiteHash?: string | undefined;
  readonly seen?: ModelSeen | undefined;
  readonly primarySeen?: ModelSeen | undefined;
  /** What the answer at hand calls its model. */
  readonly servedModel?: string | undefined;
  /** Answers that were measured until then are disowned. */
  readonly revoked?: { readonly at: number; readonly why: string } | undefined;
}

/** Why a receipt no longer speaks of what is asked; undefined where it does. */
export function staleness(ready: ReadyReceipt, now: Circumstances): string | undefined {
  const { receipt } = ready;
  if (now.at >= ready.expiresAt) return `its receipt ended at ${receipt.expiresAt}`;
  if (now.at < ready.issuedAt - CLOCK_SKEW_MS) return `its receipt is of ${receipt.issuedAt}, which is yet to come`;
  if (now.revoked && ready.measuredAt <= now.revoked.at) {
    return `its receipt was revoked at ${new Date(now.revoked.at).toISOString()}: ${now.revoked.why}`;
  }
  return (
    suiteChanged(receipt, now.suiteHash) ??
    wordsChanged(receipt, now) ??
    parametersChanged(ready, now.parameters) ??
    modelsChanged(ready, now)
  );
}

function suiteChanged({ suite }: Receipt, hash: string | undefined): string | undefined {
  if (hash === undefined || hash === suite.hash) return undefined;
  return `suite ${suite.name} has changed since`;
}

function wordsChanged({ primary, target }: Receipt, now: Circumstances): string | undefined {
  if (primary.target !== now.primary) {
    return `it was compared with ${primary.target}, and ${now.primary} is the primary now`;
  }
  if (target.promptVersion !== now.promptVersion) {
    return `it was measured with ${told(target.promptVersion)} and is sent ${told(now.promptVersion)} now`;
  }
  if (primary.promptVersion !== now.primaryPromptVersion) {
    return `the primary was measured with ${told(primary.promptVersion)} and is sent ${told(now.primaryPromptVersion)} now`;
  }
  return undefined;
}

function told(version: string | undefined): string {
  return version === undefined ? 'no words of ours' : `prompt ${version}`;
}

function parametersChanged(ready: ReadyReceipt, parameters: string | undefined): string | undefined {
  if (parameters === undefined || parameters === ready.parameters) return undefined;
  return `it was measured with parameters ${ready.parameters}, and this request has ${parameters}`;
}

function modelsChanged(ready: ReadyReceipt, now: Circumstances): string | undefined {
  const { target, primary } = ready.receipt;
  const { servedModel } = now;
  if (servedModel !== undefined && servedModel !== target.snapshot) return moved('it', target.snapshot, servedModel);
  const seen = later(now.seen, ready);
  if (seen !== undefined && seen !== target.snapshot) return moved('it', target.snapshot, seen);
  const primarySeen = later(now.primarySeen, ready);
  if (primarySeen !== undefined && primarySeen !== primary.snapshot) {
    return moved('the primary', primary.snapshot, primarySeen);
  }
  return undefined;
}

/** What was seen before the measurement is older news than the measurement. */
function later(seen: ModelSeen | undefined, { measuredAt }: ReadyReceipt): string | undefined {
  return seen !== undefined && seen.at > measuredAt ? seen.model : undefined;
}

function moved(who: string, from: string | undefined, to: string): string {
  const was = from === undefined ? `named no model when it was measured` : `was measured as ${from}`;
  return `${who} ${was} and answers as ${to} now`;
}
