import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from '../../engine/record.ts';
import type { DurableLedger } from '../open-ledger.ts';

/** Rows for tests: one ordinary request, each field changeable. */
export function begun(requestId: string, change: Partial<RequestBegun> = {}): RequestBegun {
  return {
    requestId,
    at: 1_700_000_000_000,
    route: 'support-reply',
    dialect: 'openai-chat',
    stream: true,
    tags: [],
    primary: 'north/large',
    ...change,
  };
}

export function started(requestId: string, change: Partial<AttemptStarted> = {}): AttemptStarted {
  return {
    requestId,
    seq: 1,
    target: 'north/large',
    lane: 'north:large',
    startedMs: 2,
    tryOfTarget: 1,
    losses: [],
    ...change,
  };
}

export function attemptEnded(requestId: string, change: Partial<AttemptEnded> = {}): AttemptEnded {
  return {
    requestId,
    seq: 1,
    state: 'settled',
    status: 200,
    durationMs: 900,
    firstContentMs: 300,
    committed: true,
    usage: { inputTokens: 120, outputTokens: 40 },
    costUsd: 0.0021,
    ...change,
  };
}

export function ended(requestId: string, change: Partial<RequestEnded> = {}): RequestEnded {
  return {
    requestId,
    outcome: 'served',
    servedBy: 'north/large',
    attempts: 1,
    firstContentMs: 302,
    durationMs: 905,
    overheadMs: 3,
    usage: { inputTokens: 120, outputTokens: 40 },
    costUsd: 0.0021,
    decisions: [
      { type: 'eligible', atMs: 1, target: 'north/large' },
      { type: 'attempt', atMs: 2, target: 'north/large', seq: 1 },
      { type: 'committed', atMs: 302, target: 'north/large', seq: 1 },
    ],
    ...change,
  };
}

/** Writes one whole request; resolves once it is durable. */
export function writeRequest(
  ledger: DurableLedger,
  requestId: string,
  change: { readonly begun?: Partial<RequestBegun>; readonly ended?: Partial<RequestEnded> } = {},
): Promise<void> {
  ledger.requestBegun(begun(requestId, change.begun));
  ledger.attemptStarted(started(requestId));
  ledger.attemptEnded(attemptEnded(requestId));
  return ledger.requestEnded(ended(requestId, change.ended));
}
