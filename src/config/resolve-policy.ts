import { structuralGrades } from '../engine/grader.ts';
import type { CascadePolicy, Policy, QuorumPolicy, SameModelPolicy } from '../engine/route.ts';
import { ROUTE_DEFAULTS } from './defaults.ts';
import { CASCADE_DEFAULTS, QUORUM_DEFAULTS, SAME_MODEL_DEFAULTS } from './policy-defaults.ts';
import type { CascadeConfig, QuorumConfig, SameModelConfig } from './schema-policy.ts';

export interface PolicyWritten {
  readonly policy?: Policy['kind'] | undefined;
  readonly quorum?: QuorumConfig | undefined;
  readonly cascade?: CascadeConfig | undefined;
  readonly sameModel?: SameModelConfig | undefined;
}

/** `stepBudgetMs`: of a cascade that names none. */
export function resolvePolicy(written: PolicyWritten, stepBudgetMs: number): Policy {
  const kind = written.policy ?? ROUTE_DEFAULTS.policy;
  switch (kind) {
    case 'hot-cold':
    case 'single':
      return { kind };
    case 'quorum':
      return quorum(written.quorum ?? {});
    case 'cascade':
      return cascade(written.cascade ?? {}, stepBudgetMs);
    case 'same-model':
      return sameModel(written.sameModel ?? {});
  }
}

function quorum({ size, pick, share, patience }: QuorumConfig): QuorumPolicy {
  return {
    kind: 'quorum',
    size: size ?? QUORUM_DEFAULTS.size,
    pick: pick ?? QUORUM_DEFAULTS.pick,
    share: share ?? QUORUM_DEFAULTS.share,
    patienceMs: patience ?? QUORUM_DEFAULTS.patienceMs,
    grader: structuralGrades,
  };
}

function cascade(written: CascadeConfig, stepBudgetMs: number): CascadePolicy {
  const { stepBudget, onRefusal, minMeanLogprob, minTokenLogprob, selfCheck } = written;
  return {
    kind: 'cascade',
    stepBudgetMs: stepBudget ?? stepBudgetMs,
    onRefusal: onRefusal ?? CASCADE_DEFAULTS.onRefusal,
    ...(minMeanLogprob !== undefined && { minMeanLogprob }),
    ...(minTokenLogprob !== undefined && { minTokenLogprob }),
    ...(selfCheck && {
      selfCheck: {
        ask: selfCheck.ask,
        accept: selfCheck.accept ?? CASCADE_DEFAULTS.accept,
        maxTokens: selfCheck.maxTokens ?? CASCADE_DEFAULTS.maxTokens,
        withinMs: selfCheck.within ?? CASCADE_DEFAULTS.withinMs,
      },
    }),
  };
}

function sameModel({ balance, hedge }: SameModelConfig): SameModelPolicy {
  return {
    kind: 'same-model',
    balance: balance ?? SAME_MODEL_DEFAULTS.balance,
    ...(hedge && {
      hedge: { after: hedge.after ?? { percentile: 95 }, budget: hedge.budget ?? SAME_MODEL_DEFAULTS.budget },
    }),
  };
}
