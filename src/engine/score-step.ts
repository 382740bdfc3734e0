import type { Fault } from '../model/fault.ts';
import type { AttemptReport } from './attempt.ts';
import { FAULT_TABLE } from './fault-table.ts';
import type { RunState } from './run-state.ts';

/** What became of one attempt. */
export interface ScoredAttempt {
  /** Position of its target in the route. */
  readonly rank: number;
  readonly stream: boolean;
  readonly fault: Fault | undefined;
  readonly report: AttemptReport;
  readonly costUsd: number | undefined;
}

/** Takes an attempt into the score of its target, where the route has one. Faults that say nothing of the target count neither way. */
export function scoreAttempt({ scores, now }: RunState, attempt: ScoredAttempt): void {
  if (scores === undefined) return;
  const { rank, stream, fault, report, costUsd } = attempt;
  if (fault) {
    const { breaker, hold } = FAULT_TABLE[fault.kind];
    if (breaker !== 'no' || hold === 'until-the-named-moment' || hold === 'minutes') scores.failed(rank, now);
    return;
  }
  const ms = stream ? report.firstContentMs : report.durationMs;
  if (ms === undefined) return;
  const tokens = (report.usage.inputTokens ?? 0) + (report.usage.outputTokens ?? 0);
  scores.answered(rank, { stream, ms, tokens, costUsd }, now);
}

/** Takes a refusal in. A lane that is only just coming back refuses what it could serve. */
export function scoreRefusal(
  { scores, now }: RunState,
  rank: number,
  why: { readonly reason: string; readonly detail: string },
): void {
  const isShut = why.reason === 'breaker-open' && (why.detail === 'open' || why.detail === 'isolated');
  if (isShut || why.reason === 'lane-held') scores?.failed(rank, now);
}
