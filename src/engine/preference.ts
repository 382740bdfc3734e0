import { Affinity, isRunning, type KeptConversation, keyAfterAnswer, keyOfRequest } from './affinity.ts';
import type { Candidate } from './eligibility.ts';
import { failback } from './failback.ts';
import type { StatusNote } from './ports.ts';
import type { Route } from './route.ts';
import { RouteScores } from './route-scores.ts';
import type { RunState } from './run-state.ts';
import type { SharedEvent, Sharing } from './sharing.ts';
import { contradicts, noteAgainst, StatusPrior } from './status-prior.ts';

/** Why a request asks its targets in another order than the route's. */
export interface Preferred {
  /** `failback`: a conversation that another target had goes back. */
  readonly why: 'score' | 'status-page' | 'affinity' | 'failback';
  readonly detail: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Another than the primary that is asked first. */
export interface PreferredTarget extends Preferred {
  /** Position in the route. */
  readonly rank: number;
}

type ServedElsewhere = Extract<SharedEvent, { about: 'conversation' }>;

/** A target that goes first, and why. */
interface Wish {
  readonly candidate: Candidate;
  readonly preferred: Preferred;
}

interface Scored {
  /** A reload may have changed the route of this name. */
  readonly route: Route;
  readonly scores: RouteScores;
}

/** Routes whose scores are kept; the configuration has fewer, unless reloads rename them. */
const MAX_SCORED_ROUTES = 1_000;

/** The order of a request's eligible targets: the route's own, unless score, status page or conversation speak for another. */
export class Preference {
  readonly #affinity = new Affinity();
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;
  readonly #status = new StatusPrior();
  readonly #scored = new Map<string, Scored>();

  constructor(sharing?: Sharing) {
    this.#sharing = sharing;
  }

  /** Undefined where the route has no score: nothing is measured then. */
  scoresOf(route: Route, now: number): RouteScores | undefined {
    if (route.score === 'off' || !hasFirst(route)) return undefined;
    const known = this.#scored.get(route.name);
    if (known && (known.route === route || sameScores(known.route, route))) return known.scores;
    if (this.#scored.size >= MAX_SCORED_ROUTES) this.#scored.clear();
    const scores = new RouteScores(route.score, route.targets.length, now);
    this.#scored.set(route.name, { route, scores });
    return scores;
  }

  /** Writes down why where it is not the order that was given. */
  order(state: RunState, eligible: readonly Candidate[]): readonly Candidate[] {
    const [usual] = eligible;
    if (usual === undefined || eligible.length < 2 || state.order.request.options.pin !== undefined) return eligible;
    const wish = this.#wish(state, eligible, usual);
    const first = wish?.candidate ?? usual;
    const doubts = this.#doubts(state, eligible, first);
    if (wish === undefined && doubts === undefined) return eligible;
    const order = first === usual ? eligible : [first, ...eligible.filter((candidate) => candidate !== first)];
    if (doubts === undefined || doubts.size === eligible.length) {
      if (wish) note(state, first, wish.preferred);
      return order;
    }
    state.doubted = new Set(eligible.flatMap(({ target, rank }) => (doubts.has(target.target.id) ? [rank] : [])));
    const sorted = doubtedLast(state, order);
    const [head = first] = sorted;
    note(state, head, head === wish?.candidate ? wish.preferred : byPages(doubts));
    return sorted;
  }

  /** Remembers who serves a conversation, where it is not the primary. */
  served(state: RunState): void {
    const { order, serving, now } = state;
    const { affinity } = order.route;
    if (serving === undefined || affinity === 'off' || !hasFirst(order.route) || state.quorum.size > 0) return;
    const { request } = order;
    if (request.options.pin !== undefined || request.messages.length === 0) return;
    const of = { caller: order.caller ?? '', route: order.route.name, request };
    if (serving.candidate.rank === 0) {
      // The key of a named conversation stays the same from turn to turn.
      if (request.options.conversation === undefined) return;
      const key = keyAfterAnswer(of, []);
      const known = this.#affinity.forget(key);
      if (known) this.#sharing?.tell({ about: 'conversation-back', key }, true);
      return;
    }
    const target = serving.candidate.target.target.id;
    const before = state.kept?.target === target ? state.kept : { since: now, turns: 0 };
    const kept = { target, since: before.since, turns: before.turns + 1, usage: state.usage };
    const key = keyAfterAnswer(of, state.branch.delivery.answer().parts);
    const { keepMs } = affinity;
    this.#affinity.keep(key, kept, keepMs, now);
    if (!this.#sharing) return;
    const { since, ...rest } = kept;
    this.#sharing.tell({ about: 'conversation', key, keepMs, kept: { ...rest, agoMs: now - since } }, true);
  }

  /** Who serves a conversation, as another process knows. */
  servedElsewhere({ key, keepMs, kept: { agoMs, ...kept } }: ServedElsewhere, now: number): void {
    this.#affinity.keep(key, { ...kept, since: now - agoMs }, keepMs, now);
  }

  /** The conversations that were gone on with last, for a process that begins to serve beside this one. */
  standing(most: number, now: number): ServedElsewhere[] {
    return this.#affinity.newest(most).map(({ key, keepMs, kept: { since, ...kept } }) => ({
      about: 'conversation' as const,
      key,
      keepMs,
      kept: { ...kept, agoMs: now - since },
    }));
  }

