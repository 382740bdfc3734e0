import { createRequire } from 'node:module';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { LedgerError } from './ledger-error.ts';

export type DriverName = 'node:sqlite' | 'libsql';

/** What SQLite can be given as a parameter here. */
export type SqlValue = string | number | null;

/** One open database, the same for both drivers; synchronous. Shaped so that Kysely's `SqliteDialect` takes it. */
export interface SqliteConnection extends SqliteDatabase {
  readonly driver: DriverName;
  /** Statements are kept by their text, so that preparing one again costs nothing. */
  prepare(sql: string): SqliteStatement;
  /** Runs statements that give no rows. */
  exec(sql: string): void;
  close(): void;
}

/** Enough for every statement of the ledger; more would only be a leak. */
const maxKeptStatements = 128;

/** Where the drivers come from; each gives undefined where the driver is not there. */
export interface DriverSources {
  /** The module `node:sqlite`: Node.js 22.13 or newer. */
  builtin(): unknown;
  /** The package `libsql`, an optional dependency: prebuilt for the common platforms. */
  installed(): unknown;
}

const SOURCES: DriverSources = {
  builtin: () => process.getBuiltinModule?.('node:sqlite'),
  installed: () => {
    try {
      return createRequire(import.meta.url)('libsql');
    } catch {
      return undefined;
    }
  },
};

/**
 * Opens (and creates) the database of an absolute path.
 * @throws LedgerError `driver-missing` when neither driver is there; the driver's own errors otherwise.
 */
export function openSqlite(file: string, sources: DriverSources = SOURCES): SqliteConnection {
  const builtin = sources.builtin();
  if (isNodeSqlite(builtin)) return fromNodeSqlite(new builtin.DatabaseSync(file));
  const Libsql = sources.installed();
  if (isLibsql(Libsql)) return fromLibsql(new Libsql(file));
  throw new LedgerError(
    'driver-missing',
    `No SQLite driver for ${file}: either run Node.js 22.13 or newer (this is ${process.version}), which brings node:sqlite, ` +
      'or add the package libsql (npm install libsql).',
  );
}

interface NodeSqliteStatement {
  all(...parameters: SqlValue[]): unknown[];
  run(...parameters: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: SqlValue[]): IterableIterator<unknown>;
}
interface NodeSqliteDatabase {
  prepare(sql: string): NodeSqliteStatement;
  exec(sql: string): void;
  close(): void;
}
interface NodeSqlite {
  DatabaseSync: new (file: string) => NodeSqliteDatabase;
}
interface LibsqlDatabase extends SqliteDatabase {
  exec(sql: string): void;
}

function isNodeSqlite(value: unknown): value is NodeSqlite {
  return typeof value === 'object' && value !== null && 'DatabaseSync' in value;
}

function isLibsql(value: unknown): value is new (file: string) => LibsqlDatabase {
  return typeof value === 'function';
}

function fromNodeSqlite(database: NodeSqliteDatabase): SqliteConnection {
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    return {
      reader: givesRows(sql),
      all: (parameters) => statement.all(...(parameters as SqlValue[])),
      run: (parameters) => statement.run(...(parameters as SqlValue[])),
      iterate: (parameters) => statement.iterate(...(parameters as SqlValue[])),
    };
  };
  return connection('node:sqlite', database, prepare);
}

function fromLibsql(database: LibsqlDatabase): SqliteConnection {
  return connection('libsql', database, (sql) => database.prepare(sql));
}

function connection(
  driver: DriverName,
  database: { exec(sql: string): void; close(): void },
  prepare: (sql: string) => SqliteStatement,
): SqliteConnection {
  const kept = new Map<string, SqliteStatement>();
  let open = true;
  return {
    driver,
    prepare(sql) {
      const known = kept.get(sql);
      if (known) return known;
      const oldest = kept.keys().next();
      if (kept.size >= maxKeptStatements && !oldest.done) kept.delete(oldest.value);
      const statement = prepare(sql);
      kept.set(sql, statement);
      return statement;
    },
    exec: (sql) => {
      database.exec(sql);
    },
    // libsql takes a second close, node:sqlite throws; a stop that is asked for twice is no fault.
    close: () => {
      if (!open) return;
      open = false;
      kept.clear();
      database.close();
    },
  };
}

/** `node:sqlite` tells the columns of a statement only since Node.js 22.16, and our own statements are few and plain. */
function givesRows(sql: string): boolean {
  return /^\s*(?:select|with|pragma|values|explain)\b|\breturning\b/i.test(sql);
}
