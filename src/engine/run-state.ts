import { type Answer, mergeUsage } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Loss } from '../model/loss.ts';
import { stateOrigin } from '../model/state-origin.ts';
import type { Degraded, ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import { uncompilable } from '../quality/contract.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Alerts } from './alerts.ts';
import { AnswerLosses } from './answer-losses.ts';
import { brokenContract } from './broken-contract.ts';
import { type AnswerSink, Delivery } from './delivery.ts';
import { type Candidate, candidateOf, type Needs, needsOf } from './eligibility.ts';
import { Journal } from './journal.ts';
import type { Lanes } from './lanes.ts';
import type { Observer } from './observer.ts';
import type { OpaqueMemory } from './opaque-memory.ts';
import type { Chance, Clock, Dialects, Ledger, PriceUsage, StatusPages, Upstream } from './ports.ts';
import type { RequestContext } from './request-for-target.ts';
import type { Route, TimeBudget } from './route.ts';

/** Everything the engine is given: time, chance, I/O, and what outlives one request. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly upstream: Upstream;
  readonly dialects: Dialects;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  /** Opaque state of answers that were given. */
  readonly memory: OpaqueMemory;
  readonly price: PriceUsage;
  /** What vendors say of themselves. */
  readonly status: StatusPages;
  readonly observer: Observer;
  readonly alerts: Alerts;
  /** Takes secrets out of what a provider said, before anybody else sees it. */
  redact(text: string): string;
}

/** One request to be served. */
export interface RunOrder {
  readonly requestId: string;
  readonly request: ChatRequest;
  readonly route: Route;
  /** Name of the caller's key, where keys are required. */
  readonly caller?: string;
  /** Aborted when the caller is gone, or with a `Halt` when the gateway gives the request up. */
  readonly signal: AbortSignal;
  /** Monotonic moment at which the request's head was read; the deadline counts from here. */
  readonly startedAt: number;
  /** The caller's W3C trace context, handed to the observers. */
  readonly traceparent?: string;
}

/** The attempt whose answer the caller receives. */
export interface Serving {
  readonly candidate: Candidate;
  readonly seq: number;
  readonly losses: readonly Loss[];
  readonly startedMs: number;
}

/** The state of one request while it runs. Belongs to that request alone: attempt two starts from what is here and nothing else. */
export class RunState {
  readonly #stateRefusedBy = new Set<string>();
  readonly order: RunOrder;
  readonly deps: EngineDeps;
  readonly candidates: readonly Candidate[];
  readonly needs: Needs;
  readonly journal: Journal;
  readonly budget: TimeBudget;
  readonly deadline: Deadline;
  readonly delivery: Delivery;
  readonly answerLosses = new AnswerLosses();
  attempts = 0;
  usage: Usage = {};
  costUsd: number | undefined = 0;
  serving: Serving | undefined;
  /** The first fault or skip reason that kept the primary from serving. */
  primaryCause: string | undefined;
  switched = false;
  /** Only windows above this many tokens make sense now. */
  windowAbove = 0;
  firstContentMs: number | undefined;
  /** Input tokens as a target's own counter counted them, by target. */
  readonly counts = new Map<string, number>();
  /** By dialect, the origin that state is presumed to have when nobody remembers it. */
  readonly presumedOrigins: ReadonlyMap<string, string>;
  /** What of the caller's schema no answer can be checked against. */
  readonly unchecked: readonly Loss[];

