import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkLedger, type LedgerCheckOptions } from './ledger-check.ts';
import type { SealsTable } from './schema.ts';
import { digestOf, linesOf, rowLine, type SealKey } from './seal.ts';
import { keyText, leafOf, readSealedRow, SEALED_TABLES, SEALED_TAGS } from './sealed-rows.ts';
import { openSqlite, type SqliteConnection, type SqlValue } from './sqlite-driver.ts';
import { openSealed, SEAL_KEY, tamper, wholeRequest, writeEveryKind } from './testing/sealed-ledger.ts';
import { tempFolder } from './testing/temp-folder.ts';

let folder: ReturnType<typeof tempFolder>;
let pristine: string;
let keyed: string;
let file: string;
let copies = 0;

beforeAll(async () => {
  folder = tempFolder();
  pristine = join(folder.path, 'pristine.db');
  keyed = join(folder.path, 'keyed.db');
  for (const [path, options] of [
    [pristine, {}],
    [keyed, { key: SEAL_KEY }],
  ] as const) {
    const ledger = await openSealed(path, options);
    writeEveryKind(ledger);
    ledger.close();
  }
});
afterAll(() => folder.remove());
beforeEach(() => {
  copies += 1;
  file = join(folder.path, `ledger-${copies}.db`);
  copyFileSync(pristine, file);
});

const check = (change: Partial<LedgerCheckOptions> = {}) => checkLedger({ file, ...change });
const messages = (change: Partial<LedgerCheckOptions> = {}) => check(change).findings.map(({ message }) => message);
const kinds = (change: Partial<LedgerCheckOptions> = {}) => new Set(check(change).findings.map(({ kind }) => kind));

function read<T>(of: string, task: (connection: SqliteConnection) => T): T {
  const connection = openSqlite(of);
  try {
    return task(connection);
  } finally {
    connection.close();
  }
}

const sealsOf = (of: string) =>
  read(of, (connection) => connection.prepare('select * from seals order by seq').all([]) as SealsTable[]);

describe('a ledger that nobody changed', () => {
  test('is whole, with every row of every sealed table', () => {
    expect(check()).toMatchObject({ verdict: 'whole', findings: [], sealedRows: 2 + 3 + 1 + 1 + 1 + 1, olderRows: 0 });
    expect(check({ file: keyed, keys: [SEAL_KEY] })).toMatchObject({ verdict: 'whole', unprovenSeals: 0 });
  });

  test('is whole beside a gateway that writes it', async () => {
    const ledger = await openSealed(file);
    ledger.write(...wholeRequest('live'));
    expect(check().verdict).toBe('whole');
    ledger.write(...wholeRequest('live-2'));
    expect(check()).toMatchObject({ verdict: 'whole', sealedRows: 9 + 4 });
    ledger.close();
  });

  test('sealed with a key that is not given is unproven', () => {
    const { verdict, unprovenSeals, seals } = check({ file: keyed });
    expect([verdict, unprovenSeals]).toEqual(['unproven', seals]);
  });
});

const columns = SEALED_TAGS.flatMap((tag) => SEALED_TABLES[tag].columns.map((column) => ({ tag, column })));

/** A value that differs in one byte, of the same kind where there was one. */
function flipped(value: SqlValue, at: number, bit: number): SqlValue {
  if (value === null) return 'x';
  if (typeof value === 'number') return value + 2 ** (bit % 7);
  if (value === '') return String.fromCharCode(32 + bit);
  const place = at % value.length;
  const letter = String.fromCharCode(value.charCodeAt(place) ^ (1 << (bit % 7)));
  return value.slice(0, place) + letter + value.slice(place + 1);
}

