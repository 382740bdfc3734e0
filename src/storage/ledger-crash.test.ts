import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLedger } from './ledger-check.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import { openSqlite } from './sqlite-driver.ts';
import { begun, started, writeRequest } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';

const loops = 5;
const acknowledgedBeforeKill = 25;

let folder: ReturnType<typeof tempFolder>;
let file: string;
const children = new Set<ChildProcess>();

beforeEach(() => {
  folder = tempFolder();
  chmodSync(folder.path, 0o755);
  file = join(folder.path, 'ledger.db');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  folder.remove();
});

/** A process of its own that runs `body` with the ledger's modules at hand. */
function run(body: string, asUser?: number): ChildProcess {
  const modules = ['./open-ledger.ts', './testing/sample-rows.ts'].map((path) => new URL(path, import.meta.url).href);
  const source = `
    const { openLedger } = await import(${JSON.stringify(modules[0])});
    const { begun, started, writeRequest } = await import(${JSON.stringify(modules[1])});
    const file = ${JSON.stringify(file)};
    const onTrouble = (trouble) => console.error(JSON.stringify(trouble));
    ${body}`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source];
  const cwd = new URL('../..', import.meta.url).pathname;
  const user = asUser === undefined ? {} : { uid: asUser, gid: asUser };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd, ...user });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', resolve));
}

/** Reads lines until `enough` says so, then kills the process where it stands. */
async function killAfter(child: ChildProcess, enough: (lines: readonly string[]) => boolean): Promise<string[]> {
  const gone = exited(child);
  const lines: string[] = [];
  if (!child.stdout) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (enough(lines)) child.kill('SIGKILL');
  }
  await gone;
  return lines;
}

async function open(): Promise<OpenLedger> {
  return openLedger({ file, onTrouble: () => undefined });
}

describe('kill -9 while writing', () => {
  test(`${loops} times: every acknowledged request is on record and the file is whole`, async () => {
    const acknowledged: string[] = [];
    for (let loop = 0; loop < loops; loop += 1) {
      const child = run(`
        const { ledger } = await openLedger({ file, onTrouble });
        const chain = async (lane) => {
          for (let n = 0; ; n += 1) {
            const id = 'loop${loop}-lane' + lane + '-' + n;
            await writeRequest(ledger, id);
            console.log(id);
          }
        };
        await Promise.all([chain(0), chain(1), chain(2), chain(3)]);`);
      // A different moment each time.
      acknowledged.push(...(await killAfter(child, (lines) => lines.length >= acknowledgedBeforeKill + loop * 3)));
    }
    const raw = openSqlite(file);
    expect(raw.prepare('pragma integrity_check').all([])).toEqual([{ integrity_check: 'ok' }]);
    const served = raw.prepare(`select id from requests where outcome = 'served'`).all([]) as { id: string }[];
    raw.close();
    const ids = new Set(served.map((row) => row.id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(loops * acknowledgedBeforeKill);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', findings: [] });
  }, 300_000);

  test('what was unfinished reads unknown after the next start', async () => {
    const child = run(`
      const { ledger } = await openLedger({ file, onTrouble });
      ledger.requestBegun(begun('half'));
      ledger.attemptStarted(started('half'));
      await writeRequest(ledger, 'whole');
      console.log('written');
      setInterval(() => undefined, 1000);`);
    await killAfter(child, (lines) => lines.includes('written'));
    const before = openLedgerReader({ file });
    expect((await before.request('half'))?.outcome).toBe('running');
    before.close();
    const { ledger, reader } = await open();
    const half = await reader.request('half');
    expect(half?.outcome).toBe('unknown');
    expect(half?.attemptRows[0]?.state).toBe('unknown');
    expect((await reader.request('whole'))?.outcome).toBe('served');
    await ledger.close();
  }, 60_000);
});

describe('a second process on the same file', () => {
  test('leaves the rows of the first alone, and both write', async () => {
    const { ledger, reader } = await open();
    ledger.requestBegun(begun('mine'));
    ledger.attemptStarted(started('mine'));
    await writeRequest(ledger, 'settled');
    const child = run(`
      const { ledger } = await openLedger({ file, onTrouble });
      await writeRequest(ledger, 'theirs');
      await ledger.close();`);
    expect(await exited(child)).toBe(0);
    expect((await reader.request('theirs'))?.outcome).toBe('served');
    const mine = await reader.request('mine');
    expect(mine?.outcome).toBe('running');
    expect(mine?.attemptRows[0]?.state).toBe('reserved');
    await writeRequest(ledger, 'after');
    expect((await reader.request('after'))?.outcome).toBe('served');
    await ledger.close();
  }, 60_000);

  test('at the same moment: both migrate and open', async () => {
    const body = `
      const { ledger } = await openLedger({ file, onTrouble });
      await writeRequest(ledger, 'from-' + process.pid);
      await ledger.close();`;
    expect(await Promise.all([run(body), run(body), run(body)].map(exited))).toEqual([0, 0, 0]);
    const reader = openLedgerReader({ file });
    expect((await reader.requests({ limit: 10 })).rows.length).toBe(3);
    reader.close();
  }, 60_000);

  test('a program that forgets to close ends all the same', async () => {
    const child = run(`
      const { ledger } = await openLedger({ file, onTrouble });
      await writeRequest(ledger, 'r1');`);
    expect(await exited(child)).toBe(0);
  }, 60_000);
});

describe('a file that lost its tail', () => {
  test('is named as damaged, on opening or on reading', async () => {
    const child = run(`
      const { ledger } = await openLedger({ file, onTrouble });
      await Promise.all(Array.from({ length: 400 }, (_, n) => writeRequest(ledger, 'r' + n)));
      await ledger.close();`);
    expect(await exited(child)).toBe(0);
    truncateSync(file, Math.floor(statSync(file).size / 3 / 4096) * 4096);
    await expect(
      (async () => {
        const { ledger, reader } = await open();
        try {
          for (let n = 0; n < 400; n += 1) await reader.request(`r${n}`);
        } finally {
          await ledger.close();
        }
      })(),
    ).rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining(file) });
  }, 60_000);

  test('a write-ahead log cut in the middle of a frame costs only what was not acknowledged', async () => {
    const child = run(`
      const { ledger } = await openLedger({ file, onTrouble });
      await writeRequest(ledger, 'first');
      console.log('first');
      await writeRequest(ledger, 'second');
      console.log('second');
      setInterval(() => undefined, 1000);`);
    await killAfter(child, (lines) => lines.includes('second'));
    const wal = `${file}-wal`;
    truncateSync(wal, readFileSync(wal).length - 100);
    const { ledger, reader } = await open();
    expect((await reader.request('first'))?.outcome).toBe('served');
    const raw = openSqlite(file);
    expect(raw.prepare('pragma integrity_check').all([])).toEqual([{ integrity_check: 'ok' }]);
    raw.close();
    await ledger.close();
    expect(checkLedger({ file })).toMatchObject({ verdict: 'whole', findings: [] });
  }, 60_000);
});

describe('a folder that may not be written', () => {
  test('is named in a clear error', async () => {
    const locked = join(folder.path, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o555);
    file = join(locked, 'ledger.db');
    // The superuser may write anywhere, so under it the child becomes somebody else.
    const child = run(
      `await openLedger({ file, onTrouble }).catch((error) => console.log(error.code, error.message));`,
      process.getuid?.() === 0 ? 65_534 : undefined,
    );
    const lines = await killAfter(child, () => false);
    expect(lines.join('\n')).toMatch(/^unwritable /);
    expect(lines.join('\n')).toContain(file);
  }, 60_000);
});
