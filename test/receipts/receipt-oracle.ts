/** A receipt as the oracle sees it: plain facts, and moments in milliseconds since 1970. */
export interface Paper {
  readonly id: number;
  readonly target: string;
  readonly primary: string;
  readonly snapshot: string;
  readonly primarySnapshot: string;
  readonly version: string;
  readonly primaryVersion: string;
  readonly suite: string;
  readonly temperature: number | undefined;
  readonly passed: boolean;
  readonly measured: number;
  readonly issued: number;
  readonly expires: number;
}

/** A request as it decides who may serve it. `versions`: what each target is told in it, whatever is edited meanwhile. */
export interface Asking {
  readonly primary: string;
  readonly at: number;
  readonly temperature: number | undefined;
  readonly versions: ReadonlyMap<string, string>;
  /** What is said of a name that came while the receipt was measured: nobody can tell which was first. */
  readonly inDoubt: 'current' | 'stale';
}

/** Milliseconds since 1970 between which something happened: a name comes somewhere between the two ends of an attempt. */
interface Span {
  readonly from: number;
  readonly to: number;
}

interface Told {
  readonly model: string;
  /** When it was told last, and when for the first time in a row: the second is what survives a restart. */
  readonly last: Span;
  readonly first: Span;
}

const SKEW = 10 * 60_000;

/** The rules of `docs/receipts.md`, written anew: what the engine does is held against them. */
export class ReceiptOracle {
  readonly folder: Paper[] = [];
  suite = 'suite-1';
  readonly versions = new Map<string, string>();
  readonly #told = new Map<string, Told>();
  readonly #revoked: { target: string; version: string; at: number }[] = [];

  /** The paper that lets `target` stand in for `primary` now; undefined where none does. */
  current(target: string, asking: Asking): Paper | undefined {
    const { primary, at, temperature, versions } = asking;
    const paper = this.newest(target);
    const facts = paper && [
      paper.passed,
      at < paper.expires,
      at + SKEW >= paper.issued,
      paper.suite === this.suite,
      paper.primary === primary,
      paper.version === versions.get(target),
      paper.primaryVersion === versions.get(primary),
      paper.temperature === temperature,
      !this.#isRevoked(paper),
      this.#isStill(target, paper.snapshot, paper.measured, asking.inDoubt),
      this.#isStill(primary, paper.primarySnapshot, paper.measured, asking.inDoubt),
    ];
    return facts?.every(Boolean) ? paper : undefined;
  }

  newest(target: string): Paper | undefined {
    const papers = this.folder.filter((paper) => paper.target === target);
    const latest = Math.max(...papers.map(({ measured }) => measured));
    const found = papers.filter(({ measured }) => measured === latest);
    const issued = Math.max(...found.map((paper) => paper.issued));
    return found.filter((paper) => paper.issued === issued).at(-1);
  }

  /** An answer named its model, in an attempt that was begun at `began` and is over. */
  tell(target: string, model: string, began: number, at: number): void {
    const before = this.#told.get(target);
    const first = before?.model === model ? before.first : { from: Math.min(began, at), to: Math.max(began, at) };
    this.#told.set(target, { model, last: { from: at, to: at }, first });
  }

  revoke(target: string, at: number): void {
    const paper = this.newest(target);
    if (!paper || paper.version !== this.versions.get(target) || this.#isRevoked(paper)) return;
    this.#revoked.push({ target, version: paper.version, at: Math.max(at, paper.measured) });
  }

  restart(): void {
    for (const [target, told] of this.#told) this.#told.set(target, { ...told, last: told.first });
  }

  #isRevoked({ target, version, measured }: Paper): boolean {
    return this.#revoked.some((one) => one.target === target && one.version === version && measured <= one.at);
  }

  #isStill(target: string, snapshot: string, measured: number, inDoubt: Asking['inDoubt']): boolean {
    const told = this.#told.get(target);
    if (told === undefined || told.model === snapshot) return true;
    return (inDoubt === 'current' ? told.last.from : told.last.to) <= measured;
  }
}
