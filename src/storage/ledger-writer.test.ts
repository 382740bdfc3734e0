import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FromThread, ToThread } from './ledger-messages.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { type LedgerThread, type StartThread, startLedgerThread } from './ledger-thread.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { openSqlite } from './sqlite-driver.ts';
import { attemptEnded, begun, ended, started } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';
import type { LedgerTrouble, WriterLimits } from './writer-options.ts';

let folder: ReturnType<typeof tempFolder>;
let file: string;
let writer: LedgerWriter | undefined;
let troubles: LedgerTrouble[];
/** Every thread the writer started, the newest last. */
let threads: LedgerThread[];

beforeEach(() => {
  folder = tempFolder();
  file = join(folder.path, 'ledger.db');
  troubles = [];
  threads = [];
});
afterEach(async () => {
  await writer?.close();
  writer = undefined;
  folder.remove();
});

interface Taps {
  sent?(message: ToThread, thread: LedgerThread): void;
  /** False keeps the message from the writer. */
  heard?(message: FromThread, thread: LedgerThread): boolean;
}

/** The real thread, with a tap on both directions. */
function tapped(taps: Taps): StartThread {
  return (start, events) => {
    const thread: LedgerThread = startLedgerThread(start, {
      gone: events.gone,
      message: (message) => {
        if (taps.heard?.(message, thread) ?? true) events.message(message);
      },
    });
    threads.push(thread);
    return {
      ...thread,
      post: (message) => {
        thread.post(message);
        taps.sent?.(message, thread);
      },
    };
  };
}

async function open(taps: Taps = {}, limits: Partial<WriterLimits> = {}): Promise<LedgerWriter> {
  const run = { id: 'run-1', host: 'here', pid: process.pid, processStartedAt: 1 };
  const onTrouble = (trouble: LedgerTrouble) => troubles.push(trouble);
  writer = await LedgerWriter.open({ file, run, onTrouble, limits, startThread: tapped(taps) });
  return writer;
}

function write(into: LedgerWriter, id: string): Promise<void> {
  into.requestBegun(begun(id));
  into.attemptStarted(started(id));
  into.attemptEnded(attemptEnded(id));
  return into.requestEnded(ended(id));
}

async function outcomes(): Promise<Record<string, number>> {
  const raw = openSqlite(file);
  const rows = raw.prepare('select outcome, count(*) as n from requests group by outcome').all([]);
  raw.close();
  return Object.fromEntries((rows as { outcome: string; n: number }[]).map(({ outcome, n }) => [outcome, n]));
}

describe('a writer thread that dies', () => {
  test('with a batch on its way: another one writes it', async () => {
    let kills = 0;
    const ledger = await open({
      sent: (message, thread) => {
        if (message.type === 'write' && kills++ < 2) thread.terminate();
      },
      // The commit may be faster than the end of the thread; its word is not heard then.
      heard: (message) => message.type !== 'committed' || kills > 2,
    });
    await Promise.all(Array.from({ length: 300 }, (_, n) => write(ledger, `r${n}`)));
    expect(threads.length).toBe(3);
    expect(await outcomes()).toEqual({ served: 300 });
    expect(ledger.lost()).toBe(0);
    expect(troubles.map((trouble) => trouble.kind)).toEqual(['write-retried', 'write-retried']);
  });

  test('after the commit and before saying so: the batch is written again without harm', async () => {
    let kept = 0;
    const ledger = await open({
      heard: (message, thread) => {
        if (message.type !== 'committed' || kept++ > 0) return true;
        thread.terminate();
        return false;
      },
    });
    await Promise.all([write(ledger, 'r1'), write(ledger, 'r2')]);
    expect(threads.length).toBe(2);
    expect(await outcomes()).toEqual({ served: 2 });
    expect(ledger.lost()).toBe(0);
  });

  test('every time: after three tries the callers are told, and later rows go through again', async () => {
    let broken = true;
    const ledger = await open(
      {
        sent: (message, thread) => {
          if (broken && message.type === 'write') thread.terminate();
        },
        heard: (message) => message.type !== 'committed' || !broken,
      },
      { retryPauseMs: 5 },
    );
    await expect(write(ledger, 'r1')).rejects.toMatchObject({ code: 'write-failed' });
    expect(threads.length).toBe(3);
    expect(ledger.lost()).toBe(4);
    expect(troubles.at(-1)).toMatchObject({ kind: 'rows-lost', lostRows: 4 });
    await expect(write(ledger, 'r2')).rejects.toMatchObject({ code: 'write-failed' });
    expect(threads.length).toBe(4);
    broken = false;
    await write(ledger, 'r3');
    expect((await outcomes()).served).toBeGreaterThanOrEqual(1);
  });

  test('while idle: the next row starts another', async () => {
    const ledger = await open();
    await write(ledger, 'r1');
    threads[0]?.terminate();
    await expect.poll(() => troubles.map((trouble) => trouble.kind)).toEqual(['thread-lost']);
    await write(ledger, 'r2');
    expect(await outcomes()).toEqual({ served: 2 });
  });
});

