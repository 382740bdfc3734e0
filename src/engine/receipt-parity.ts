import type { Target } from '../model/target.ts';
import { subjectKey } from '../quality/receipts/receipt.ts';
import { type Circumstances, type ModelSeen, type ReadyReceipt, staleness } from '../quality/receipts/standing.ts';
import {
  NOTHING_SHOWN,
  type Parity,
  type ParityAnswer,
  type ParityBaseline,
  type ParityQuestion,
  type ParitySubject,
  wordOn,
} from './parity.ts';
import { promptNameIn } from './parity-question.ts';
import type { ModelReported, ReceiptRevoked } from './record.ts';
import { primaryRankOf } from './situation.ts';

/** Most targets whose models, and most prompts and targets whose revocations, are remembered. */
const MAX_REMEMBERED = 10_000;

/** What has to outlive the process, and who is told. Calls only queue. */
export interface ParityEvents {
  revoked(row: ReceiptRevoked): void;
  /** Another model than the last time, or the first of a target. */
  modelReported(row: ModelReported, before: string | undefined): void;
}

/** What the receipts are held against beside the question. */
export interface Evidence {
  readonly receipts: readonly ReadyReceipt[];
  /** Hash of each suite as it stands, by the file that receipts name; those that are not here are not known. */
  readonly suites: ReadonlyMap<string, string>;
}

/** A receipt answers for its subject and target, so that asking costs two look-ups however many there are. */
type Shelf = ReadonlyMap<string, ReadonlyMap<string, ReadyReceipt>>;

/**
 * Parity by receipts. A receipt that is current decides. Where there is none, or what there is has gone stale, the
 * operator's word counts; it never overrules what was measured: neither a failure nor a revocation.
 */
export class ReceiptParity implements Parity {
  readonly #wallNow: () => number;
  readonly #events: ParityEvents;
  #shelf: Shelf = new Map();
  #suites: ReadonlyMap<string, string> = new Map();
  readonly #seen = new Map<string, { model: string; at: number }>();
  readonly #revocations = new Map<string, ReceiptRevoked>();

  constructor(wallNow: () => number, events: ParityEvents) {
    this.#wallNow = wallNow;
    this.#events = events;
  }

  /** Takes other evidence in the place of what it had. */
  replace({ receipts, suites }: Evidence): void {
    const shelf = new Map<string, Map<string, ReadyReceipt>>();
    for (const ready of receipts) {
      const subject = subjectKey(ready.receipt.subject);
      const targets = shelf.get(subject) ?? new Map<string, ReadyReceipt>();
      shelf.set(subject, targets);
      const before = targets.get(ready.receipt.target.target);
      if (!before || isNewer(ready, before)) targets.set(ready.receipt.target.target, ready);
    }
    this.#shelf = shelf;
    this.#suites = suites;
  }

  /** Takes in what was revoked before, or by another process. What is known already stays. */
  restore(revocations: readonly ReceiptRevoked[], models: readonly ModelReported[]): void {
    for (const row of revocations) this.#remember(row);
    for (const { target, model, at } of models) {
      const known = this.#seen.get(target);
      if (!known || known.at < at) this.#see(target, { model, at });
    }
  }

