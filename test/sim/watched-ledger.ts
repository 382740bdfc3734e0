import type { Ledger } from '../../src/engine/ports.ts';
import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from '../../src/engine/record.ts';
import type { VirtualClock } from '../kit/virtual-clock.ts';
import type { Violation } from './invariants.ts';
import type { WorldPlan } from './world-plan.ts';

/** All rows of one request. */
export interface RequestRows {
  readonly begun: RequestBegun;
  readonly started: AttemptStarted[];
  readonly ended: AttemptEnded[];
  end: RequestEnded | undefined;
}

/** A ledger that looks at the order of its rows. `slow` answers after a while, `refuses` fails now and then. */
export class WatchedLedger implements Ledger {
  readonly rows = new Map<string, RequestRows>();
  /** Requests whose last row was refused. */
  readonly refused = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #manner: WorldPlan['ledger'];
  readonly #tell: (violation: Violation) => void;
  readonly #firstAt: (lane: string) => void;
  #endings = 0;

  /** `firstAt` hears of every attempt at a lane that is no retry. */
  constructor(
    clock: VirtualClock,
    manner: WorldPlan['ledger'],
    ears: { readonly tell: (violation: Violation) => void; readonly firstAt: (lane: string) => void },
  ) {
    this.#clock = clock;
    this.#manner = manner;
    this.#tell = ears.tell;
    this.#firstAt = ears.firstAt;
  }

  requestBegun(row: RequestBegun): void {
    if (this.rows.has(row.requestId)) this.#wrong(row.requestId, 'begun twice');
    this.rows.set(row.requestId, { begun: row, started: [], ended: [], end: undefined });
  }

  attemptStarted(row: AttemptStarted): void {
    const rows = this.#open(row.requestId, `attempt ${row.seq} begun`);
    if (!rows) return;
    if (row.seq !== rows.started.length + 1) {
      this.#wrong(row.requestId, `attempt ${row.seq} begun as number ${rows.started.length + 1}`);
    }
    if (row.tryOfTarget === 1 && !isFree(rows, row.target)) this.#firstAt(row.lane);
    rows.started.push(row);
  }

  attemptEnded(row: AttemptEnded): void {
    const rows = this.#open(row.requestId, `attempt ${row.seq} ended`);
    if (!rows) return;
    const begun = rows.started.some(({ seq }) => seq === row.seq);
    if (!begun) this.#wrong(row.requestId, `attempt ${row.seq} ended and never began`);
    if (rows.ended.some(({ seq }) => seq === row.seq)) this.#wrong(row.requestId, `attempt ${row.seq} ended twice`);
    rows.ended.push(row);
  }

  requestEnded(row: RequestEnded): Promise<void> {
    const rows = this.#open(row.requestId, 'ended');
    if (!rows) return Promise.resolve();
    if (rows.started.length !== rows.ended.length) {
      this.#wrong(row.requestId, `ended with ${rows.started.length - rows.ended.length} attempts open`);
    }
    rows.end = row;
    this.#endings += 1;
    if (this.#manner === 'slow') {
      return new Promise((resolve) => {
        this.#clock.setTimer(1 + (this.#endings % 7) * 40, resolve);
      });
    }
    if (this.#manner === 'refuses' && this.#endings % 5 === 0) {
      this.refused.add(row.requestId);
      return Promise.reject(new Error('the disk is full'));
    }
    return Promise.resolve();
  }

  #open(requestId: string, what: string): RequestRows | undefined {
    const rows = this.rows.get(requestId);
    if (!rows) this.#wrong(requestId, `${what} before the request began`);
    else if (rows.end) this.#wrong(requestId, `${what} after the request ended`);
    return rows;
  }

  #wrong(requestId: string, detail: string): void {
    this.#tell({ invariant: 'rows-in-order', atMs: this.#clock.now(), requestId, detail });
  }
}

/** After a stale socket the same attempt is made once more. */
function isFree({ started, ended }: RequestRows, target: string): boolean {
  const last = started.findLast((row) => row.target === target);
  return ended.some((row) => row.seq === last?.seq && row.fault?.kind === 'stale-connection');
}
