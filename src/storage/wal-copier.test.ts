import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLedger } from './open-ledger.ts';
import { openSqlite, type SqliteConnection } from './sqlite-driver.ts';
import { writeRequest } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';
import { WalCopier } from './wal-copier.ts';

let folder: ReturnType<typeof tempFolder>;
let file: string;
let writer: SqliteConnection;

beforeEach(() => {
  folder = tempFolder();
  file = join(folder.path, 'ledger.db');
});
afterEach(() => folder.remove());

/** A database whose rows stand in its log alone: nothing but the copier brings them into the file. */
function withLog(): void {
  writer = openSqlite(file);
  writer.prepare('pragma journal_mode = wal').all([]);
  writer.exec('pragma wal_autocheckpoint = 0');
  writer.exec('create table rows (text text)');
  writer.prepare('insert into rows values (?)').run(['x'.repeat(200_000)]);
}

/** From the sources, a thread takes its time to start. */
const PATIENCE = { timeout: 15_000 };

const closed = (copier: WalCopier) => new Promise<void>((resolve) => copier.close(resolve));

test('after a thousand rows the log is copied while the writer keeps its connection, and not before', async () => {
  withLog();
  const copier = new WalCopier(file);
  copier.wrote(999);
  await closed(copier);
  expect(statSync(file).size).toBeLessThan(100_000);
  copier.wrote(1);
  await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(200_000), PATIENCE);
  writer.prepare('insert into rows values (?)').run(['y'.repeat(200_000)]);
  await vi.waitFor(() => {
    copier.wrote(1_000);
    expect(statSync(file).size).toBeGreaterThan(400_000);
  }, PATIENCE);
  await closed(copier);
  writer.close();
});

test('a copier whose file cannot be opened ends by itself, and closes', async () => {
  const copier = new WalCopier(join(folder.path, 'no', 'such', 'folder.db'));
  copier.wrote(1_000);
  copier.wrote(1_000);
  await closed(copier);
});

test('a copier that copied nothing closes at once', () => {
  let told = false;
  new WalCopier(file).close(() => {
    told = true;
  });
  expect(told).toBe(true);
});

test('a ledger that was copied while it wrote closes without leaving a log', async () => {
  const opened = await openLedger({ file, onTrouble: ({ message }) => expect.unreachable(message) });
  await Promise.all(Array.from({ length: 600 }, (_, at) => writeRequest(opened.ledger, `r${at}`)));
  await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(300_000), PATIENCE);
  await opened.ledger.close();
  // One of the drivers leaves the empty file behind.
  expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
});