describe('one changed byte', () => {
  test.each(columns)('in $column of $tag is found, with the row', ({ tag, column }) => {
    const { table, key } = SEALED_TABLES[tag];
    const rows = read(
      file,
      (connection) =>
        connection.prepare(`select rowid as rowid, * from ${table}`).all([]) as Record<string, SqlValue>[],
    );
    expect(rows.length).toBeGreaterThan(0);
    const set = `update ${table} set ${column} = ? where rowid = ?`;
    fc.assert(
      fc.property(fc.nat(), fc.nat(1_000), fc.nat(94), (which, at, bit) => {
        const row = rows[which % rows.length] ?? {};
        const before = row[column] ?? null;
        const { rowid = null } = row;
        tamper(file, set, [flipped(before, at, bit), rowid]);
        const { verdict, findings } = check();
        tamper(file, set, [before, rowid]);
        expect(verdict).toBe('changed');
        if (!key.includes(column)) expect(findings[0]?.seal).toBe(row.seal);
        expect(findings[0]?.message).toContain(String(row.request_id ?? row.id ?? row.subject));
      }),
      { numRuns: 2 },
    );
    expect(check().verdict).toBe('whole');
  });

  test.each(['seq', 'prev', 'digest', 'key_id', 'run', 'at', 'rows', 'body'] as const)('in %s of a seal', (column) => {
    for (const seal of sealsOf(file)) {
      const set = `update seals set ${column} = ? where digest = ? or body = ?`;
      if (seal[column] === '' && column !== 'key_id') continue;
      const changed = column === 'seq' ? seal.seq + 1_000 : flipped(seal[column], 3, 1);
      tamper(file, set, [changed, seal.digest, seal.body]);
      expect(check().verdict, `${column} of seal ${seal.seq}`).not.toBe('whole');
      tamper(file, set, [
        seal[column],
        column === 'digest' ? changed : seal.digest,
        column === 'body' ? changed : seal.body,
      ]);
    }
    expect(check().verdict).toBe('whole');
  });

  test('text that some drivers do not show, behind a nul', () => {
    tamper(file, `update operator_actions set by_key = by_key || char(0) || 'hidden'`);
    expect(messages()[0]).toBe('operator action act-1 is not what was sealed');
  });
});

describe('rows', () => {
  test.each([
    ['a request', `delete from requests where id = 'parts'`, 'request parts is missing'],
    ['an attempt', `delete from attempts where seq = 2`, 'attempt 2 of request parts is missing'],
    ['a failover', 'delete from failovers', 'the failover of request parts is missing'],
    ['an operator action', 'delete from operator_actions', 'operator action act-1 is missing'],
    ['feedback', 'delete from feedback', 'the feedback of team é on request whole is missing'],
    [
      'a revocation',
      'delete from receipt_revocations',
      'the revocation of prompt:a greeting at south/large is missing',
    ],
  ])('%s deleted is named', (_what, sql, message) => {
    tamper(file, sql);
    expect(check().verdict).toBe('changed');
    expect(messages()).toContain(message);
  });

  test('swapped are both named', () => {
    const swap = (from: string, to: string) => tamper(file, `update requests set id = '${to}' where id = '${from}'`);
    for (const [from, to] of [
      ['whole', 'x'],
      ['parts', 'whole'],
      ['x', 'parts'],
    ] as const)
      swap(from, to);
    expect(
      check()
        .findings.slice(0, 2)
        .map(({ seal, message }) => [seal, message.slice(0, 14)]),
    ).toEqual([
      [2, 'request whole '],
      [5, 'request parts '],
    ]);
  });

  test('added without a seal, or with the number of one that does not know of them', () => {
    const copyOf = SEALED_TABLES.r.columns.map((column) => (column === 'id' ? `'new'` : column)).join(', ');
    const add = (seal: string) =>
      tamper(
        file,
        `insert into requests (${SEALED_TABLES.r.columns.join(', ')}, seal) select ${copyOf}, ${seal} from requests where id = 'whole'`,
      );
    add('null');
    expect(messages()).toEqual(['request new has no seal']);
    tamper(file, `delete from requests where id = 'new'`);
    add('3');
    expect(messages()).toEqual(['request new names seal 3, which does not know of it']);
    tamper(file, `update requests set seal = 0 where id = 'new'`);
    expect(messages()).toEqual(['rows of kind request that claim to be older than the chain: 1, and 0 were counted']);
  });

  test('that claim to be older than the chain are missed where they were', () => {
    tamper(file, `update requests set seal = 0, route = 'other' where id = 'whole'`);
    expect(kinds()).toEqual(new Set(['row-altered', 'older-rows']));
  });
});

