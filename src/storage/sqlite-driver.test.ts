import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DriverSources, openSqlite } from './sqlite-driver.ts';
import { isBusy, sqliteCodeOf, toLedgerError } from './sqlite-fault.ts';
import { tempFolder } from './testing/temp-folder.ts';

let folder: ReturnType<typeof tempFolder>;
let file: string;
beforeEach(() => {
  folder = tempFolder();
  file = join(folder.path, 'any.db');
});
afterEach(() => folder.remove());

const builtin = process.getBuiltinModule('node:sqlite');
const installed: unknown = createRequire(import.meta.url)('libsql');

const drivers: [string, DriverSources][] = [
  ['libsql', { builtin: () => undefined, installed: () => installed }],
  ...(builtin
    ? ([['node:sqlite', { builtin: () => builtin, installed: () => undefined }]] satisfies [string, DriverSources][])
    : []),
];

test('without any driver the error names both ways out', () => {
  const none: DriverSources = { builtin: () => undefined, installed: () => undefined };
  expect(() => openSqlite(file, none)).toThrow(/Node\.js 22\.13.*npm install libsql/);
});

test('the driver that Node.js brings is preferred', () => {
  const connection = openSqlite(file);
  expect(connection.driver).toBe(builtin ? 'node:sqlite' : 'libsql');
  connection.close();
});

describe.each(drivers)('%s', (name, sources) => {
  test('speaks Kysely: rows, NULL, big whole numbers, returning, changes', async () => {
    const connection = openSqlite(file, sources);
    expect(connection.driver).toBe(name);
    const db = new Kysely<{ t: { id: string; n: number | null } }>({
      dialect: new SqliteDialect({ database: connection }),
    });
    await db.schema.createTable('t').addColumn('id', 'text').addColumn('n', 'integer').execute();
    const rows = Array.from({ length: 250 }, (_, n) => ({ id: `r${n}`, n: n === 0 ? null : 1_763_000_000_000 + n }));
    await db.insertInto('t').values(rows).execute();
    expect(await db.selectFrom('t').selectAll().execute()).toEqual(rows);
    const [changed] = await db.updateTable('t').set({ n: 1 }).where('id', '<', 'r10').execute();
    expect(changed?.numUpdatedRows).toBe(3n - 1n);
    expect(await db.deleteFrom('t').where('id', '=', 'r7').returning('n').execute()).toEqual([
      { n: 1_763_000_000_007 },
    ]);
    await db.destroy();
  });

  test('a statement used again is not stuck in an old snapshot', () => {
    const writer = openSqlite(file, sources);
    writer.prepare('pragma journal_mode = wal').all([]);
    writer.exec('create table t (a integer)');
    const reader = openSqlite(file, sources);
    for (let n = 0; n < 5; n += 1) {
      expect(reader.prepare('select count(*) as n from t').all([])).toEqual([{ n }]);
      writer.prepare('insert into t values (?)').run([n]);
    }
    reader.close();
    writer.close();
  });

  test('more different statements than are kept', () => {
    const connection = openSqlite(file, sources);
    for (let n = 0; n < 300; n += 1) expect(connection.prepare(`select ${n} as n`).all([])).toEqual([{ n }]);
    expect(connection.prepare('select 0 as n').all([])).toEqual([{ n: 0 }]);
    connection.close();
  });

  test('errors carry the result code of SQLite', () => {
    const connection = openSqlite(file, sources);
    connection.exec('create table t (a integer primary key)');
    connection.exec('begin immediate');
    const other = openSqlite(file, sources);
    const thrown = (task: () => unknown): unknown => {
      try {
        return task();
      } catch (error) {
        return error;
      }
    };
    expect(isBusy(thrown(() => other.exec('begin immediate')))).toBe(true);
    connection.prepare('insert into t values (1)').run([]);
    expect(sqliteCodeOf(thrown(() => connection.prepare('insert into t values (1)').run([])))).toBe(19);
    const nowhere = thrown(() => openSqlite(join(folder.path, 'no', 'folder.db'), sources));
    expect(toLedgerError('x.db', nowhere).code).toBe('unwritable');
    other.close();
    connection.close();
  });
});