  verdict(question: ParityQuestion, at: number = this.#wallNow()): ParityAnswer {
    const { route, target } = question;
    const ready = this.#find(question.prompt, route.name, target.id);
    if (!ready) return wordOn(route, target, at) ?? NOTHING_SHOWN;
    const revoked = this.#revocations.get(keyOf(ready));
    const why = staleness(ready, this.#circumstances(ready, question, { at, revoked }));
    if (why === undefined) return answerOf(ready);
    const disowned = revoked !== undefined && ready.measuredAt <= revoked.at;
    const word = disowned ? undefined : wordOn(route, target, at);
    return word?.verdict === 'pass' ? word : { verdict: 'stale', because: why };
  }

  reported(target: string, model: string): void {
    const known = this.#seen.get(target);
    const at = this.#wallNow();
    if (known?.model === model) {
      known.at = at;
      return;
    }
    this.#see(target, { model, at });
    this.#events.modelReported({ target, model, at }, known?.model);
  }

  baselineOf({ route, target, promptVersion }: ParitySubject): ParityBaseline | undefined {
    const ready = this.#findVersion(route, target, promptVersion);
    if (ready?.receipt.verdict !== 'pass' || this.#isRevoked(ready)) return undefined;
    if (this.#wallNow() >= ready.expiresAt) return undefined;
    const { id, metrics, n } = ready.receipt;
    const scores = metrics.map(({ metric, target: score }) => ({ metric, score }));
    const score = scores.reduce((sum, one) => sum + one.score, 0) / scores.length;
    return { receipt: id, score, n, metrics: scores };
  }

  revoke({ route, target, promptVersion }: ParitySubject, why: string): boolean {
    return this.#disown(this.#findVersion(route, target, promptVersion), why);
  }

  /** The same by what a receipt is about: `prompt:name` or `route:name`. */
  revokeReceipt(subject: string, target: string, why: string): boolean {
    return this.#disown(this.receiptOf(subject, target), why);
  }

  /** The receipt that speaks for a prompt, or for a route, on a target. */
  receiptOf(subject: string, target: string): ReadyReceipt | undefined {
    return this.#shelf.get(subject)?.get(target);
  }

  /** Every subject and target with a receipt. */
  all(): readonly ReadyReceipt[] {
    return [...this.#shelf.values()].flatMap((targets) => [...targets.values()]);
  }

  /** The model that a target named last. */
  modelOf(target: string): ModelSeen | undefined {
    return this.#seen.get(target);
  }

  #find(prompt: string | undefined, route: string, target: string): ReadyReceipt | undefined {
    return this.receiptOf(prompt === undefined ? `route:${route}` : `prompt:${prompt}`, target);
  }

  #findVersion(route: string, target: string, version: string | undefined): ReadyReceipt | undefined {
    const prompt = version === undefined ? undefined : promptNameIn(version);
    const found = prompt === undefined ? undefined : this.#find(prompt, route, target);
    const ready = found ?? this.#find(undefined, route, target);
    return ready?.receipt.target.promptVersion === version ? ready : undefined;
  }

  #disown(ready: ReadyReceipt | undefined, why: string): boolean {
    if (!ready || this.#isRevoked(ready)) return false;
    const { subject, target: side } = ready.receipt;
    const row: ReceiptRevoked = {
      subject: subjectKey(subject),
      target: side.target,
      promptVersion: side.promptVersion ?? '',
      // A clock that was put back must not leave the receipt younger than its revocation.
      at: Math.max(this.#wallNow(), ready.measuredAt),
      why,
    };
    this.#remember(row);
    this.#events.revoked(row);
    return true;
  }

  #isRevoked(ready: ReadyReceipt): boolean {
    const revoked = this.#revocations.get(keyOf(ready));
    return revoked !== undefined && ready.measuredAt <= revoked.at;
  }

  #circumstances(
    ready: ReadyReceipt,
    question: ParityQuestion,
    known: Pick<Circumstances, 'at' | 'revoked'>,
  ): Circumstances {
    const primary = primaryOf(question);
    return {
      at: known.at,
      revoked: known.revoked,
      primary: primary.id,
      primaryPromptVersion: question.primaryPromptVersion,
      promptVersion: question.promptVersion,
      parameters: question.parameters,
      suiteHash: this.#suites.get(ready.receipt.suite.file),
      seen: this.#seen.get(question.target.id),
      primarySeen: this.#seen.get(primary.id),
      servedModel: question.servedModel,
    };
  }

  #see(target: string, seen: ModelSeen): void {
    if (this.#seen.size >= MAX_REMEMBERED && !this.#seen.has(target)) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.set(target, seen);
  }

  #remember(row: ReceiptRevoked): void {
    const key = `${row.subject} ${row.target} ${row.promptVersion}`;
    const known = this.#revocations.get(key);
    if (!known || known.at < row.at) this.#revocations.set(key, row);
  }
}

function primaryOf({ route, target }: ParityQuestion): Target {
  return route.targets[primaryRankOf(route)]?.target ?? target;
}

function keyOf({ receipt }: ReadyReceipt): string {
  return `${subjectKey(receipt.subject)} ${receipt.target.target} ${receipt.target.promptVersion ?? ''}`;
}

function isNewer(one: ReadyReceipt, other: ReadyReceipt): boolean {
  return one.measuredAt === other.measuredAt ? one.issuedAt >= other.issuedAt : one.measuredAt > other.measuredAt;
}

function answerOf({ receipt, words }: ReadyReceipt): ParityAnswer {
  return { verdict: receipt.verdict, because: words };
}