describe('the chain', () => {
  const checkpointOf = ({ seq, digest }: SealsTable) => ({ at: '2026-01-01T00:00:00.000Z', seq, digest });

  test('with a link taken out of its middle', () => {
    tamper(file, 'delete from seals where seq in (3, 4)');
    expect(messages()[0]).toBe('seals 3 to 4 are missing');
  });

  test('without its beginning', () => {
    tamper(file, 'delete from seals where seq <= 2');
    expect(messages()[0]).toBe('the chain should begin with seal 1: seals 1 to 2 are missing');
  });

  test('whose end was cut off with its rows shows by a checkpoint, and by nothing else', () => {
    const seals = sealsOf(file);
    const last = seals.at(-1);
    if (!last) throw new Error('there is no seal');
    tamper(file, 'delete from receipt_revocations');
    tamper(file, 'delete from seals where seq > ?', [last.seq - 2]);
    expect(check().verdict).toBe('whole');
    const { verdict, findings } = check({ checkpoints: [checkpointOf(last)] });
    expect(verdict).toBe('changed');
    expect(findings[0]).toMatchObject({ kind: 'tail-missing', seal: last.seq - 1 });
  });

  test('that was taken away', () => {
    tamper(file, 'drop table seals');
    expect(messages()).toEqual(['the chain is missing: there is no table of seals']);
  });

  /** Changes a request, and makes everything that follows from it anew, as somebody with the program could. */
  function forge(of: string, key?: SealKey): void {
    tamper(of, `update requests set cost_usd = 0 where id = 'whole'`);
    const leaf = read(of, (connection) => leafOf('r', readSealedRow(connection, 'r', ['whole'])?.text ?? ''));
    let prev = '';
    for (const seal of sealsOf(of)) {
      let body = '';
      for (const line of linesOf(seal.body)) {
        if (line?.kind === 'row' && line.tag === 'r' && line.key === 'whole') body += rowLine('r', leaf, line.key);
      }
      body =
        body === ''
          ? seal.body
          : body +
            seal.body
              .split('\n')
              .slice(0, -1)
              .filter((text) => !text.startsWith('r '))
              .join('\n');
      if (!body.endsWith('\n')) body += '\n';
      const keyId = key ? seal.key_id : '';
      const digest = digestOf({ ...seal, keyId, prev, body }, key);
      tamper(of, 'update seals set prev = ?, digest = ?, body = ?, key_id = ? where seq = ?', [
        prev,
        digest,
        body,
        keyId,
        seal.seq,
      ]);
      prev = digest;
    }
  }

  test('that was made anew without a key shows by a checkpoint only', () => {
    const [, , third] = sealsOf(file);
    if (!third) throw new Error('there is no third seal');
    forge(file);
    expect(check().verdict).toBe('whole');
    const { findings } = check({ checkpoints: [checkpointOf(third)] });
    expect(findings[0]).toMatchObject({ kind: 'rewritten', seal: 3 });
  });

  test('that was made anew by somebody who has not the key', () => {
    copyFileSync(keyed, file);
    forge(file);
    expect(kinds({ keys: [SEAL_KEY] })).toEqual(new Set(['key-missing']));
    copyFileSync(keyed, file);
    forge(file, { id: SEAL_KEY.id, secret: 'another secret of seals' });
    expect(check({ keys: [SEAL_KEY] }).findings[0]).toMatchObject({ kind: 'seal-altered', seal: 1 });
  });

  test('is not gone on with without its key', async () => {
    copyFileSync(keyed, file);
    await expect(openSealed(file)).rejects.toMatchObject({ code: 'seal-key' });
    await expect(openSealed(file, { key: { id: 'other', secret: 'x' } })).resolves.toBeDefined();
  });
});

test('names of rows hold whatever people call things', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, other) => {
      const key = keyText([one, other]);
      expect(key).not.toMatch(/\n/);
      expect(key.split(' ').length).toBe(2);
    }),
    { numRuns: 50 },
  );
});