  constructor(order: RunOrder, sink: AnswerSink, deps: EngineDeps) {
    const { route, request } = order;
    this.order = order;
    this.deps = deps;
    this.needs = needsOf(request, route.targets);
    this.journal = new Journal(order.startedAt);
    this.budget = request.stream ? route.streamBudget : route.unaryBudget;
    this.deadline = new Deadline(
      order.startedAt,
      Math.min(this.budget.deadlineMs, request.options.deadlineMs ?? Number.POSITIVE_INFINITY),
    );
    const verify = (answer: Answer) => brokenContract(answer, request, route.onContentPolicy);
    this.delivery = new Delivery(sink, { hold: route.hold, stream: request.stream, verify }, () => this.#opening());
    this.unchecked = uncheckedOf(request);
    this.presumedOrigins = presumedOrigins(route);
    const targets = route.policy.kind === 'single' ? route.targets.slice(0, 1) : route.targets;
    const now = deps.clock.now();
    this.candidates = targets.map((target, rank) => candidateOf(target, rank, deps.lanes.of(target, now)));
  }

  get now(): number {
    return this.deps.clock.now();
  }

  get elapsedMs(): number {
    return Math.max(0, this.now - this.order.startedAt);
  }

  get primary(): string {
    return this.candidates[0]?.target.target.id ?? this.order.route.name;
  }

  /** What a request made ready for one target is made from. */
  get requestContext(): RequestContext {
    return {
      caller: this.order.caller ?? '',
      memory: this.deps.memory,
      presumed: this.presumedOrigins,
      refusedBy: this.#stateRefusedBy,
      now: this.now,
    };
  }

  /** A target took the state that it was sent for somebody else's: it gets none of it in this request, nor what is remembered in the next. */
  refuseState(target: Target): void {
    const origin = stateOrigin(target);
    this.#stateRefusedBy.add(origin);
    this.deps.memory.distrust(this.order.caller ?? '', this.order.request.messages, origin);
  }

  /** Adds what an attempt cost. One unknown makes the sum unknown: a guess would pass for a bill. */
  spend(usage: Usage, costUsd: number | undefined): void {
    this.costUsd = costUsd === undefined || this.costUsd === undefined ? undefined : this.costUsd + costUsd;
    this.usage = mergeUsage(this.usage, usage);
  }

  degraded(): Degraded | undefined {
    const serving = this.serving;
    if (!serving) return undefined;
    const pinned = this.order.request.options.pin !== undefined;
    const cause = this.primaryCause ?? 'unknown';
    if (this.switched) return { reason: 'switched', cause, primary: this.primary };
    if (serving.candidate.rank > 0 && !pinned) return { reason: 'fallback', cause, primary: this.primary };
    const lost = this.#losses.filter((loss) => loss.matters).map((loss) => loss.field);
    if (lost.length > 0) return { reason: 'adapted', cause: lost.join(', '), primary: this.primary };
    return undefined;
  }

  summary(): ServedSummary {
    const target = this.serving?.candidate.target;
    const degraded = this.degraded();
    return {
      requestId: this.order.requestId,
      route: this.order.route.name,
      servedBy: target?.target.id ?? '',
      attempts: this.attempts,
      ...(degraded && { degraded }),
      ...(target?.prompt && { promptVersion: target.prompt.version }),
      adapted: this.#losses,
      usage: this.usage,
      ...(this.costUsd !== undefined && { costUsd: this.costUsd }),
      overheadMs: this.journal.overheadMs(this.now),
    };
  }

  /** Of the request that was sent, and of the answer that came. */
  get #losses(): readonly Loss[] {
    return [...(this.serving?.losses ?? []), ...this.answerLosses.list];
  }

  #opening() {
    const serving = this.serving;
    if (!serving) throw new Error('committed without an attempt');
    const now = this.now;
    this.firstContentMs = this.elapsedMs;
    this.journal.note({ type: 'committed', seq: serving.seq, target: serving.candidate.target.target.id }, now);
    return { target: serving.candidate.target.target, summary: this.summary() };
  }
}

/** The first target of each dialect that makes opaque state: conversations begin with the primary. */
export function presumedOrigins({ targets }: Route): Map<string, string> {
  const origins = new Map<string, string>();
  for (const { target } of targets) {
    if (target.dialect === 'openai-chat' && target.quirks.reasoningReplay !== 'as-sent') continue;
    if (!origins.has(target.dialect)) origins.set(target.dialect, stateOrigin(target));
  }
  return origins;
}

function uncheckedOf({ output }: ChatRequest): readonly Loss[] {
  const why = output.kind === 'json-schema' ? uncompilable(output.schema) : undefined;
  return why === undefined
    ? []
    : [{ field: 'response_format', why: `answers cannot be checked in full: ${why}`, matters: false }];
}
