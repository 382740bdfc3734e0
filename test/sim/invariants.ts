/** What must hold in every world at every moment, whatever fails. The page docs/simulation.md lists these words. */
export const INVARIANTS = {
  'never-throws': 'serving a request never rejects, whatever a provider or a caller does',
  'one-outcome': 'a request ends once, with one outcome, and its record says the same as its caller was told',
  'rows-in-order':
    'the rows of a request come in order: begun, its attempts numbered from 1, each begun before it ends, ended last',
  'attempts-limit': 'no target is asked more often than the route allows',
  'one-answer': 'no caller is given parts of two answers without a marked switch',
  'whole-answer': 'nothing that was cut short is called a success',
  contract: 'nothing that breaks its contract is called a success',
  marked: 'an answer of another target than the primary is marked',
  'eligible-only': 'no request is sent to a target that may not serve it',
  deadline: 'the first byte, or the end, comes before the deadline',
  'gone-is-gone': 'once a caller has left, its exchanges are over and nothing further is sent for it',
  'retry-budget': 'retries at a lane stay within a fifth of its requests and one a second',
  'gate-limit': 'a lane never carries more requests at once than its gate allows',
  'places-returned': 'every permit and every place at a gate comes back, exactly once',
  'one-probe': 'a half-open breaker has one probe under way at most',
  'breaker-opens': 'a lane that fails as often in a row as its policy says is not closed any more',
  'hold-kept': 'nothing is sent to a lane before the moment that its provider named',
  'orders-kept': 'nothing new is sent to a lane that an operator drains or holds',
  'hedge-budget': 'hedges stay within their share of the requests of their route',
  'last-target-asked': 'breakers alone never leave a request unasked: one of the shut targets is tried all the same',
  'returning-asked': 'no request fails while a target on its way back was held back for the sake of others',
  'calm-is-primary': 'where nothing fails, the primary serves every request at the first attempt',
  'ledger-equals-meters': 'the ledger knows of every exchange that the providers counted, and of no other',
  'costs-add-up': 'the cost of a request is the sum over its attempts, and unknown where one of them is',
  'nothing-left': 'no timer, no listener and no exchange outlives the requests',
  recovers: 'once the faults are over every lane closes again and the primary serves, within the documented time',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  /** Of the virtual clock, in milliseconds. */
  readonly atMs: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly lane?: string;
}
