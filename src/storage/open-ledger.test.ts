import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLedgerError } from './ledger-error.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { type DurableLedger, type OpenLedger, openLedger } from './open-ledger.ts';
import { openSqlite } from './sqlite-driver.ts';
import { attemptEnded, begun, ended, started, writeRequest } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';
import type { LedgerTrouble } from './writer-options.ts';

let folder: ReturnType<typeof tempFolder>;
let file: string;
let open: DurableLedger[];
let troubles: LedgerTrouble[];

beforeEach(() => {
  folder = tempFolder();
  file = join(folder.path, 'deep', 'er', 'ledger.db');
  open = [];
  troubles = [];
});
afterEach(async () => {
  for (const ledger of open) await ledger.close();
  folder.remove();
});

async function start(path = file): Promise<OpenLedger> {
  const opened = await openLedger({ file: path, onTrouble: (trouble) => troubles.push(trouble) });
  open.push(opened.ledger);
  return opened;
}

async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await promise.then(() => undefined).catch((thrown: unknown) => thrown);
  if (!isLedgerError(error)) throw new Error(`expected a LedgerError, got ${String(error)}`);
  return { code: error.code, message: error.message };
}

describe('the ledger', () => {
  test('a served request reads back as it was written', async () => {
    const { ledger, reader } = await start();
    ledger.requestBegun(begun('r1', { caller: 'web', tags: ['eu', 'beta'] }));
    ledger.attemptStarted(
      started('r1', { promptVersion: 'p3', losses: [{ field: 'seed', why: 'not known there', matters: false }] }),
    );
    ledger.attemptEnded(attemptEnded('r1', { upstreamRequestId: 'up-9', servedModel: 'large-2' }));
    await ledger.requestEnded(ended('r1', { promptVersion: 'p3' }));
    expect(await reader.request('r1')).toEqual({
      requestId: 'r1',
      at: 1_700_000_000_000,
      route: 'support-reply',
      dialect: 'openai-chat',
      stream: true,
      caller: 'web',
      tags: ['eu', 'beta'],
      primary: 'north/large',
      outcome: 'served',
      servedBy: 'north/large',
      attempts: 1,
      promptVersion: 'p3',
      firstContentMs: 302,
      durationMs: 905,
      overheadMs: 3,
      usage: { inputTokens: 120, outputTokens: 40 },
      costUsd: 0.0021,
      attemptRows: [
        {
          seq: 1,
          target: 'north/large',
          lane: 'north:large',
          startedMs: 2,
          tryOfTarget: 1,
          promptVersion: 'p3',
          losses: [{ field: 'seed', why: 'not known there', matters: false }],
          state: 'settled',
          status: 200,
          upstreamRequestId: 'up-9',
          servedModel: 'large-2',
          firstContentMs: 300,
          durationMs: 900,
          committed: true,
          usage: { inputTokens: 120, outputTokens: 40 },
          costUsd: 0.0021,
        },
      ],
      decisions: ended('r1').decisions,
      decisionsDropped: 0,
      feedback: [],
    });
    expect(troubles).toEqual([]);
  });

  test('a failover is one row with its cost, and marks the request degraded', async () => {
    const { ledger, reader } = await start();
    const failover = {
      primary: 'north/large',
      error: 'server-error',
      target: 'south/medium',
      latencyDeltaMs: 850,
      costDeltaUsd: -0.001,
      promptVersion: 'p3',
    };
    const degraded = { reason: 'fallback', cause: 'server-error', primary: 'north/large' } as const;
    await writeRequest(ledger, 'r1', { ended: { servedBy: 'south/medium', degraded, failover, durationMs: 1_500 } });
    const stored = await reader.request('r1');
    expect(stored?.failover).toEqual({ ...failover, at: 1_700_000_001_500 });
    expect(stored?.degraded).toEqual(degraded);
  });

  test('a failed request keeps code and status; a count nobody reported stays absent', async () => {
    const { ledger, reader } = await start();
    const failure = { code: 'all_targets_failed', status: 503, message: 'No target could serve.' } as const;
    ledger.requestBegun(begun('r1'));
    await ledger.requestEnded({
      requestId: 'r1',
      outcome: 'failed',
      attempts: 0,
      failure,
      durationMs: 10,
      overheadMs: 10,
      usage: {},
      decisions: [],
    });
    const stored = await reader.request('r1');
    expect(stored).toMatchObject({ outcome: 'failed', failure, usage: {} });
    expect(stored && 'costUsd' in stored).toBe(false);
  });

  test("a provider's sentence, which may quote the prompt, is nowhere in the file", async () => {
    const { ledger, reader } = await start();
    const fault = {
      kind: 'invalid-request',
      message: 'the provider refused the request',
      status: 400,
      complaint: { message: 'the text SECRET-WORDS is too long', code: 'too_long', param: 'messages' },
    } as const;
    ledger.requestBegun(begun('r1'));
    ledger.attemptStarted(started('r1'));
    ledger.attemptEnded(attemptEnded('r1', { state: 'free', fault }));
    await ledger.requestEnded(
      ended('r1', {
        outcome: 'failed',
        failure: { code: 'upstream_refused', status: 400, message: 'SECRET-WORDS is too long' },
        decisions: [{ type: 'fault', atMs: 5, target: 'north/large', seq: 1, fault, verdict: 'stop' }],
      }),
    );
    const text = JSON.stringify(await reader.request('r1'));
    expect(text).not.toContain('SECRET-WORDS');
    expect(text).toContain('too_long');
  });

  test('decisions beyond the limit of a row are counted', async () => {
    const { ledger, reader } = await start();
    const decisions = Array.from({ length: 600 }, (_, atMs) => ({ type: 'eligible', atMs }) as const);
    await writeRequest(ledger, 'r1', { ended: { decisions } });
    const stored = await reader.request('r1');
    expect(stored?.decisions.length).toBe(500);
    expect(stored?.decisionsDropped).toBe(100);
  });

  test('what an answer lost on the way back is kept beside its other cells, whatever the rows before it had', async () => {
    const { ledger, reader } = await start();
    await writeRequest(ledger, 'plain');
    for (const id of ['whole', 'late']) {
      ledger.requestBegun(begun(id));
      ledger.attemptStarted(started(id));
      if (id === 'late') await writeRequest(ledger, 'between');
      ledger.attemptEnded(attemptEnded(id, { losses: [{ field: 'logprobs', why: 'no place', matters: false }] }));
      await ledger.requestEnded(ended(id));
      const [attempt] = (await reader.request(id))?.attemptRows ?? [];
      expect(attempt).toMatchObject({
        durationMs: 900,
        usage: { inputTokens: 120, outputTokens: 40 },
        costUsd: 0.0021,
      });
      expect(attempt?.losses).toEqual([{ field: 'logprobs', why: 'no place', matters: false }]);
    }
  });

  test('a request whose beginning is not on record is refused alone, and the others of its batch are written', async () => {
    const { ledger, reader } = await start();
    const lonely = failure(ledger.requestEnded(ended('lonely')));
    ledger.attemptStarted(started('nobody'));
    await writeRequest(ledger, 'r1');
    expect((await lonely).code).toBe('row-refused');
    expect((await lonely).message).toContain('lonely');
    expect((await reader.request('r1'))?.outcome).toBe('served');
    expect(ledger.lost()).toBe(2);
    expect(troubles.reduce((sum, trouble) => sum + trouble.lostRows, 0)).toBe(2);
  });

  test('rows after closing are refused and counted', async () => {
    const { ledger, reader } = await start();
    await ledger.close();
    await ledger.close();
    ledger.requestBegun(begun('late'));
    expect((await failure(ledger.requestEnded(ended('late')))).code).toBe('closed');
    expect(ledger.lost()).toBe(2);
    expect((await failure(ledger.sweep(0))).code).toBe('closed');
    expect((await failure(reader.request('late'))).code).toBe('closed');
  });

  test('closing writes what nobody waits for', async () => {
    const first = await start();
    for (let n = 0; n < 500; n += 1) first.ledger.requestBegun(begun(`r${n}`));
    await first.ledger.close();
    expect(first.ledger.lost()).toBe(0);
    const reader = openLedgerReader({ file });
    expect((await reader.request('r499'))?.outcome).toBe('running');
    reader.close();
  });

  test('sweeping deletes finished requests before a moment with all that belongs to them, and nothing else', async () => {
    const { ledger, reader } = await start();
    const failover = { primary: 'north/large', error: 'server-error', latencyDeltaMs: 1 };
    const writes: Promise<void>[] = [];
    for (let n = 0; n < 1_200; n += 1) {
      writes.push(writeRequest(ledger, `old${n}`, { begun: { at: 1_000 + n }, ended: { failover } }));
    }
    ledger.requestBegun(begun('still-running', { at: 1_000 }));
    writes.push(writeRequest(ledger, 'new', { begun: { at: 5_000 } }));
    await Promise.all(writes);
    expect(await ledger.sweep(5_000)).toBe(1_200);
    const page = await reader.requests({ limit: 200 });
    expect(page.rows.map((row) => row.requestId)).toEqual(['new', 'still-running']);
    const raw = openSqlite(file);
    expect(raw.prepare('select count(*) as n from attempts').all([])).toEqual([{ n: 1 }]);
    expect(raw.prepare('select count(*) as n from failovers').all([])).toEqual([{ n: 0 }]);
    raw.close();
    expect(await ledger.sweep(5_000)).toBe(0);
    expect((await failure(ledger.sweep(Number.NaN))).message).toContain('beforeMs');
  });

  test('ten thousand requests', async () => {
    const { ledger, reader } = await start();
    const begin = performance.now();
    const cpu = process.cpuUsage();
    await Promise.all(Array.from({ length: 10_000 }, (_, n) => writeRequest(ledger, `r${n}`)));
    const took = performance.now() - begin;
    const spent = process.cpuUsage(cpu);
    const cpuUs = Math.round((spent.user + spent.system) / 10_000);
    process.stdout.write(
      `10,000 requests of 4 rows: ${Math.round(took)} ms, ${cpuUs} µs of CPU a request, all threads\n`,
    );
    expect(ledger.lost()).toBe(0);
    expect((await reader.request('r9999'))?.outcome).toBe('served');
  });
});

