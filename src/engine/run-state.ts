import { mergeUsage } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Failure } from '../model/failure.ts';
import type { Loss } from '../model/loss.ts';
import { stateOrigin } from '../model/state-origin.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { DegradedAnswer, ServedSummary } from '../model/summary.ts';
import { modelIdentity, type Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import { uncompilable } from '../quality/contract.ts';
import type { ContractCheck } from '../quality/contract-check.ts';
import type { PromptError } from '../quality/prompts/prompt-error.ts';
import type { BoundPrompt, PromptLibrary } from '../quality/prompts/prompt-library.ts';
import { parametersOf } from '../quality/receipts/parameters.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { KeptConversation } from './affinity.ts';
import type { Alerts } from './alerts.ts';
import type { AnswerChecks } from './answer-checks.ts';
import { Branch, type BranchParts, type Serving } from './branch.ts';
import { contractsOf } from './contracts-of.ts';
import { degradationOf } from './degradation.ts';
import type { AnswerSink, Opening } from './delivery.ts';
import { type Candidate, candidateOf, type Situation } from './eligibility.ts';
import type { HedgeBudgets } from './hedge-budgets.ts';
import { Journal } from './journal.ts';
import type { Lanes } from './lanes.ts';
import { type Needs, needsOf } from './needs.ts';
import type { Observer } from './observer.ts';
import type { OpaqueMemory } from './opaque-memory.ts';
import type { Parity } from './parity.ts';
import type { Chance, Clock, Dialects, Ledger, PriceUsage, StatusPages, Upstream } from './ports.ts';
import type { Preference, PreferredTarget } from './preference.ts';
import { needsWithWords, promptedOrder, usesPrompt } from './prompts.ts';
import type { QualityWatch } from './quality-watch.ts';
import type { RequestContext } from './request-for-target.ts';
import type { Route, TimeBudget } from './route.ts';
import type { RouteScores } from './route-scores.ts';
import { Scope } from './scope.ts';
import { situationOf } from './situation.ts';
import type { Spending } from './spending.ts';

/** Everything the engine is given: time, chance, I/O, and what outlives one request. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly upstream: Upstream;
  readonly dialects: Dialects;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  /** How many more requests may be sent to a second host, by route. */
  readonly hedges: HedgeBudgets;
  /** Opaque state of answers that were given. */
  readonly memory: OpaqueMemory;
  readonly price: PriceUsage;
  /** What vendors say of themselves. */
  readonly status: StatusPages;
  /** Who is asked first, and why. */
  readonly preference: Preference;
  /** Evidence that a target may stand in for a primary. */
  readonly parity: Parity;
  /** The operators' own checks of answers. */
  readonly checks: AnswerChecks;
  /** Told how good answers were. */
  readonly quality: QualityWatch;
  /** Absent where the gateway has no prompts. */
  readonly prompts?: PromptLibrary;
  /** What was spent, and what may be. */
  readonly spending: Spending;
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
  readonly signal: StopSignal;
  /** Monotonic moment at which the request's head was read; the deadline counts from here. */
  readonly startedAt: number;
  /** The caller's W3C trace context, handed to the observers. */
  readonly traceparent?: string;
  /** The caller's `Accept-Language`: in what language its reader is told of a degraded answer. */
  readonly acceptLanguage?: string;
  /** Nobody waits for it: a lane that is shut is left alone, and the request comes back later. */
  readonly patient?: true;
  /** What is needed, where nobody asked and what-if only wants to know who would serve: nothing is learned from it. */
  readonly supposed?: Needs;
}

/** A branch that can be cancelled by itself. */
export interface Fork {
  readonly branch: Branch;
  readonly scope: Scope;
}

const NOBODY: ReadonlySet<number> = new Set();
const NOBODYS: ReadonlySet<string> = new Set();
/** Kept by route: a route does not change. */
const originsOf = new WeakMap<Route, ReadonlyMap<string, string>>();
/** Who has served where nobody did, and the answer was prepared. */
export const PREPARED_BY = 'static';
const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0 };

