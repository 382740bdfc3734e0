import type { JobOrder, JobStore } from '../engine/job-store.ts';
import { databaseNow } from './database-clock.ts';
import { JobQueries } from './job-queries.ts';
import { ledgerPath } from './ledger-path.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { openForReading } from './reading-connection.ts';

/** Deferred jobs in the ledger's file: read at once, written by the writer thread. */
export interface Jobs extends JobStore {
  readonly view: JobQueries;
}

export function jobsOver(file: string, writer: LedgerWriter): Jobs {
  return {
    view: openJobReader(file),
    order: (order) => writer.ask({ kind: 'job', order }, charsOf(order)),
  };
}

/** Reads jobs beside a process that works them off, or alone. @throws LedgerError like the reader of the ledger */
export function openJobReader(file: string): JobQueries {
  const connection = openForReading(ledgerPath(file));
  return new JobQueries(connection, () => databaseNow(connection));
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