describe('a writer thread that does not answer', () => {
  test('is given up after the limit, and another one writes the batch', async () => {
    let silent = true;
    const ledger = await open(
      {
        heard: (message) => {
          if (message.type !== 'committed' || !silent) return true;
          silent = false;
          return false;
        },
      },
      { ackTimeoutMs: 3_000, retryPauseMs: 5, maxTries: 10 },
    );
    await write(ledger, 'r1');
    expect(threads.length).toBeGreaterThanOrEqual(2);
    expect(troubles[0]?.message).toContain('no answer in 3000 ms');
    expect(await outcomes()).toEqual({ served: 1 });
  });

  test('does not hold up closing beyond its limit; what was not written is rejected', async () => {
    const ledger = await open({ heard: (message) => message.type !== 'committed' });
    const told = expect(write(ledger, 'r1')).rejects.toMatchObject({ code: 'closed' });
    const begin = performance.now();
    await ledger.close(200);
    expect(performance.now() - begin).toBeLessThan(3_000);
    await told;
    expect(ledger.lost()).toBe(4);
    expect(ledger.queued()).toBe(0);
  });
});

describe('a queue that is full', () => {
  test('refuses rows, counts them, tells once, and takes rows again when there is room', async () => {
    const ledger = await open({}, { maxQueuedRows: 100 });
    for (let n = 0; n < 100; n += 1) ledger.requestBegun(begun(`r${n}`));
    expect(ledger.queued()).toBe(100);
    ledger.requestBegun(begun('beyond'));
    await expect(ledger.requestEnded(ended('r0'))).rejects.toMatchObject({ code: 'queue-full' });
    expect(ledger.lost()).toBe(2);
    await expect.poll(() => ledger.queued()).toBe(0);
    await ledger.requestEnded(ended('r1'));
    expect(troubles.map((trouble) => trouble.kind)).toEqual(['queue-full', 'rows-lost']);
    expect(troubles.reduce((sum, trouble) => sum + trouble.lostRows, 0)).toBe(2);
    await expect(ledger.requestEnded(ended('beyond'))).rejects.toMatchObject({ code: 'row-refused' });
  });
});

describe('a file locked by another process', () => {
  test('is waited for', async () => {
    const ledger = await open();
    const other = openSqlite(file);
    other.exec('begin immediate');
    const written = write(ledger, 'r1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ledger.queued()).toBe(4);
    other.exec('commit');
    other.close();
    await written;
    expect(await outcomes()).toEqual({ served: 1 });
  });

  test('does not stop the event loop', async () => {
    const ledger = await open();
    const other = openSqlite(file);
    other.exec('begin immediate');
    const written = write(ledger, 'r1');
    let longest = 0;
    let last = performance.now();
    for (let n = 0; n < 40; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    // On the main thread the lock would have been waited for, for five seconds.
    expect(longest).toBeLessThan(2_000);
    other.exec('commit');
    other.close();
    await written;
  });
});

test('a logger that throws costs no rows', async () => {
  let heard = 0;
  const ledger = await LedgerWriter.open({
    file,
    run: { id: 'run-1', host: 'here', pid: process.pid, processStartedAt: 1 },
    onTrouble: () => {
      heard += 1;
      throw new Error('no log today');
    },
  });
  await expect(ledger.requestEnded(ended('nobody'))).rejects.toMatchObject({ code: 'row-refused' });
  await write(ledger, 'r1');
  expect(heard).toBe(1);
  await ledger.close();
});

test('a row that cannot be copied to the thread is given up without stopping the rest', async () => {
  const ledger = await open({}, { retryPauseMs: 5 });
  const odd = { ...ended('r0'), servedBy: (() => 'a function') as unknown as string };
  await expect(ledger.requestEnded(odd)).rejects.toMatchObject({ code: 'write-failed' });
  await write(ledger, 'r1');
  expect(await outcomes()).toEqual({ served: 1 });
});

test('a reader beside the writer sees each request as soon as it is durable', async () => {
  const ledger = await open();
  const reader = openLedgerReader({ file });
  for (let n = 0; n < 50; n += 1) {
    await write(ledger, `r${n}`);
    expect((await reader.request(`r${n}`))?.outcome).toBe('served');
  }
  reader.close();
});