/** The state of one request while it runs. Belongs to that request alone; what belongs to one line of its attempts is in a branch. */
export class RunState {
  #stateRefusedBy: Set<string> | undefined;
  #scopes: Scope[] | undefined;
  readonly order: RunOrder;
  readonly deps: EngineDeps;
  readonly candidates: readonly Candidate[];
  readonly needs: Needs;
  /** What decides who may serve. */
  readonly situation: Situation;
  readonly journal: Journal;
  readonly budget: TimeBudget;
  readonly deadline: Deadline;
  /** Where the caller's answer goes. */
  readonly sink: AnswerSink;
  /** The branch whose answer the caller is given, as far as is known. */
  branch: Branch;
  attempts = 0;
  costUsd: number | undefined = 0;
  /** The position in the route of the target that should serve: the first, unless the policy says otherwise. */
  primaryRank: number;
  /** Retries and hedges so far; where a route hedges, they share its `attempts`. */
  extras = 0;
  /** The positions in the route of the targets that were asked at once: none of them stands in for another. */
  quorum: ReadonlySet<number> = NOBODY;
  /** Why an answer is served that the policy would rather have had from another target. */
  settledFor: string | undefined;
  /** The failure in whose place an answer is given that was prepared beforehand. */
  prepared: Failure | undefined;
  /** The first fault or skip reason that kept the primary from serving. */
  primaryCause: string | undefined;
  /** Why another than the primary was asked first. */
  preferred: PreferredTarget | undefined;
  /** Positions in the route of the targets that a status page puts behind the others. */
  doubted: ReadonlySet<number> | undefined;
  /** What is remembered of the conversation, where another than the primary had it. */
  kept: KeptConversation | undefined;
  /** Of the route, where it has them. */
  readonly scores: RouteScores | undefined;
  /** Only windows above this many tokens make sense now. */
  windowAbove = 0;
  firstContentMs: number | undefined;
  /** Input tokens as a target's own counter counted them, by target. */
  counts: Map<string, number> | undefined;
  /** By dialect, the origin that state is presumed to have when nobody remembers it. */
  readonly presumedOrigins: ReadonlyMap<string, string>;
  /** What of the caller's schema no answer can be checked against. */
  readonly unchecked: readonly Loss[];

  /** What every answer has to keep, beside what was asked for. */
  readonly contracts: readonly ContractCheck[];
  /** The prompt that the request is told, and what its caller has to put right of it. */
  readonly prompt: BoundPrompt | undefined;
  readonly promptProblem: PromptError | undefined;

  constructor(asked: RunOrder, sink: AnswerSink, deps: EngineDeps) {
    const prompted = usesPrompt(asked.request, asked.route) ? promptedOrder(asked, deps) : undefined;
    const order = prompted?.order ?? asked;
    const { route, request } = order;
    this.order = order;
    this.prompt = prompted?.prompt;
    this.promptProblem = prompted?.problem;
    this.contracts = contractsOf(route.contract, prompted?.prompt?.version.spec.contract);
    this.deps = deps;
    this.needs = order.supposed ?? (prompted ? needsWithWords(prompted) : needsOf(request, route.targets));
    this.situation = situationOf(
      {
        route,
        needs: this.needs,
        options: request.options,
        caller: order.caller,
        stream: request.stream,
        ...(prompted && { told: prompted.targets }),
        parameters: comparesParameters(order) ? parametersOf(request) : undefined,
      },
      deps,
    );
    this.journal = new Journal(order.startedAt);
    // A cascade gives nothing away before it has the whole answer.
    const whole = !request.stream || route.policy.kind === 'cascade';
    this.budget = whole ? route.unaryBudget : route.streamBudget;
    this.deadline = new Deadline(
      order.startedAt,
      Math.min(this.budget.deadlineMs, request.options.deadlineMs ?? Number.POSITIVE_INFINITY),
    );
    this.unchecked = uncheckedOf(request);
    this.presumedOrigins = presumedOrigins(route);
    const all = prompted?.targets ?? route.targets;
    const targets = route.policy.kind === 'single' ? all.slice(0, 1) : all;
    const now = deps.clock.now();
    this.scores = deps.preference.scoresOf(route, now);
    this.candidates = targets.map((target, rank) => candidateOf(target, rank, deps.lanes.of(target, now)));
    this.primaryRank = this.situation.primaryRank;
    this.sink = sink;
    this.branch = new Branch(this, { sink, signal: order.signal });
  }

  /** A branch beside others, with a signal of its own; `close` lets go of it. */
  fork(parts: Omit<BranchParts, 'signal' | 'sink'> & Partial<Pick<BranchParts, 'sink'>>): Fork {
    const scope = new Scope(this.order.signal);
    this.#scopes ??= [];
    this.#scopes.push(scope);
    const branch = new Branch(this, { sink: this.sink, ...parts, signal: scope.signal });
    return { branch, scope };
  }

