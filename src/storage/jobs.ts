import type { JobOrder, JobStore } from '../engine/job-store.ts';
import { databaseNow } from './database-clock.ts';
import { JobQueries } from './job-queries.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { openForReading } from './reading-connection.ts';

/** Deferred jobs in the ledger's file: read at once, written by the writer thread. */
export interface Jobs extends JobStore {
  readonly view: JobQueries;
}

/** `file` is an absolute path. @throws LedgerError like the reader of the ledger */
export function jobsOver(file: string, writer: LedgerWriter): Jobs {
  const connection = openForReading(file);
  return {
    view: new JobQueries(connection, () => databaseNow(connection)),
    order: (order) => writer.ask({ kind: 'job', order }, charsOf(order)),
  };
}

function charsOf(order: JobOrder): number {
  switch (order.kind) {
    case 'submit':
      return order.job.body.length;
    case 'settle':
      return order.outcome.kind === 'done' ? order.outcome.result.length : 0;
    default:
      return 0;
  }
}
