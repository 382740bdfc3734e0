import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLedgerError } from './ledger-error.ts';
import { type LedgerReader, openLedgerReader } from './ledger-reader.ts';
import { type DurableLedger, openLedger } from './open-ledger.ts';
import { type RequestQuery, requestsQuery } from './request-query.ts';
import type { LedgerTables } from './schema.ts';
import { openSqlite } from './sqlite-driver.ts';
import { begun, writeRequest } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';

const folder = tempFolder();
const file = join(folder.path, 'ledger.db');
let ledger: DurableLedger;
let reader: LedgerReader;

beforeAll(async () => {
  ({ ledger, reader } = await openLedger({ file, onTrouble: () => undefined }));
  const degraded = { reason: 'fallback', cause: 'server-error', primary: 'north/large' } as const;
  const writes: Promise<void>[] = [];
  for (let n = 0; n < 30; n += 1) {
    const id = `r${String(n).padStart(2, '0')}`;
    // Three requests in each millisecond, so that pages must break ties.
    const at = 1_000 + Math.floor(n / 3);
    const route = n % 2 === 0 ? 'even' : 'odd';
    const other = n % 5 === 0 ? { servedBy: 'south/medium', degraded } : {};
    writes.push(writeRequest(ledger, id, { begun: { at, route }, ended: other }));
  }
  ledger.requestBegun(begun('running', { at: 900 }));
  writes.push(writeRequest(ledger, 'gone', { begun: { at: 800 }, ended: { outcome: 'caller-gone' } }));
  await Promise.all(writes);
});
afterAll(async () => {
  await ledger.close();
  folder.remove();
});

async function ids(query: Omit<RequestQuery, 'limit'>): Promise<string[]> {
  return (await reader.requests({ ...query, limit: 200 })).rows.map((row) => row.requestId);
}

describe('listing', () => {
  test('pages of every size give each request once, newest first', async () => {
    const all = await ids({});
    expect(all.length).toBe(32);
    expect(all[0]).toBe('r29');
    expect(all.slice(-2)).toEqual(['running', 'gone']);
    for (const limit of [1, 2, 3, 7, 31, 32, 33]) {
      const seen: string[] = [];
      let before: string | undefined;
      do {
        const page = await reader.requests({ limit, ...(before !== undefined && { before }) });
        seen.push(...page.rows.map((row) => row.requestId));
        before = page.next;
      } while (before !== undefined);
      expect(seen).toEqual(all);
    }
  });

  test('by route, target, degradation and outcome, alone and together', async () => {
    expect((await ids({ route: 'odd' })).length).toBe(15);
    expect(await ids({ target: 'south/medium' })).toEqual(['r25', 'r20', 'r15', 'r10', 'r05', 'r00']);
    expect(await ids({ degraded: true })).toEqual(['r25', 'r20', 'r15', 'r10', 'r05', 'r00']);
    expect((await ids({ degraded: false })).length).toBe(26);
    expect(await ids({ outcome: 'running' })).toEqual(['running']);
    expect(await ids({ outcome: 'caller-gone' })).toEqual(['gone']);
    expect(await ids({ degraded: true, route: 'odd', outcome: 'served', before: '1006_r20' })).toEqual(['r15', 'r05']);
    expect(await ids({ route: 'nowhere' })).toEqual([]);
  });

  test('a query that makes no sense names the field', async () => {
    const bad: [RequestQuery, string][] = [
      [{ limit: 0 }, 'limit'],
      [{ limit: 201 }, 'limit'],
      [{ limit: 1.5 }, 'limit'],
      [{ limit: 5, before: 'yesterday' }, 'before'],
    ];
    for (const [query, field] of bad) {
      const error = await reader.requests(query).catch((thrown: unknown) => thrown);
      expect(isLedgerError(error) && error.code).toBe('bad-query');
      expect(isLedgerError(error) && error.message).toContain(field);
    }
  });

  test('every listing goes through an index, without sorting', () => {
    const connection = openSqlite(file);
    const db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: connection }) });
    const queries: [Omit<RequestQuery, 'limit'>, string][] = [
      [{}, 'requests_at'],
      [{ before: '1_x' }, 'requests_at'],
      [{ route: 'even' }, 'requests_route'],
      [{ route: 'even', before: '1_x' }, 'requests_route'],
      [{ outcome: 'failed' }, 'requests_outcome'],
      [{ outcome: 'running' }, 'requests_outcome'],
      [{ target: 'a/b' }, 'requests_served_by'],
      [{ degraded: true }, 'requests_degraded'],
    ];
    for (const [query, index] of queries) {
      const { sql, parameters } = requestsQuery(db, { ...query, limit: 50 }).compile();
      const steps = connection.prepare(`explain query plan ${sql}`).all(parameters) as { detail: string }[];
      const plan = steps.map((step) => step.detail).join('; ');
      expect(plan).toContain(`INDEX ${index}`);
      expect(plan).not.toContain('TEMP B-TREE');
    }
    connection.close();
  });
});

describe('opening for reading', () => {
  function refusal(path: string): { code: string; message: string } {
    try {
      openLedgerReader({ file: path }).close();
    } catch (error) {
      if (isLedgerError(error)) return error;
    }
    throw new Error(`${path} was opened`);
  }

  test('a file that is absent is named and not created', () => {
    const path = join(folder.path, 'absent.db');
    expect(refusal(path).code).toBe('file-absent');
    expect(refusal(path).message).toContain(path);
  });

  test('a folder, a text and a database of somebody else', () => {
    mkdirSync(join(folder.path, 'folder'));
    expect(refusal(join(folder.path, 'folder')).code).toBe('not-a-ledger');
    writeFileSync(join(folder.path, 'text.db'), 'a text that is long enough to be a page\n'.repeat(200));
    expect(refusal(join(folder.path, 'text.db')).code).toBe('not-a-ledger');
    const path = join(folder.path, 'other.db');
    const other = openSqlite(path);
    other.exec('create table something (a)');
    other.close();
    expect(refusal(path).code).toBe('not-a-ledger');
  });

  test('beside a writer, a second reader sees what is written after it opened', async () => {
    const second = openLedgerReader({ file });
    expect(await second.request('later')).toBeUndefined();
    await writeRequest(ledger, 'later', { begun: { at: 1 } });
    expect((await second.request('later'))?.outcome).toBe('served');
    second.close();
    second.close();
  });
});
