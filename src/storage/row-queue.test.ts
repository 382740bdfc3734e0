import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Queued, RowQueue } from './row-queue.ts';
import { begun, ended } from './testing/sample-rows.ts';

const PATIENCE = { lingerMs: 60, gatherMs: 30 };

const unawaited = (id: string): Queued => ({ row: { kind: 'request-begun', row: begun(id) } });
const awaited = (id: string): Queued => ({
  row: { kind: 'request-ended', row: ended(id) },
  waiter: { resolve: () => {}, reject: () => {} },
});

/** A queue, and how often it said that something should leave. */
function queue() {
  const due = { times: 0 };
  const rows = new RowQueue(PATIENCE, () => {
    due.times += 1;
  });
  return { rows, due };
}

/** Fills a queue with so many requests that ended together, and empties it. */
function queueAfter(crowd: number) {
  const made = queue();
  for (let at = 0; at < crowd; at += 1) made.rows.push(awaited(`r${at}`));
  made.rows.take(100);
  return made;
}

describe('a row that somebody waits for', () => {
  test('leaves at the end of the turn when it is alone', async () => {
    const { rows, due } = queueAfter(1);
    rows.push(awaited('next'));
    rows.wake();
    expect(due.times).toBe(0);
    await turn();
    expect(due.times).toBe(1);
  });

  test('waits a moment for others after many ended together', async () => {
    const { rows, due } = queueAfter(4);
    rows.push(awaited('next'));
    rows.wake();
    await turn();
    expect(due.times).toBe(0);
    await pause(PATIENCE.gatherMs + 15);
    expect(due.times).toBe(1);
  });

  test('does not wait as long as rows before it that nobody waits for', async () => {
    const { rows, due } = queue();
    rows.push(unawaited('first'));
    rows.wake();
    rows.push(awaited('second'));
    rows.wake();
    await turn();
    expect(due.times).toBe(1);
  });
});

describe('rows that nobody waits for', () => {
  test('leave after their time', async () => {
    const { rows, due } = queue();
    rows.push(unawaited('first'));
    rows.wake();
    await turn();
    expect(due.times).toBe(0);
    await pause(PATIENCE.lingerMs + 15);
    expect(due.times).toBe(1);
  });

  test('that were taken wake nobody', async () => {
    const { rows, due } = queue();
    rows.push(unawaited('first'));
    rows.wake();
    rows.take(100);
    rows.wake();
    await pause(PATIENCE.lingerMs + 15);
    expect(due.times).toBe(0);
  });
});
