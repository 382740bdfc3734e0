import type { OperatorAction } from '../../engine/record.ts';
import type { LedgerRow } from '../ledger-row.ts';
import { LedgerStore } from '../ledger-store.ts';
import { writingOf } from '../row-statements.ts';
import { type SealKey, sealKeyOf } from '../seal.ts';
import { openSqlite, type SqlValue } from '../sqlite-driver.ts';
import { attemptEnded, begun, ended, started } from './sample-rows.ts';

export const SEAL_KEY: SealKey = sealKeyOf('a secret of the seals, for tests');

/** Rows of tests begin at this time; what is older can be swept. */
export const SAMPLE_AT = 1_700_000_000_000;

let runs = 0;

/** The writing side without its thread: a batch is written when it is told to be. */
export interface SealedLedger {
  readonly store: LedgerStore;
  /** What the chain complained of. */
  readonly cuts: string[];
  /** One transaction; gives what was refused. */
  write(...rows: readonly LedgerRow[]): readonly string[];
  close(): void;
}

export async function openSealed(
  file: string,
  { key, now = () => SAMPLE_AT + 1_000 }: { readonly key?: SealKey; readonly now?: () => number } = {},
): Promise<SealedLedger> {
  runs += 1;
  const cuts: string[] = [];
  const run = { id: `run-${runs}`, host: 'here', pid: process.pid, processStartedAt: runs };
  const onCut = (message: string) => void cuts.push(message);
  const store = await LedgerStore.open(file, { run, now, onCut, ...(key && { key }) });
  return {
    store,
    cuts,
    write: (...rows) => store.commit(writingOf(rows, run.id).writings).map(({ why }) => why),
    close: () => store.close(now()),
  };
}

export function wholeRequest(id: string, at: number = SAMPLE_AT): LedgerRow[] {
  return [
    { kind: 'request-begun', row: begun(id, { at }) },
    { kind: 'attempt-started', row: started(id) },
    { kind: 'attempt-ended', row: attemptEnded(id) },
    { kind: 'request-ended', row: ended(id) },
  ];
}

export function operatorAction(change: Partial<OperatorAction> = {}): OperatorAction {
  return {
    id: 'act-1',
    at: SAMPLE_AT,
    target: 'north/large',
    lane: 'north:large',
    action: 'drain',
    by: 'admin',
    reason: 'an exercise',
    forced: false,
    ...change,
  };
}

/** A row of every sealed table, written in the ways there are: at once, in parts, again, and with letters that hurt. */
export function writeEveryKind({ store, write }: SealedLedger): void {
  write(...wholeRequest('whole'));
  const nasty = 'half a pair: \ud83d, and a nul: \0.';
  write(
    { kind: 'request-begun', row: begun('parts', { tags: ['a', nasty], caller: 'team é' }) },
    { kind: 'attempt-started', row: started('parts', { losses: [] }) },
  );
  const fault = { kind: 'status', status: 503, message: nasty } as never;
  write({ kind: 'attempt-ended', row: attemptEnded('parts', { fault, verdict: nasty, committed: false }) });
  const second = { seq: 2, target: 'south/large', lane: 'south:large' };
  write({ kind: 'attempt-started', row: started('parts', second) });
  write({ kind: 'attempt-ended', row: attemptEnded('parts', { seq: 2, servedModel: nasty }) });
  const failover = { primary: 'north/large', error: nasty, target: 'south/large', latencyDeltaMs: 12.5 };
  write({ kind: 'request-ended', row: ended('parts', { attempts: 2, servedBy: 'south/large', failover }) });
  write({ kind: 'operator-action', row: operatorAction({ reason: nasty }) });
  const said = { score: 0.25, complaint: true, comment: nasty, tags: ['tone'] };
  store.feedback.add({ requestId: 'whole', caller: 'team é', at: SAMPLE_AT, ...said });
  const revoked = { subject: 'prompt:a greeting', target: 'south/large', promptVersion: '' };
  write(
    { kind: 'receipt-revoked', row: { ...revoked, at: SAMPLE_AT, why: 'drift' } },
    { kind: 'receipt-revoked', row: { ...revoked, at: SAMPLE_AT + 1, why: nasty } },
  );
  write({ kind: 'receipt-revoked', row: { ...revoked, at: SAMPLE_AT + 2, why: 'more drift' } });
}

/** Runs SQL as somebody would who has the file. */
export function tamper(file: string, sql: string, values: readonly SqlValue[] = []): number {
  const raw = openSqlite(file);
  try {
    raw.exec('pragma foreign_keys = off');
    raw.exec('pragma synchronous = off');
    return Number(raw.prepare(sql).run([...values]).changes);
  } finally {
    raw.close();
  }
}
