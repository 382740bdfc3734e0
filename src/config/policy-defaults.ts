import { formatDuration } from './duration.ts';

export const QUORUM_DEFAULTS = { size: 2, pick: 'first', share: 0.05, patienceMs: 5_000 } as const;

export const CASCADE_DEFAULTS = { onRefusal: 'escalate', accept: 'yes', maxTokens: 16, withinMs: 5_000 } as const;

export const SAME_MODEL_DEFAULTS = { balance: 'weighted', weight: 1, after: 'p95', budget: 0.05 } as const;

/** Of the policies, for the page that lists every default with its reason. */
export const POLICY_DEFAULT_REASONS: readonly {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}[] = [
  {
    name: 'failover.policy',
    value: 'hot-cold, whatever the workload',
    reason:
      'Every other policy sends more requests than it gives answers, or gives answers of several models for one prompt: an operator has to want that. What a workload changes is how long the primary has and whether a request may be deferred.',
  },
  {
    name: 'failover.quorum',
    value: `size ${QUORUM_DEFAULTS.size}, pick ${QUORUM_DEFAULTS.pick}, share ${QUORUM_DEFAULTS.share}, patience ${formatDuration(QUORUM_DEFAULTS.patienceMs)}`,
    reason:
      'Every request of the share is paid for as often as it is sent. One in twenty keeps a second path warm and its quality known for a twentieth of the bill.',
  },
  {
    name: 'failover.cascade',
    value: `stepBudget: the primaryBudget of whole answers; selfCheck: accept ${CASCADE_DEFAULTS.accept}, maxTokens ${CASCADE_DEFAULTS.maxTokens}, within ${formatDuration(CASCADE_DEFAULTS.withinMs)}`,
    reason:
      'An answer that may yet be rejected has to be whole first, so that the times of whole answers hold for streams too. A check is one word long: 16 tokens are the least that OpenAI takes.',
  },
  {
    name: 'failover.sameModel',
    value: `balance ${SAME_MODEL_DEFAULTS.balance}, weight ${SAME_MODEL_DEFAULTS.weight}; hedge: after ${SAME_MODEL_DEFAULTS.after}, budget ${SAME_MODEL_DEFAULTS.budget}`,
    reason:
      'Load follows contracts and quotas, which weights can say and nothing else knows. At p95 one request in twenty is late, and the budget has room for just those: a host that is slow as a whole is no reason to send everything twice.',
  },
];
