import type { Fault } from '../model/fault.ts';
import { QUOTA_HOLD_MS, UNNAMED_HOLD_MS } from './engine-defaults.ts';
import { FAULT_TABLE, type FaultRule } from './fault-table.ts';

/** What a lane is told beside the fault. */
export interface FaultedWhen {
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly committed: boolean;
  /** The same request has failed here before. */
  readonly again?: boolean;
  /** Estimate of the tokens that were too many. */
  readonly learnedTokens?: number;
}

/** What a fault does to the breaker. After the commit point every fault of the provider's counts. */
export function breakerEffect(fault: Fault, committed: boolean): FaultRule['breaker'] {
  const { breaker } = FAULT_TABLE[fault.kind];
  return committed && breaker === 'no' && isProvidersFault(fault) ? 'yes' : breaker;
}

/** For how long a fault has its lane held, in milliseconds; undefined where it has not. */
export function holdAfter(fault: Fault): number | undefined {
  const wait = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
  switch (FAULT_TABLE[fault.kind].hold) {
    case 'no':
    case 'learn-the-window':
      return undefined;
    case 'until-the-named-moment':
      return wait ?? UNNAMED_HOLD_MS;
    case 'minutes':
      return Math.max(wait ?? 0, QUOTA_HOLD_MS);
  }
}

/** Tokens that are known to be too many; a number the provider named is the window. Undefined where the fault says nothing of it. */
export function windowAfter(fault: Fault, estimate: number | undefined): number | undefined {
  if (FAULT_TABLE[fault.kind].hold !== 'learn-the-window') return undefined;
  const named = fault.kind === 'context-too-long' ? fault.limitTokens : undefined;
  const tokens = named ?? estimate;
  return tokens === undefined || tokens <= 0 ? undefined : tokens;
}

/** After the commit point a fault of the provider's counts; the caller's leaving and our own deadline never do. */
function isProvidersFault(fault: Fault): boolean {
  const { kind } = fault;
  return (
    kind !== 'caller-gone' &&
    kind !== 'outrun' &&
    kind !== 'deadline-exceeded' &&
    kind !== 'contract-broken' &&
    kind !== 'unproven-model'
  );
}
