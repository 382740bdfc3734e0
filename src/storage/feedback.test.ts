import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FeedbackGiven } from '../engine/record.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import { openSqlite } from './sqlite-driver.ts';
import { writeRequest } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';

let folder: ReturnType<typeof tempFolder>;
let opened: OpenLedger;

beforeEach(async () => {
  folder = tempFolder();
  opened = await openLedger({ file: join(folder.path, 'ledger.db'), onTrouble: () => undefined });
  await writeRequest(opened.ledger, 'r1');
});
afterEach(async () => {
  await opened.ledger.close();
  folder.remove();
});

const said = (over: Partial<FeedbackGiven> = {}): FeedbackGiven => ({
  requestId: 'r1',
  caller: 'web',
  at: 1_700_000_000_000,
  score: 0.25,
  complaint: false,
  tags: ['tone', 'length'],
  ...over,
});

test('feedback is kept once for each request and caller, and the first word stands', async () => {
  expect(await opened.ledger.feedbackGiven(said({ comment: 'too long' }))).toBe(true);
  expect(await opened.ledger.feedbackGiven(said({ score: 1 }))).toBe(false);
  expect(await opened.ledger.feedbackGiven(said({ caller: '', score: 0, complaint: true, tags: [] }))).toBe(true);
  const { requestId: _, ...first } = said({ comment: 'too long' });
  const second = { caller: '', at: first.at, score: 0, complaint: true, tags: [] };
  const stored = (await opened.reader.request('r1'))?.feedback ?? [];
  expect([...stored].sort((a, b) => b.caller.localeCompare(a.caller))).toEqual([first, second]);
});

test('feedback on a request that is not on record is refused', async () => {
  expect(await opened.ledger.feedbackGiven(said({ requestId: 'r2' }))).toBe(false);
});

test('feedback goes with its request', async () => {
  await opened.ledger.feedbackGiven(said());
  expect(await opened.ledger.sweep(Number.MAX_SAFE_INTEGER)).toBe(1);
  await writeRequest(opened.ledger, 'r1');
  expect((await opened.reader.request('r1'))?.feedback).toEqual([]);
});

test('a file of an older version has none', async () => {
  const raw = openSqlite(join(folder.path, 'ledger.db'));
  raw.exec('drop table feedback');
  raw.close();
  expect((await opened.reader.request('r1'))?.feedback).toEqual([]);
});
