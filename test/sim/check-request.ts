import { getEventListeners } from 'node:events';
import { readAnswer } from './answer-seen.ts';
import type { Invariant, Violation } from './invariants.ts';
import type { RequestRows } from './watched-ledger.ts';
import type { Asking, SeenExchange } from './watched-upstream.ts';
import type { World } from './world.ts';

/** What a deadline may be missed by: the grace for clocks that fire late, and rounding. */
const DEADLINE_TOLERANCE_MS = 150;

interface Case {
  readonly world: World;
  readonly id: string;
  readonly asking: Asking;
  readonly rows: RequestRows;
  readonly exchanges: readonly SeenExchange[];
  wrong(invariant: Invariant, detail: string): void;
}

/** Everything that must hold of one request once the world is over. */
export function checkRequest(world: World, id: string, exchanges: readonly SeenExchange[]): void {
  const asking = world.asking.get(id);
  const rows = world.ledger.rows.get(id);
  const wrong = (invariant: Violation['invariant'], detail: string) =>
    world.tell({ invariant, atMs: asking?.caller.endedAt ?? world.clock.now(), requestId: id, detail });
  if (!asking || !rows) return wrong('one-outcome', 'has no row');
  const one: Case = { world, id, asking, rows, exchanges, wrong };
  checkOutcome(one);
  checkAttempts(one);
  checkMeters(one);
  checkCosts(one);
  checkAnswer(one);
  checkDeadline(one);
  checkPanic(one);
  checkReturning(one);
  if (world.plan.calm && asking.caller.planned.options.pin === undefined) checkCalm(one);
  if (getEventListeners(asking.caller.signal, 'abort').length > 0) wrong('nothing-left', 'listeners on its signal');
}

function checkOutcome({ asking, rows, world, id, wrong }: Case): void {
  const { result, strays } = asking.caller;
  if (strays > 0) wrong('one-outcome', `${strays} times given something before its beginning or after its end`);
  if (!rows.end) return wrong('one-outcome', 'has no last row');
  if (!result) return wrong('one-outcome', 'told its caller nothing');
  const { outcome } = rows.end;
  const refusedRow = world.ledger.refused.has(id) && asking.route.audit === 'required';
  if (refusedRow && result.kind === 'failed') return;
  const agree = result.kind === 'failed' ? outcome === 'failed' || outcome === 'interrupted' : outcome === result.kind;
  if (!agree) wrong('one-outcome', `its record says ${outcome}, its caller was told ${result.kind}`);
  if (refusedRow && result.kind === 'served') wrong('one-outcome', 'served without the record that its route demands');
  if (outcome === 'interrupted' && asking.caller.openedAt === undefined)
    wrong('one-outcome', 'interrupted before it began');
  if (outcome === 'failed' && asking.caller.openedAt !== undefined)
    wrong('one-outcome', 'failed in its midst, and not told so');
}

/**
 * Beside the attempts that a route allows, a stale socket is forgiven once and recovery may come back once. A breaker that stood in
 * the way after a stale socket is passed in the end, where nobody else answers: that attempt may meet another.
 */
function checkAttempts({ rows, asking, wrong }: Case): void {
  if (rows.end && rows.end.attempts !== rows.started.length) {
    wrong('attempts-limit', `${rows.started.length} attempts, its record says ${rows.end.attempts}`);
  }
  const { route } = asking;
  const checked = route.policy.kind === 'cascade' && route.policy.selfCheck ? 2 : 1;
  for (const { target } of route.targets) {
    const mine = rows.started.filter((row) => row.target === target.id);
    const free = mine.filter((row) => staleAt(rows, row.seq)).length;
    const recovered = route.recovery === 'error' ? 0 : 1;
    const shut = rows.end?.decisions.some(
      (one) => one.type === 'skipped' && one.target === target.id && one.reason === 'breaker-open',
    );
    const most = route.attempts * checked + Math.min(free, shut ? checked + 1 : checked) + recovered;
    if (mine.length > most) wrong('attempts-limit', `${mine.length} attempts at ${target.id}, at most ${most}`);
  }
}

function staleAt({ ended }: RequestRows, seq: number): boolean {
  return ended.some((row) => row.seq === seq && row.fault?.kind === 'stale-connection');
}

function checkMeters({ rows, exchanges, wrong }: Case): void {
  let at = 0;
  for (const { end, target } of exchanges) {
    for (; at < rows.started.length && rows.started[at]?.target !== target; at += 1) checkUnsent({ rows, wrong }, at);
    const begun = rows.started[at];
    at += 1;
    if (!begun) return wrong('ledger-equals-meters', `${target} was asked, and no attempt says so`);
    const row = rows.ended.find(({ seq }) => seq === begun.seq);
    if (!end) wrong('nothing-left', `the exchange with ${target} is still open`);
    if (!row || !end) continue;
    const told = (row.usage.inputTokens ?? 0) + (row.usage.outputTokens ?? 0);
    if (row.state === 'settled' && told !== end.toldTokens) {
      wrong('ledger-equals-meters', `attempt ${row.seq} is billed ${told} tokens, ${target} told ${end.toldTokens}`);
    }
    if (row.state === 'free' && end.end === 'answered') {
      wrong('ledger-equals-meters', `attempt ${row.seq} passes for free, and ${target} answered it`);
    }
  }
  for (; at < rows.started.length; at += 1) checkUnsent({ rows, wrong }, at);
}

