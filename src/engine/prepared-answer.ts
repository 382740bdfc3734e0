import { collectAnswer } from '../model/answer.ts';
import type { ChatEvent } from '../model/chat-event.ts';
import type { Failure, FailureCode } from '../model/failure.ts';
import { textFor } from '../quality/localised.ts';
import { brokenContract, NO_CONTRACTS } from './broken-contract.ts';
import { readersLanguages } from './degradation.ts';
import type { DegradedRule, PreparedAnswer } from './degraded-rule.ts';
import type { RunState } from './run-state.ts';

/** What the name of a model is, where none answered. */
export const PREPARED_MODEL = 'static';

/** Nobody could serve, and another request like it would fare no better now. */
const NOBODY_SERVES: ReadonlySet<FailureCode> = new Set([
  'all_targets_failed',
  'overloaded',
  'deadline_exceeded',
  'contract_broken',
  'budget_exhausted',
]);

/** A caller who takes nothing but what the route promises could not be given it. */
export function refusedDegraded(failure: Failure): boolean {
  return failure.targets.some(({ reason }) => reason === 'quality-strict');
}

/**
 * The answer that the operator wrote for the case that a request fails so; undefined where the failure itself is to be
 * told. Nobody is given one who would take it for something else: a request for JSON gets JSON that keeps its schema, or
 * the error, as does one that a tool must answer. Jobs come back later, and a pin asks for one target and its own error.
 */
export function preparedFor(state: RunState, failure: Failure): readonly ChatEvent[] | undefined {
  const { order } = state;
  const rule = order.route.degraded;
  if (rule?.prepared === undefined || !wantsPrepared(rule, failure)) return undefined;
  if (order.patient || order.request.options.pin !== undefined || state.branch.delivery.committed) return undefined;
  const asJson = wantsJson(state);
  const events = eventsOf(rule.prepared, state, asJson);
  if (events === undefined) return undefined;
  // The operator's own words are held to no contract of words.
  const contracts = asJson ? state.branch.contracts : NO_CONTRACTS;
  const broken = brokenContract(collectAnswer(events), order.request, { onContentPolicy: 'stop', contracts });
  return broken ? undefined : events;
}

/** The caller, its route or its prompt asks for JSON. */
function wantsJson({ order, branch }: RunState): boolean {
  if (order.request.output.kind !== 'text') return true;
  return branch.contracts.some(({ contract: { schema, numbers } }) => schema !== undefined || numbers.length > 0);
}

function wantsPrepared({ onRefused, whenNobodyServes }: DegradedRule, failure: Failure): boolean {
  if (!NOBODY_SERVES.has(failure.code)) return false;
  return (refusedDegraded(failure) ? onRefused : whenNobodyServes) === 'static';
}

function eventsOf(
  { text, json }: PreparedAnswer,
  { order }: RunState,
  asJson: boolean,
): readonly ChatEvent[] | undefined {
  if (order.request.dialect === 'openai-embeddings' || (asJson && json === undefined)) return undefined;
  const words = asJson ? JSON.stringify(json) : textFor(text, readersLanguages(order)).text;
  return [
    { type: 'start', model: PREPARED_MODEL },
    { type: 'text', text: words },
    { type: 'usage', usage: { inputTokens: 0, outputTokens: 0 } },
    { type: 'finish', reason: 'stop' },
  ];
}
