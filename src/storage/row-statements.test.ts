import { describe, expect, test } from 'vitest';
import type { LedgerRow } from './ledger-row.ts';
import { STATEMENTS, type StatementKind, whyRefused, writingOf } from './row-statements.ts';
import { attemptEnded, begun, ended, started } from './testing/sample-rows.ts';

const BEGUN = (id: string): LedgerRow => ({ kind: 'request-begun', row: begun(id) });
const STARTED = (id: string, seq = 1): LedgerRow => ({ kind: 'attempt-started', row: started(id, { seq }) });
const ATTEMPT_ENDED = (id: string, seq = 1): LedgerRow => ({ kind: 'attempt-ended', row: attemptEnded(id, { seq }) });
const ENDED = (id: string): LedgerRow => ({ kind: 'request-ended', row: ended(id) });
const FAILOVER = { primary: 'north/large', error: 'server-error', latencyDeltaMs: 4 };

const kinds = (rows: readonly LedgerRow[]) => writingOf(rows, 'run').writings.map(({ kind }) => kind);

describe('what is written of a batch', () => {
  test('a request that began and ended in it is one statement, as is its attempt', () => {
    expect(kinds([BEGUN('r1'), STARTED('r1'), ATTEMPT_ENDED('r1'), ENDED('r1')])).toEqual([
      'request-whole',
      'attempt-whole',
    ]);
  });

  test('what began in it or ended in it alone stays as it is', () => {
    expect(kinds([ATTEMPT_ENDED('r1'), ENDED('r1'), BEGUN('r2'), STARTED('r2')])).toEqual([
      'attempt-ended',
      'request-ended',
      'request-begun',
      'attempt-started',
    ]);
  });

  test('attempts of one request are told apart', () => {
    const rows = [STARTED('r1', 2), ATTEMPT_ENDED('r1', 1), STARTED('r1', 3), ATTEMPT_ENDED('r1', 3)];
    expect(kinds(rows)).toEqual(['attempt-started', 'attempt-ended', 'attempt-whole']);
  });

  test('a failover stands behind its request', () => {
    const row: LedgerRow = { kind: 'request-ended', row: ended('r1', { failover: FAILOVER }) };
    expect(kinds([BEGUN('r1'), STARTED('r1'), row])).toEqual(['request-whole', 'failover', 'attempt-started']);
  });

  test('every statement has as many marks as values', () => {
    const row: LedgerRow = { kind: 'request-ended', row: ended('r3', { failover: FAILOVER }) };
    const rows = [
      ...[BEGUN('r1'), STARTED('r1'), ATTEMPT_ENDED('r1'), ENDED('r1')],
      ...[BEGUN('r2'), STARTED('r2'), ATTEMPT_ENDED('r3'), row],
    ];
    const seen = new Set<StatementKind>();
    for (const writing of writingOf(rows, 'run').writings) {
      if (!('values' in writing)) throw new Error('no statement');
      seen.add(writing.kind);
      expect(writing.values).toHaveLength(STATEMENTS[writing.kind].split('?').length - 1);
    }
    expect([...seen].sort()).toEqual(Object.keys(STATEMENTS).sort());
  });

  test('a refusal is told of every row that the statement was made of', () => {
    const rows = [BEGUN('r1'), STARTED('r1'), ENDED('r1')];
    expect([...whyRefused(rows, 'run', [{ index: 0, why: 'no room' }]).keys()]).toEqual([0, 2]);
  });
});