/** Only what was called off before it left has no exchange. */
function checkUnsent({ rows, wrong }: Pick<Case, 'rows' | 'wrong'>, at: number): void {
  const begun = rows.started[at];
  const kind = rows.ended.find(({ seq }) => seq === begun?.seq)?.fault?.kind;
  if (kind === 'caller-gone' || kind === 'outrun') return;
  wrong('ledger-equals-meters', `attempt ${begun?.seq} at ${begun?.target} reached nobody, and ended with ${kind}`);
}

function checkCosts({ rows, wrong }: Case): void {
  if (!rows.end) return;
  const costs = rows.ended.map(({ costUsd }) => costUsd);
  const known = costs.every((cost) => cost !== undefined);
  const sum = costs.reduce<number>((total, cost) => total + (cost ?? 0), 0);
  const { costUsd } = rows.end;
  if (known && (costUsd === undefined || Math.abs(costUsd - sum) > 1e-9)) {
    wrong('costs-add-up', `recorded ${costUsd}, the attempts come to ${sum}`);
  }
  if (!known && costUsd !== undefined) wrong('costs-add-up', `recorded ${costUsd}, though one attempt is unknown`);
}

function checkAnswer({ asking, rows, wrong }: Case): void {
  const { caller, route } = asking;
  const { events, planned, result, summary } = caller;
  const answer = readAnswer(events, planned.form);
  if (answer.authors.length > 1 + answer.continued) {
    wrong('one-answer', `parts of ${answer.authors.join(' and ')}, and ${answer.continued} continuations were told`);
  }
  if (result?.kind !== 'served') {
    if (answer.finished) wrong('whole-answer', 'it failed, and its caller was given the end of an answer');
    return;
  }
  if (!answer.finished) wrong('whole-answer', 'served without an end');
  if (!answer.whole && answer.continued === 0 && answer.asAsked)
    wrong('whole-answer', 'a part was served as the whole');
  if (!answer.asAsked) wrong('contract', `served something that is no ${planned.form}`);
  const rank = route.targets.findIndex(({ target }) => target.id === rows.end?.servedBy);
  const hasFirst = route.policy.kind === 'hot-cold' || route.policy.kind === 'single';
  if (hasFirst && rank > 0 && planned.options.pin === undefined && !summary?.degraded) {
    wrong('marked', `${rows.end?.servedBy} served, and nothing says so`);
  }
}

function checkDeadline({ asking, world, wrong }: Case): void {
  const { caller, route } = asking;
  const { stream, options } = caller.planned;
  // A cascade waits for whole answers, whatever its caller asked for.
  const budget = stream && route.policy.kind !== 'cascade' ? route.streamBudget : route.unaryBudget;
  const limitMs = Math.min(budget.deadlineMs, options.deadlineMs ?? Number.POSITIVE_INFINITY);
  const at = caller.openedAt ?? caller.endedAt;
  if (at === undefined) return;
  const tookMs = at - caller.startedAt;
  const ledgerMs = world.plan.ledger === 'slow' ? 300 : 0;
  const tolerance = DEADLINE_TOLERANCE_MS + world.frozenMs + ledgerMs;
  if (tookMs > limitMs + tolerance) wrong('deadline', `took ${Math.round(tookMs)} ms of ${limitMs} ms`);
}

function checkReturning({ rows, asking, world, wrong }: Case): void {
  const { result, startedAt } = asking.caller;
  if (result?.kind !== 'failed' || result.failure.code !== 'all_targets_failed' || !rows.end) return;
  const last = new Map<string, string>();
  for (const decision of rows.end.decisions) {
    if (decision.type !== 'skipped') continue;
    // One that is full rather than failing would not be helped by more of the same.
    if (decision.reason === 'headroom') return;
    if (decision.target !== undefined) last.set(decision.target, `${decision.reason} ${decision.detail}`);
  }
  for (const { target } of rows.started) last.delete(target);
  const fellIll = new Set(
    world.moves.filter(({ atMs, from }) => from === 'ramping' && atMs >= startedAt).map(({ lane }) => lane),
  );
  for (const { target } of asking.route.targets) {
    if (last.get(target.id) !== 'breaker-open ramping' || fellIll.has(target.lane)) continue;
    wrong('returning-asked', `${target.id} is on its way back, and was not asked`);
  }
}

function checkPanic({ rows, asking, wrong }: Case): void {
  if (asking.caller.result?.kind !== 'failed' || rows.started.length > 0 || !rows.end) return;
  const reasons = new Map<string, string>();
  const eligible = new Set<string>();
  for (const decision of rows.end.decisions) {
    if (decision.target === undefined) continue;
    if (decision.type === 'eligible') eligible.add(decision.target);
    if (decision.type === 'skipped') reasons.set(decision.target, decision.reason);
  }
  const asked = [...eligible].map((target) => reasons.get(target));
  if (asked.length > 0 && asked.every((reason) => reason === 'breaker-open')) {
    wrong('last-target-asked', 'every target is shut by its breaker, and none was asked');
  }
}

function checkCalm({ rows, asking, wrong }: Case): void {
  const { result } = asking.caller;
  const primary = asking.route.targets[0]?.target.id;
  if (result?.kind === 'served' && rows.started.length === 1 && rows.end?.servedBy === primary) return;
  wrong('calm-is-primary', `${result?.kind}, ${rows.started.length} attempts, by ${rows.end?.servedBy}`);
}
