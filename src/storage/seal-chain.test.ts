import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLedger } from './ledger-check.ts';
import { writingOf } from './row-statements.ts';
import { openSqlite, type SqlValue } from './sqlite-driver.ts';
import { attemptEnded, begun, ended, started } from './testing/sample-rows.ts';
import {
  openSealed,
  operatorAction,
  SAMPLE_AT,
  type SealedLedger,
  tamper,
  wholeRequest,
  writeEveryKind,
} from './testing/sealed-ledger.ts';
import { tempFolder } from './testing/temp-folder.ts';

const day = 86_400_000;
let folder: ReturnType<typeof tempFolder>;
let file: string;
const open: SealedLedger[] = [];

beforeEach(() => {
  folder = tempFolder();
  file = join(folder.path, 'ledger.db');
});
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  folder.remove();
});

async function opened(options: Parameters<typeof openSealed>[1] = {}): Promise<SealedLedger> {
  const ledger = await openSealed(file, options);
  open.push(ledger);
  return ledger;
}

function query(sql: string): Record<string, SqlValue>[] {
  const raw = openSqlite(file);
  try {
    return raw.prepare(sql).all([]) as Record<string, SqlValue>[];
  } finally {
    raw.close();
  }
}

const verdict = () => {
  const { verdict, findings } = checkLedger({ file });
  return { verdict, messages: findings.map(({ message }) => message) };
};
const whole = { verdict: 'whole', messages: [] };

describe('a batch that is written', () => {
  test('twice, because nobody knew whether it was committed, is sealed once', async () => {
    const ledger = await opened();
    const rows = [...wholeRequest('one'), { kind: 'operator-action', row: operatorAction() } as const];
    ledger.write({ kind: 'request-begun', row: begun('two') }, { kind: 'attempt-started', row: started('two') });
    const ends = [
      { kind: 'attempt-ended', row: attemptEnded('two') },
      { kind: 'request-ended', row: ended('two') },
    ] as const;
    for (let time = 0; time < 2; time += 1) expect(ledger.write(...rows, ...ends)).toEqual([]);
    expect(query('select rows from seals').map(({ rows }) => rows)).toEqual([0, 5]);
    expect(verdict()).toEqual(whole);
  });

  test('in part, because a row was refused, seals the rest', async () => {
    const ledger = await opened();
    const refused = ledger.write({ kind: 'request-ended', row: ended('never begun') }, ...wholeRequest('good'));
    expect(refused).toEqual(['the beginning of request never begun is not on record']);
    expect(verdict()).toEqual(whole);
  });

  test('by a process that did not write its beginning', async () => {
    const first = await opened();
    first.write({ kind: 'request-begun', row: begun('two') }, { kind: 'attempt-started', row: started('two') });
    const second = await opened();
    second.write({ kind: 'attempt-ended', row: attemptEnded('two') }, { kind: 'request-ended', row: ended('two') });
    expect(verdict()).toEqual(whole);
  });
});

describe('two processes on one file', () => {
  test('write one chain, in whatever order they come', async () => {
    const [one, other] = [await opened(), await opened()];
    for (let n = 0; n < 200; n += 1) (n % 7 < 4 ? one : other).write(...wholeRequest(`r${n}`));
    expect([...one.cuts, ...other.cuts]).toEqual([]);
    expect(verdict()).toEqual(whole);
    expect(query('select count(distinct run) as runs, count(*) as seals from seals')).toEqual([
      { runs: 2, seals: 202 },
    ]);
  });

  test('of which one was taken for dead and ends its requests after all', async () => {
    const sleeper = await opened({ now: () => SAMPLE_AT });
    sleeper.write({ kind: 'request-begun', row: begun('late') }, { kind: 'attempt-started', row: started('late') });
    tamper(file, 'update runs set beat_at = 0');
    await opened({ now: () => SAMPLE_AT + day });
    expect(query('select outcome, seal from requests')).toEqual([{ outcome: 'unknown', seal: 3 }]);
    expect(verdict()).toEqual(whole);
    sleeper.write({ kind: 'attempt-ended', row: attemptEnded('late') }, { kind: 'request-ended', row: ended('late') });
    expect(query('select outcome, seal from requests')).toEqual([{ outcome: 'served', seal: 4 }]);
    expect(verdict()).toEqual(whole);
  });
});

test('an end that is cut off under a running process is told of at its next row', async () => {
  const ledger = await opened();
  for (const id of ['a', 'b', 'c']) ledger.write(...wholeRequest(id));
  tamper(file, `delete from requests where id = 'c'`);
  tamper(file, 'delete from seals where seq = 4');
  ledger.write(...wholeRequest('d'));
  expect(ledger.cuts).toEqual([expect.stringMatching(/ends with seal 3, but this process had written seal 4/)]);
});

test('so is a last seal that became another', async () => {
  const ledger = await opened();
  ledger.write(...wholeRequest('a'));
  tamper(file, `update seals set digest = 'another' where seq = 2`);
  ledger.write(...wholeRequest('b'));
  expect(ledger.cuts).toEqual([
    expect.stringMatching(/ends with seal 2, but this process had written seal 2 with digest/),
  ]);
  expect(verdict().messages[0]).toBe('seal 2 is not what was sealed: its digest is another');
});

