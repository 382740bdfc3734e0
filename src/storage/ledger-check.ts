import { ChainCheck } from './chain-check.ts';
import type { Checkpoint } from './checkpoints.ts';
import { ledgerPath } from './ledger-path.ts';
import { openForReading } from './reading-connection.ts';
import { RowCheck } from './row-check.ts';
import type { SealKey } from './seal.ts';
import { type Finding, Findings } from './seal-findings.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** How often progress is told, in seals. */
const progressEverySeals = 1_000;

export interface LedgerCheckOptions {
  readonly file: string;
  /** Keys that its seals may have been made with. */
  readonly keys?: readonly SealKey[];
  /** Read before the check begins: a running gateway adds to both. */
  readonly checkpoints?: readonly Checkpoint[];
  onProgress?(progress: { readonly seal: number; readonly of: number }): void;
}

export interface LedgerCheck {
  /** `unproven`: nothing is wrong, but some seals were made with a key that was not given. `unsealed`: there is no chain. */
  readonly verdict: 'whole' | 'changed' | 'unproven' | 'unsealed';
  /** In the order of the chain, at most 100. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly seals: number;
  readonly firstSeal: number;
  readonly lastSeal: number;
  readonly unprovenSeals: number;
  /** Rows that are as they were sealed, or are named by a finding. */
  readonly sealedRows: number;
  /** Rows that are older than the chain: nothing can be said of them but how many there are. */
  readonly olderRows: number;
  readonly checkpoints: number;
}

/**
 * Compares every row of a ledger with the chain of seals, and the chain with its checkpoints. Reads one snapshot, so the
 * gateway may go on writing; SQLite cannot shorten its write-ahead log until the check has ended.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function checkLedger(options: LedgerCheckOptions): LedgerCheck {
  const file = ledgerPath(options.file);
  const connection = openForReading(file);
  try {
    connection.exec('begin');
    return checkSnapshot(connection, options);
  } catch (error) {
    throw toLedgerError(file, error);
  } finally {
    connection.close();
  }
}

function checkSnapshot(connection: SqliteConnection, options: LedgerCheckOptions): LedgerCheck {
  const { keys = [], checkpoints = [] } = options;
  const findings = new Findings();
  if (!hasChain(connection)) return withoutChain(connection, findings, checkpoints.length);
  const rows = new RowCheck(connection, findings.add);
  const [end] = connection.prepare('select max(seq) as seq from seals').all([]) as { seq: number | null }[];
  const of = end?.seq ?? 0;
  const chain = new ChainCheck({
    connection,
    keys,
    checkpoints,
    found: findings.add,
    seal: (seal, lines) => {
      rows.visit(seal, lines);
      if (seal.seq % progressEverySeals === 0) options.onProgress?.({ seal: seal.seq, of });
    },
  });
  const walk = chain.walk();
  const { rows: sealedRows, older } = rows.end();
  return {
    verdict: findings.count > 0 ? 'changed' : walk.unproven > 0 ? 'unproven' : 'whole',
    findings: findings.inOrder(),
    findingCount: findings.count,
    seals: walk.seals,
    firstSeal: walk.first,
    lastSeal: walk.last,
    unprovenSeals: walk.unproven,
    sealedRows,
    olderRows: older,
    checkpoints: checkpoints.length,
  };
}

function hasChain(connection: SqliteConnection): boolean {
  return connection.prepare(`select 1 from sqlite_master where type = 'table' and name = 'seals'`).all([]).length > 0;
}

/** A file of an older version: the next start of a gateway begins a chain in it. Or one whose chain was taken away. */
function withoutChain(connection: SqliteConnection, findings: Findings, checkpoints: number): LedgerCheck {
  const hadChain = connection.prepare(`select 1 from pragma_table_info('requests') where name = 'seal'`).all([]);
  if (hadChain.length > 0 || checkpoints > 0) {
    findings.add({ kind: 'seals-missing', seal: 1, message: 'the chain is missing: there is no table of seals' });
  }
  const [row] = connection.prepare('select count(*) as rows from requests').all([]) as { rows: number }[];
  return {
    verdict: findings.count > 0 ? 'changed' : 'unsealed',
    findings: findings.inOrder(),
    findingCount: findings.count,
    seals: 0,
    firstSeal: 0,
    lastSeal: 0,
    unprovenSeals: 0,
    sealedRows: 0,
    olderRows: row?.rows ?? 0,
    checkpoints,
  };
}