  /** The primary serves it again. */
  backElsewhere(key: string): void {
    this.#affinity.forget(key);
  }

  #wish(state: RunState, eligible: readonly Candidate[], usual: Candidate): Wish | undefined {
    const { affinity } = state.order.route;
    if (!hasFirst(state.order.route)) return undefined;
    // Most routes have no score, and most of the time nobody has been moved: then there is nothing to look for.
    if (state.scores === undefined && this.#affinity.size === 0) return undefined;
    const scored = state.scores && scoreWish(state, state.scores, eligible, usual);
    const kept = affinity === 'off' ? undefined : this.#keptOf(state);
    if (affinity === 'off' || (!kept && !isRunning(state.order.request))) {
      // What-if asks nobody, so nobody may be taken for asked.
      const probed = state.scores && !state.order.supposed && probeWish(state, state.scores, eligible);
      return probed || scored;
    }
    const holder = kept && eligible.find(({ target }) => target.target.id === kept.target);
    // A conversation that nobody remembers is the primary's.
    if (!kept || !holder) return usual.rank === 0 ? undefined : scored;
    state.kept = kept;
    const back = scored?.candidate ?? usual;
    if (holder === back) return scored;
    return backWish(state, { kept, holder, back }) ?? stayWish(state, kept, holder);
  }

  #keptOf(state: RunState): KeptConversation | undefined {
    if (this.#affinity.size === 0) return undefined;
    const { caller = '', route, request } = state.order;
    const key = keyOfRequest({ caller, route: route.name, request });
    return key === undefined ? undefined : this.#affinity.find(key, state.now);
  }

