import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import type { Receipt } from '../quality/receipts/receipt.ts';
import type { ReadyReceipt } from '../quality/receipts/standing.ts';
import type { ParityVerdict } from './parity.ts';
import { questionOf } from './parity-question.ts';
import type { ReceiptParity } from './receipt-parity.ts';
import type { Route, RouteTarget } from './route.ts';
import { primaryRankOf } from './situation.ts';

/** The receipt behind a verdict, or the one that no longer counts. */
export interface ReceiptFacts
  extends Pick<Receipt, 'id' | 'suite' | 'n' | 'verdict' | 'measuredAt' | 'issuedAt' | 'expiresAt'> {
  /** Milliseconds since it was measured. */
  readonly ageMs: number;
  /** Milliseconds until it ends; negative where it has. */
  readonly leftMs: number;
  readonly metrics: Receipt['metrics'];
  readonly signedBy: string | null;
  readonly snapshot: string | null;
}

/** One fallback of one route, for the caller's own messages or for one prompt. */
export interface ParityRow {
  readonly route: string;
  readonly mode: 'strict' | 'tolerant';
  /** Of the library; `null`: the caller's messages as they are. */
  readonly prompt: string | null;
  readonly target: string;
  readonly promptVersion: string | null;
  readonly verdict: ParityVerdict;
  readonly because: string;
  readonly receipt: ReceiptFacts | null;
  /** The model that its answers named last. */
  readonly model: string | null;
}

/** A route that asks for parity, with what it comes to. */
export interface ParityOfRoute {
  readonly route: string;
  readonly mode: 'strict' | 'tolerant';
  readonly primary: string;
  /** Strict, and no fallback has shown parity for any prompt. */
  readonly singleProvider: boolean;
}

export interface ParityGrid {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly routes: readonly ParityOfRoute[];
  readonly rows: readonly ParityRow[];
}

export interface GridSources {
  readonly routes: Iterable<Route>;
  readonly parity: ReceiptParity;
  readonly library: PromptLibrary | undefined;
}

/** What evidence says of every fallback of every route that asks for it, by the same rules as for a request. */
export function parityGrid({ routes, parity, library }: GridSources, at: number): ParityGrid {
  const rows: ParityRow[] = [];
  const of: ParityOfRoute[] = [];
  for (const route of routes) {
    const { mode } = route.demands.parity;
    if (mode === 'none') continue;
    const primary = route.targets[primaryRankOf(route)];
    if (!primary) continue;
    const own = promptsOf(route, parity).flatMap((prompt) => rowsOf({ route, mode, prompt, primary }));
    rows.push(...own);
    const singleProvider = mode === 'strict' && !own.some(({ verdict }) => verdict === 'pass');
    of.push({ route: route.name, mode, primary: primary.target.id, singleProvider });
  }
  return { at, routes: of, rows };

  function rowsOf(asked: Omit<Asked, 'fallback'>): ParityRow[] {
    const fallbacks = asked.route.targets.filter((target) => target !== asked.primary);
    return fallbacks.map((fallback) => rowOf({ ...asked, fallback }, { parity, library }, at));
  }
}

interface Asked {
  readonly route: Route;
  readonly mode: 'strict' | 'tolerant';
  readonly prompt: string | null;
  readonly primary: RouteTarget;
  readonly fallback: RouteTarget;
}

function rowOf(asked: Asked, { parity, library }: Omit<GridSources, 'routes'>, at: number): ParityRow {
  const { route, mode, prompt, fallback } = asked;
  const { id } = fallback.target;
  const question = questionOf(route, fallback, prompt === null ? undefined : { name: prompt, library });
  const { verdict, because } = parity.verdict(question, at);
  const ready = parity.receiptOf(prompt === null ? `route:${route.name}` : `prompt:${prompt}`, id);
  return {
    route: route.name,
    mode,
    prompt,
    target: id,
    promptVersion: question.promptVersion ?? null,
    verdict,
    because,
    receipt: ready ? factsOf(ready, at) : null,
    model: parity.modelOf(id)?.model ?? null,
  };
}

/** The prompt that a route is bound to; else the caller's own messages, and every prompt that was measured for one of its targets. */
function promptsOf(route: Route, parity: ReceiptParity): (string | null)[] {
  if (route.prompt !== undefined) return [route.prompt];
  const measured = new Set<string>();
  for (const { receipt } of parity.all()) {
    const { subject, target } = receipt;
    if (subject.kind === 'prompt' && route.targets.some((one) => one.target.id === target.target)) {
      measured.add(subject.name);
    }
  }
  return [null, ...[...measured].sort()];
}

function factsOf({ receipt, measuredAt, expiresAt }: ReadyReceipt, at: number): ReceiptFacts {
  const { id, suite, n, verdict, metrics, signature, target } = receipt;
  return {
    id,
    suite,
    n,
    verdict,
    measuredAt: receipt.measuredAt,
    issuedAt: receipt.issuedAt,
    expiresAt: receipt.expiresAt,
    ageMs: at - measuredAt,
    leftMs: expiresAt - at,
    metrics,
    signedBy: signature?.keyId ?? null,
    snapshot: target.snapshot ?? null,
  };
}