test('rows that are older than the chain are counted, and go without a trace of their own', async () => {
  const before = await openSealed(file);
  before.write(...wholeRequest('old-1'), ...wholeRequest('old-2'));
  before.close();
  // As the file of an older version looks after its migration.
  tamper(file, 'delete from seals');
  for (const table of ['requests', 'attempts']) tamper(file, `update ${table} set seal = 0`);
  const ledger = await opened();
  ledger.write(...wholeRequest('new', SAMPLE_AT + day));
  expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', olderRows: 4, sealedRows: 2 });
  expect(ledger.store.sweepStep(SAMPLE_AT + 1, 1)).toBe(1);
  expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', olderRows: 2 });
  tamper(file, `delete from attempts where seal = 0`);
  expect(verdict().messages).toEqual([
    'rows of kind attempt that claim to be older than the chain: 0, and 1 were counted',
  ]);
});

describe('retention', () => {
  test('that deletes some requests of a seal leaves the rest proven', async () => {
    const ledger = await opened();
    ledger.write(...wholeRequest('young', SAMPLE_AT + day), ...wholeRequest('old'));
    ledger.write(...wholeRequest('old-too'));
    expect(ledger.store.sweepStep(SAMPLE_AT + 1, 500)).toBe(2);
    expect(verdict()).toEqual(whole);
    tamper(file, `delete from attempts`);
    expect(verdict().messages).toEqual(['attempt 1 of request young is missing']);
  });

  test('takes the beginning of the chain away with its rows, and keeps what outlives them', async () => {
    const ledger = await opened({ now: () => SAMPLE_AT });
    writeEveryKind(ledger);
    for (let n = 0; n < 30; n += 1) ledger.write(...wholeRequest(`old-${n}`));
    ledger.write(...wholeRequest('young', SAMPLE_AT + day));
    const before = Number(query('select count(*) as seals from seals')[0]?.seals);
    expect(ledger.store.sweepStep(SAMPLE_AT + 1, 500)).toBe(32);
    expect(Number(query('select count(*) as seals from seals')[0]?.seals)).toBeLessThan(before / 4);
    // The request that stays with its attempt, the operator action and the revocation.
    expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', sealedRows: 4 });
    expect(query('select seal from operator_actions')).toEqual(query('select max(seq) as seal from seals'));
    tamper(file, `update operator_actions set by_key = 'somebody'`);
    expect(verdict().messages).toEqual(['operator action act-1 is not what was sealed']);
  });

  test('that is due for every row there is empties the ledger, and the chain goes on', async () => {
    let now = SAMPLE_AT;
    const ledger = await opened({ now: () => now });
    for (let round = 0; round < 3; round += 1) {
      ledger.write(...wholeRequest(`old-${round}`, now));
      now += day;
      expect(ledger.store.sweepStep(now, 500)).toBe(1);
      expect([query('select id from requests'), verdict()]).toEqual([[], whole]);
    }
  });

  test('does not make a changed row good, and a deleted one that comes back is named', async () => {
    const ledger = await opened({ now: () => SAMPLE_AT });
    ledger.write({ kind: 'operator-action', row: operatorAction() }, ...wholeRequest('old'));
    ledger.write(...wholeRequest('old-2'), ...wholeRequest('young', SAMPLE_AT + day));
    tamper(file, 'update operator_actions set forced = 1');
    tamper(file, `create table kept as select * from requests where id = 'old-2'`);
    ledger.store.sweepStep(SAMPLE_AT + 1, 500);
    tamper(file, 'insert into requests select * from kept');
    const { messages } = verdict();
    expect(messages).toContain('operator action act-1 is not what was sealed');
    expect(messages).toContain('request old-2 was deleted by retention and is there again');
  });

  test('of operator actions is told too', async () => {
    const ledger = await opened({ now: () => SAMPLE_AT });
    const past = { id: 'act-2', until: SAMPLE_AT + 10 };
    ledger.write(
      { kind: 'operator-action', row: operatorAction() },
      { kind: 'operator-action', row: operatorAction(past) },
    );
    expect(ledger.store.lanes.sweepStep({ beforeMs: SAMPLE_AT + 11, minutesBeforeMs: 0 }, 10)).toBe(1);
    expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', sealedRows: 1 });
    tamper(file, 'delete from operator_actions');
    expect(verdict().messages).toEqual(['operator action act-1 is missing']);
  });

  test('again and again, with rows of every kind, leaves a chain that is as short as what it seals', async () => {
    let now = SAMPLE_AT;
    const ledger = await opened({ now: () => now });
    for (let round = 0; round < 12; round += 1) {
      for (let n = 0; n < 5; n += 1) ledger.write(...wholeRequest(`${round}-${n}`, now));
      ledger.store.feedback.add({ requestId: `${round}-0`, caller: '', at: now, score: 1, complaint: false, tags: [] });
      ledger.write({ kind: 'operator-action', row: operatorAction({ id: `act-${round}`, at: now }) });
      now += day;
      ledger.store.sweepStep(now - 3 * day + 1, 2);
      ledger.store.sweepStep(now - 3 * day + 1, 500);
      expect(verdict()).toEqual(whole);
    }
    expect(Number(query('select count(*) as seals from seals')[0]?.seals)).toBeLessThan(5 * 3 + 20);
  });
});

test('statements of ends have one place for their seal, which the batch leaves empty', () => {
  const { writings } = writingOf(wholeRequest('one'), 'run');
  for (const writing of writings) if ('values' in writing) expect(writing.values.at(-1)).toBeNull();
});