  /** Nothing of the request goes on. */
  close(): void {
    for (const scope of this.#scopes ?? []) scope.close();
  }

  /** One more host of one model is no more patience of the caller: its retries and its hedges come out of one number. */
  get sharesAttempts(): boolean {
    const { policy } = this.order.route;
    return policy.kind === 'same-model' && policy.hedge !== undefined;
  }

  get now(): number {
    return this.deps.clock.now();
  }

  get elapsedMs(): number {
    return Math.max(0, this.now - this.order.startedAt);
  }

  get primary(): string {
    return this.candidates[this.primaryRank]?.target.target.id ?? this.order.route.name;
  }

  /** What a request made ready for one target is made from. */
  get requestContext(): RequestContext {
    return {
      caller: this.order.caller ?? '',
      memory: this.deps.memory,
      presumed: this.presumedOrigins,
      refusedBy: this.#stateRefusedBy ?? NOBODYS,
      now: this.now,
    };
  }

  /** A target took the state that it was sent for somebody else's: it gets none of it in this request, nor what is remembered in the next. */
  refuseState(target: Target): void {
    const origin = stateOrigin(target);
    this.#stateRefusedBy ??= new Set();
    this.#stateRefusedBy.add(origin);
    this.deps.memory.distrust(this.order.caller ?? '', this.order.request.messages, origin);
  }

  /** Adds what an attempt cost. One unknown makes the sum unknown: a guess would pass for a bill. */
  spend(branch: Branch, usage: Usage, costUsd: number | undefined): void {
    this.costUsd = costUsd === undefined || this.costUsd === undefined ? undefined : this.costUsd + costUsd;
    branch.usage = mergeUsage(branch.usage, usage);
  }

  /** Of the branch that answers; what was spent on the others is in the cost alone. */
  get usage(): Usage {
    return this.branch.usage;
  }

  /** The attempt whose answer the caller receives. */
  get serving(): Serving | undefined {
    return this.branch.serving;
  }

  /** Another than the target that should serve, where the policy makes a difference between them. */
  isFallback({ rank, target }: Candidate): boolean {
    if (rank === this.primaryRank || this.order.request.options.pin !== undefined) return false;
    if (this.primaryCause === undefined && this.preferred && this.#isPrimarysModel(target.target)) return false;
    switch (this.order.route.policy.kind) {
      case 'hot-cold':
      case 'single':
        return true;
      case 'quorum':
        return !this.quorum.has(rank);
      case 'cascade':
      case 'same-model':
        return false;
    }
  }

  /** The first fault or skip reason of the primary; else why it was not asked first. */
  get whyNotPrimary(): string {
    return this.primaryCause ?? this.preferred?.why ?? 'unknown';
  }

  /** What a preference chose among hosts of one model is nothing less than the route promises. */
  #isPrimarysModel(target: Target): boolean {
    const primary = this.candidates[this.primaryRank]?.target.target;
    return primary !== undefined && modelIdentity(primary) === modelIdentity(target);
  }

  degraded(): DegradedAnswer | undefined {
    return degradationOf(this);
  }

  summary(): ServedSummary {
    const target = this.prepared ? undefined : this.serving?.candidate.target;
    const degraded = this.degraded();
    return {
      requestId: this.order.requestId,
      route: this.order.route.name,
      servedBy: target?.target.id ?? (this.prepared ? PREPARED_BY : ''),
      attempts: this.attempts,
      ...(degraded && { degraded }),
      ...(target?.prompt && { promptVersion: target.prompt.version }),
      adapted: this.prepared ? [] : this.losses,
      usage: this.prepared ? NO_USAGE : this.usage,
      ...(this.costUsd !== undefined && { costUsd: this.costUsd }),
      overheadMs: this.journal.overheadMs(this.now),
    };
  }

  /** Of the request that was sent, and of the answer that came. */
  get losses(): readonly Loss[] {
    return [...(this.serving?.losses ?? []), ...this.branch.answerLosses.list];
  }

  /** Something was dropped or changed for which the answer may be the worse. */
  get losesWhatMatters(): boolean {
    return (this.serving?.losses.some(({ matters }) => matters) ?? false) || this.branch.answerLosses.matter;
  }

  /** The commit point of `branch`. */
  opening(branch: Branch): Opening {
    const serving = branch.serving;
    if (!serving) throw new Error('committed without an attempt');
    const now = this.now;
    this.firstContentMs = this.elapsedMs;
    this.journal.note({ type: 'committed', seq: serving.seq, target: serving.candidate.target.target.id }, now);
    return { target: serving.candidate.target.target, summary: this.summary() };
  }
}

/** What nobody asked for, because it is only supposed, states no parameters. */
function comparesParameters({ route, supposed }: RunOrder): boolean {
  const { parity } = route.demands;
  return parity.mode !== 'none' && parity.parameters !== 'any' && supposed === undefined;
}

/** The first target of each dialect that makes opaque state: conversations begin with the primary. */
export function presumedOrigins(route: Route): ReadonlyMap<string, string> {
  const known = originsOf.get(route);
  if (known) return known;
  const origins = new Map<string, string>();
  originsOf.set(route, origins);
  for (const { target } of route.targets) {
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
