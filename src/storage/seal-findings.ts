/** What does not fit together in a ledger and its chain. */
export interface Finding {
  readonly kind:
    | 'seals-missing'
    | 'seal-altered'
    /** The chain is consistent, and another than the one that was checkpointed. */
    | 'rewritten'
    | 'key-missing'
    | 'tail-missing'
    | 'row-missing'
    | 'row-altered'
    /** Retention deleted it, and it is there again. */
    | 'row-returned'
    | 'row-unsealed'
    | 'older-rows';
  /** Number of the seal that shows it; 0 for a row that no seal knows of. */
  readonly seal: number;
  /** One sentence; names the row, and by it the request. */
  readonly message: string;
}

/** Most findings that are kept one by one; all are counted. */
export const maxFindings = 100;

/** Findings in the order of the chain. */
export class Findings {
  readonly #kept: Finding[] = [];
  #count = 0;

  readonly add = (finding: Finding): void => {
    this.#count += 1;
    if (this.#kept.length < maxFindings) this.#kept.push(finding);
  };

  get count(): number {
    return this.#count;
  }

  /** What no seal shows comes last. */
  inOrder(): readonly Finding[] {
    const place = ({ seal }: Finding) => (seal === 0 ? Number.POSITIVE_INFINITY : seal);
    return [...this.#kept].sort((one, other) => (place(one) === place(other) ? 0 : place(one) - place(other)));
  }
}