  /** Targets that their vendors' pages speak against; undefined where there are none. */
  #doubts(state: RunState, eligible: readonly Candidate[], first: Candidate): Map<string, StatusNote> | undefined {
    const { now, deps } = state;
    let doubts: Map<string, StatusNote> | undefined;
    for (const candidate of eligible) {
      const found = noteAgainst(candidate.target.target, deps.status, now);
      if (found === undefined) continue;
      const lane = deps.lanes.of(candidate.target, now);
      const asked = candidate === first && !state.order.supposed;
      if (contradicts(lane, now) || (asked && this.#status.asksAllTheSame(lane, now))) continue;
      doubts ??= new Map();
      doubts.set(candidate.target.target.id, found);
    }
    return doubts;
  }
}

/** The same order, but those that their vendors' pages speak against come after the others. */
export function doubtedLast({ doubted }: RunState, order: readonly Candidate[]): readonly Candidate[] {
  if (doubted === undefined) return order;
  return [...order.filter(({ rank }) => !doubted.has(rank)), ...order.filter(({ rank }) => doubted.has(rank))];
}

/** Whether the policy has a target that should serve: a cascade and a balance have orders of their own, which nothing here may upset. */
function hasFirst({ policy }: Route): boolean {
  switch (policy.kind) {
    case 'hot-cold':
    case 'quorum':
      return true;
    case 'single':
    case 'cascade':
    case 'same-model':
      return false;
  }
}

/** `score` and `failback` may put the primary first: then nothing is served below what the route promises. */
function note(state: RunState, first: Candidate, preferred: Preferred): void {
  const { why, detail, numbers } = preferred;
  if (first.rank !== state.primaryRank) state.preferred = { ...preferred, rank: first.rank };
  state.journal.note({ type: 'preferred', target: first.target.target.id, why, detail, numbers }, state.now);
}

function scoreWish(
  state: RunState,
  scores: RouteScores,
  eligible: readonly Candidate[],
  usual: Candidate,
): Wish | undefined {
  const rank = scores.first(state.now);
  const candidate = rank === 0 ? undefined : eligible.find((other) => other.rank === rank);
  if (candidate === undefined || candidate === usual) return undefined;
  const compared = scores.told.primaryAgainst[rank];
  const { ratio = 1, latency, failure = 1, cost } = compared ?? {};
  const numbers = {
    ratio,
    failure,
    ...(latency !== undefined && { latency }),
    ...(cost !== undefined && { cost }),
  };
  const parts = Object.entries(numbers).flatMap(([name, value]) => (name === 'ratio' ? [] : `${name} ${times(value)}`));
  const detail = `${state.primary} is ${times(ratio)} as bad by the score (${parts.join(', ')})`;
  return { candidate, preferred: { why: 'score', detail, numbers } };
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} times`;
}

function probeWish(state: RunState, scores: RouteScores, eligible: readonly Candidate[]): Wish | undefined {
  const { now, deps, order } = state;
  const rank = scores.probe(now, (wanted) => {
    const candidate = eligible.find((other) => other.rank === wanted);
    return candidate !== undefined && deps.lanes.of(candidate.target, now).refusal(now, order.route.name) === undefined;
  });
  const candidate = eligible.find((other) => other.rank === rank);
  if (candidate === undefined) return undefined;
  const samples = scores.told.readings[candidate.rank]?.samples ?? 0;
  const detail = `it is asked now and then so that its score stays known; it had ${samples} results in its window`;
  return { candidate, preferred: { why: 'score', detail, numbers: { samples } } };
}

interface Choice {
  readonly kept: KeptConversation;
  readonly holder: Candidate;
  readonly back: Candidate;
}

/** Only to a target that is well: the way in of one that is just coming back is for new conversations. */
function backWish(state: RunState, { kept, holder, back }: Choice): Wish | undefined {
  const { deps, order, now } = state;
  const { affinity } = order.route;
  const lane = deps.lanes.of(back.target, now);
  if (affinity === 'off' || lane.breakerState(now) !== 'closed' || lane.barred(now, order.route.name)) return undefined;
  if (noteAgainst(back.target.target, deps.status, now)) return undefined;
  const choice = { kept, policy: affinity, stay: holder.target.target, back: back.target.target };
  const found = failback(choice, deps.price, now);
  return found && { candidate: back, preferred: { why: 'failback', ...found } };
}

function stayWish(state: RunState, kept: KeptConversation, holder: Candidate): Wish {
  const awayMs = state.now - kept.since;
  const detail = `it has had this conversation for ${Math.round(awayMs / 1000)} s and ${kept.turns} answers`;
  return { candidate: holder, preferred: { why: 'affinity', detail, numbers: { awayMs, turns: kept.turns } } };
}

function byPages(doubts: ReadonlyMap<string, StatusNote>): Preferred {
  const said = [...doubts].map(([target, { state, about }]) => `${target}: ${state}${about ? ` (${about})` : ''}`);
  return { why: 'status-page', detail: `status pages speak against ${said.join(', ')}`, numbers: {} };
}

/** Whatever else a reload changed, what was measured still holds. */
function sameScores(a: Route, b: Route): boolean {
  return (
    JSON.stringify(a.score) === JSON.stringify(b.score) &&
    a.targets.length === b.targets.length &&
    a.targets.every(({ target }, rank) => target.id === b.targets[rank]?.target.id)
  );
}
