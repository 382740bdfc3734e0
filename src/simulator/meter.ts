import type { JsonValue } from '../model/json.ts';
import type { ScriptName } from './script.ts';

/** One request as the provider saw it. */
export interface LoggedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly model: string;
  readonly path: string;
  /** As received, credentials included: a test has to see which key came where. The admin API leaves them out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: JsonValue;
  readonly stream: boolean;
  /**
   * The fault that was played, or `served`, `refused` (by the vendor's rules, or for its key), `crashed`, `closed-by-client`,
   * `pending`.
   */
  readonly outcome: Exclude<ScriptName, 'none'> | 'served' | 'refused' | 'crashed' | 'closed-by-client' | 'pending';
  /** The client closed the connection before the answer was complete, so long after the request came. */
  readonly closedByClientAfterMs?: number;
}

/** What one provider has done. */
export interface Meter {
  readonly requests: number;
  readonly byModel: Readonly<Record<string, number>>;
  /** Complete answers. */
  readonly served: number;
  /** Requests on which a script other than `none` was played, answered or not. */
  readonly faults: number;
  /** Requests refused by the vendor's own rules or for their key. */
  readonly refused: number;
  /** Sums of the usage of all complete answers, as their usage fields say. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Tokens of answers that began and were never completed: a vendor bills them, and nobody was told. */
  readonly untoldInputTokens: number;
  readonly untoldOutputTokens: number;
  readonly concurrent: number;
  readonly maxConcurrent: number;
  /** Streams whose answer has begun and not ended. */
  readonly openStreams: number;
  /** Requests that the client left before their answer was complete. */
  readonly closedByClient: number;
  /** When it last did, in milliseconds since 1970. */
  readonly lastClosedAt?: number;
  /** The latest requests, oldest first; at most `MAX_LOGGED`. */
  readonly requestLog: readonly LoggedRequest[];
}

export const MAX_LOGGED = 1000;
/** Models counted by name; the rest are counted together under `(other)`. */
const MAX_MODELS = 1000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts that the simulator writes and `snapshot` shows. */
export class MeterBook {
  #counts = emptyCounts();
  readonly #byModel = new Map<string, number>();
  #log: Writable<LoggedRequest>[] = [];
  #concurrent = 0;
  #openStreams = 0;

  begin(request: Omit<LoggedRequest, 'outcome'>): Entry {
    const row: Writable<LoggedRequest> = { ...request, outcome: 'pending' };
    this.#counts.requests++;
    const model = this.#byModel.size < MAX_MODELS || this.#byModel.has(row.model) ? row.model : '(other)';
    this.#byModel.set(model, (this.#byModel.get(model) ?? 0) + 1);
    this.#concurrent++;
    this.#counts.maxConcurrent = Math.max(this.#counts.maxConcurrent, this.#concurrent);
    this.#log.push(row);
    if (this.#log.length > MAX_LOGGED * 2) this.#log = this.#log.slice(-MAX_LOGGED);
    return new Entry(row, this.#counts, (concurrent, streams) => {
      this.#concurrent += concurrent;
      this.#openStreams += streams;
    });
  }

  snapshot(): Meter {
    return {
      ...this.#counts,
      byModel: Object.fromEntries(this.#byModel),
      concurrent: this.#concurrent,
      openStreams: this.#openStreams,
      requestLog: this.#log.slice(-MAX_LOGGED).map((row) => ({ ...row })),
    };
  }

  /** Requests in progress stay counted as concurrent; what they come to still is written into the old counts. */
  reset(): void {
    this.#counts = { ...emptyCounts(), maxConcurrent: this.#concurrent };
    this.#byModel.clear();
    this.#log = [];
  }
}

type Counts = Writable<Omit<Meter, 'byModel' | 'requestLog' | 'concurrent' | 'openStreams'>>;

function emptyCounts(): Counts {
  return {
    requests: 0,
    served: 0,
    faults: 0,
    refused: 0,
    inputTokens: 0,
    outputTokens: 0,
    untoldInputTokens: 0,
    untoldOutputTokens: 0,
    maxConcurrent: 0,
    closedByClient: 0,
  };
}

/** How one request ended. */
export interface Ending {
  readonly at: number;
  readonly outcome: Exclude<LoggedRequest['outcome'], 'pending' | 'closed-by-client'>;
  readonly closedByClient: boolean;
  /** The answer went out whole. */
  readonly complete: boolean;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
}

/** The row of one request while it is in progress. */
export class Entry {
  readonly #row: Writable<LoggedRequest>;
  readonly #counts: Counts;
  readonly #move: (concurrent: number, streams: number) => void;
  #streams = false;

  constructor(row: Writable<LoggedRequest>, counts: Counts, move: (concurrent: number, streams: number) => void) {
    this.#row = row;
    this.#counts = counts;
    this.#move = move;
  }

  streamBegun(): void {
    this.#row.stream = true;
    this.#streams = true;
    this.#move(0, 1);
  }

  end(ending: Ending): void {
    const counts = this.#counts;
    const { outcome, usage } = ending;
    this.#move(-1, this.#streams ? -1 : 0);
    this.#row.outcome = ending.closedByClient && outcome === 'served' ? 'closed-by-client' : outcome;
    if (outcome === 'refused') counts.refused++;
    else if (outcome !== 'served') counts.faults++;
    if (ending.closedByClient) {
      counts.closedByClient++;
      counts.lastClosedAt = ending.at;
      this.#row.closedByClientAfterMs = ending.at - this.#row.at;
    }
    if (ending.complete) counts.served++;
    if (!usage) return;
    if (ending.complete) {
      counts.inputTokens += usage.inputTokens;
      counts.outputTokens += usage.outputTokens;
    } else {
      counts.untoldInputTokens += usage.inputTokens;
      counts.untoldOutputTokens += usage.outputTokens;
    }
  }
}
