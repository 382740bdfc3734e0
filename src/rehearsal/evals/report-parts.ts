import type { ChatRequest } from '../../model/chat-request.ts';
import { statedParameters } from '../../quality/receipts/parameters.ts';
import type { Column } from './columns.ts';
import { type Conversation, textOf } from './conversation.ts';
import { questionOf } from './grade-runs.ts';
import type { EvalCase, EvalColumn, EvalRun } from './report.ts';
import { assertionsOf, type SuiteAssertion, type SuiteCase } from './suite.ts';

/** Text of one answer that a report holds; it was graded whole. */
const MAX_SHOWN_CHARS = 200_000;

/** A target as a report has it, by the conversations that were held with it. */
export function columnOf(
  { target, primaryOnly }: Column,
  found: readonly Conversation[],
  request: ChatRequest | undefined,
): EvalColumn {
  const promptVersion = found.find((run) => run.promptVersion !== undefined)?.promptVersion;
  const times = found.filter(({ error }) => !error).map(({ durationMs }) => durationMs);
  const cost = found.reduce<number | undefined>(
    (sum, { costUsd }) => (sum === undefined || costUsd === undefined ? undefined : sum + costUsd),
    0,
  );
  return {
    target,
    ...(promptVersion !== undefined && { promptVersion }),
    servedModels: [...new Set(found.flatMap(({ servedModels }) => servedModels))].sort(),
    parameters: request ? statedParameters(request) : {},
    ...(primaryOnly && { primaryOnly }),
    ...(times.length > 0 && { medianMs: medianOf(times) }),
    ...(cost !== undefined && { costUsd: cost }),
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

export function caseOf(one: SuiteCase): EvalCase {
  return {
    id: one.id,
    ...(one.description !== undefined && { description: one.description }),
    variables: one.variables,
    input: questionOf(one, one.turns.length - 1),
    assertions: assertionsOf(one).map(assertionOf),
  };
}

function assertionOf(assertion: SuiteAssertion): EvalCase['assertions'][number] {
  const { grader, metric, label, written } = assertion;
  return { grader, metric, label, written, ...(assertion.kind === 'unsupported' && { unsupported: assertion.why }) };
}

export function runOf(run: Conversation, results: EvalRun['results']): EvalRun {
  const { answers, error, durationMs, usage, costUsd, requestId, cached } = run;
  const finish = answers.at(-1)?.answer.finish;
  return {
    text: textOf(run).slice(0, MAX_SHOWN_CHARS),
    toolCalls: answers.flatMap(({ toolCalls }) => toolCalls),
    ...(finish !== undefined && { finish }),
    ...(error && { error: { message: error.message, ours: error.ours } }),
    results,
    durationMs,
    usage,
    ...(costUsd !== undefined && { costUsd }),
    requestId,
    cached,
  };
}

/** For the eye while it runs: judges and modules are asked later. */
export function scoreNow(one: SuiteCase, { answers, error }: Conversation): { readonly score?: number } {
  if (error) return error.ours ? {} : { score: 0 };
  const scores = one.turns.flatMap(({ assertions }, turn) =>
    assertions.flatMap((assertion) => {
      const seen = answers[turn];
      if (assertion.kind !== 'pure' || !seen) return [];
      const { score } = assertion.read.grade(seen);
      return [assertion.not ? 1 - score : score];
    }),
  );
  return scores.length === 0 ? {} : { score: scores.reduce((sum, score) => sum + score, 0) / scores.length };
}
