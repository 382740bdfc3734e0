import { Session } from 'node:inspector';

interface TakenCoverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** Which blocks of `src/` have ever run, by V8's own counters. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** Blocks that ran since the last call, and never before it. */
  fresh(): Set<string> {
    const fresh = new Set<string>();
    for (const block of this.#taken()) if (!this.#seen.has(block)) fresh.add(block);
    for (const block of fresh) this.#seen.add(block);
    return fresh;
  }

  /** Which of these blocks ran since the last call. */
  reached(wanted: ReadonlySet<string>): string[] {
    return this.#taken().filter((block) => wanted.has(block));
  }

  #taken(): string[] {
    let taken: TakenCoverage = { result: [] };
    // Answers before it returns: the session is in this thread.
    this.#session.post('Profiler.takePreciseCoverage', (_error, result) => {
      taken = result ?? taken;
    });
    return taken.result
      .filter(({ url }) => url.includes('/src/'))
      .flatMap(({ url, functions }) =>
        functions.flatMap(({ ranges }) =>
          ranges
            .filter(({ count }) => count > 0)
            .map(({ startOffset, endOffset }) => `${url}:${startOffset}:${endOffset}`),
        ),
      );
  }

  stop(): void {
    this.#session.disconnect();
  }
}
