import { collectAnswer } from '../model/answer.ts';
import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Failure, FailureCode } from '../model/failure.ts';
import { textFor } from '../quality/localised.ts';
import { brokenContract, NO_CONTRACTS } from './broken-contract.ts';
import { readersLanguages } from './degradation.ts';
import type { DegradedRule, PreparedAnswer } from './degraded-rule.ts';
import type { RunState } from './run-state.ts';

/** What the name of a model is, where none answered. */
export const PREPARED_MODEL = 'static';

/** What a route asks of a model's answer is not asked of the operator's own words. */
const RULES = { onContentPolicy: 'stop', contracts: NO_CONTRACTS } as const;

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
  const events = eventsOf(rule.prepared, state);
  if (events === undefined) return undefined;
  return brokenContract(collectAnswer(events), order.request, RULES) ? undefined : events;
}

function wantsPrepared({ onRefused, whenNobodyServes }: DegradedRule, failure: Failure): boolean {
  if (!NOBODY_SERVES.has(failure.code)) return false;
  return (refusedDegraded(failure) ? onRefused : whenNobodyServes) === 'static';
}

function eventsOf(prepared: PreparedAnswer, { order }: RunState): readonly ChatEvent[] | undefined {
  const text = wordsOf(prepared, order.request, () => textFor(prepared.text, readersLanguages(order)).text);
  if (text === undefined) return undefined;
  return [
    { type: 'start', model: PREPARED_MODEL },
    { type: 'text', text },
    { type: 'usage', usage: { inputTokens: 0, outputTokens: 0 } },
    { type: 'finish', reason: 'stop' },
  ];
}

function wordsOf({ json }: PreparedAnswer, request: ChatRequest, text: () => string): string | undefined {
  if (request.dialect === 'openai-embeddings') return undefined;
  if (request.output.kind === 'text') return text();
  return json === undefined ? undefined : JSON.stringify(json);
}