describe('opening', () => {
  test('a second time migrates nothing and keeps every row', async () => {
    const first = await start();
    await writeRequest(first.ledger, 'r1');
    await first.ledger.close();
    const second = await start();
    expect((await second.reader.request('r1'))?.outcome).toBe('served');
    const raw = openSqlite(file);
    expect(raw.prepare('select name from kysely_migration').all([])).toEqual([
      { name: '001-ledger' },
      { name: '002-conversations' },
      { name: '003-jobs' },
      { name: '004-operations' },
      { name: '005-receipts' },
      { name: '006-feedback' },
      { name: '007-seals' },
    ]);
    raw.close();
  });

  test('a file that is no database', async () => {
    const path = join(folder.path, 'garbage.db');
    writeFileSync(path, 'these are not the pages you are looking for\n'.repeat(300));
    const { code, message } = await failure(start(path));
    expect(code).toBe('not-a-ledger');
    expect(message).toContain(path);
  });

  test('a file that a newer version migrated', async () => {
    const first = await start();
    await first.ledger.close();
    const raw = openSqlite(file);
    raw.exec(`insert into kysely_migration (name, timestamp) values ('999-from-the-future', '2099-01-01')`);
    raw.close();
    expect((await failure(start())).code).toBe('newer-ledger');
  });

  test('a database in memory and a URL are refused', async () => {
    expect((await failure(start(':memory:'))).code).toBe('bad-query');
    expect((await failure(start('https://db.example/ledger'))).message).toContain('https://db.example/ledger');
  });

  test('a path through a file', async () => {
    writeFileSync(join(folder.path, 'plain'), '');
    const { code, message } = await failure(start(join(folder.path, 'plain', 'ledger.db')));
    expect(code).toBe('unwritable');
    expect(message).toContain(join(folder.path, 'plain', 'ledger.db'));
  });
});
