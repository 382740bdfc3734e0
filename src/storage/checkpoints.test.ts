import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckpointClock, checkpointEvery } from './checkpoint-clock.ts';
import { CheckpointFile, lastCheckpoint, readCheckpoints } from './checkpoints.ts';
import { checkLedger } from './ledger-check.ts';
import { openLedger } from './open-ledger.ts';
import { sealKeyOf } from './seal.ts';
import type { SealHead } from './seal-chain.ts';
import { writeRequest } from './testing/sample-rows.ts';
import { tamper } from './testing/sealed-ledger.ts';
import { tempFolder } from './testing/temp-folder.ts';

let folder: ReturnType<typeof tempFolder>;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => folder.remove());

const head = (seq: number): SealHead => ({ seq, digest: `digest-${seq}` });

describe('a checkpoint is due', () => {
  function due(looks: readonly (readonly [seq: number, atMs: number])[]): number[] {
    const told: number[] = [];
    const clock = new CheckpointClock(({ seq }) => told.push(seq));
    for (const [seq, at] of looks) clock.look(head(seq), at);
    return told;
  }

  test('for the first seal of a process, and then after a minute in which something was sealed', () => {
    const { ms } = checkpointEvery;
    expect(
      due([
        [5, 0],
        [6, ms - 1],
        [7, ms],
        [7, 5 * ms],
        [8, 5 * ms],
      ]),
    ).toEqual([5, 7, 8]);
  });

  test('after so many seals, however short a time they took', () => {
    const { seals } = checkpointEvery;
    expect(
      due([
        [1, 0],
        [seals, 1],
        [seals + 1, 1],
        [seals + 2, 1],
      ]),
    ).toEqual([1, seals + 1]);
  });

  test('at the end, unless it was told already', () => {
    const told: number[] = [];
    const clock = new CheckpointClock(({ seq }) => told.push(seq));
    clock.look(head(1), 0);
    clock.end(head(1));
    clock.look(head(2), 1);
    clock.end(head(2));
    clock.end(undefined);
    expect(told).toEqual([1, 2]);
  });
});

describe('the file of checkpoints', () => {
  test('is made with its folder, and only ever added to', async () => {
    const file = join(folder.path, 'other', 'place', 'checkpoints.jsonl');
    const failures: string[] = [];
    const checkpoints = new CheckpointFile(file, (message) => failures.push(message));
    checkpoints.add(head(1), 0);
    checkpoints.add(head(2), 1_000);
    await checkpoints.close();
    const before = readFileSync(file, 'utf8');
    const next = new CheckpointFile(file, (message) => failures.push(message));
    next.add(head(3), 2_000);
    await next.close();
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
    expect(await lastCheckpoint(file)).toEqual({ at: '1970-01-01T00:00:02.000Z', ...head(3) });
    expect(failures).toEqual([]);
  });

  test('with half a line, as a crash leaves it', async () => {
    const file = join(folder.path, 'checkpoints.jsonl');
    const checkpoints = new CheckpointFile(file, () => undefined);
    checkpoints.add(head(1), 0);
    await checkpoints.close();
    appendFileSync(file, '{"at":"1970-01-01T00:0');
    const { checkpoints: read, unreadable } = await readCheckpoints(file);
    expect([read.map(({ seq }) => seq), unreadable]).toEqual([[1], 1]);
  });

  test('that cannot be written is told of, and stops nobody', async () => {
    writeFileSync(join(folder.path, 'a-file'), '');
    mkdirSync(join(folder.path, 'a-folder'));
    const failures: string[] = [];
    for (const file of [join(folder.path, 'a-file', 'x'), join(folder.path, 'a-folder')]) {
      const checkpoints = new CheckpointFile(file, (message) => failures.push(message));
      checkpoints.add(head(1), 0);
      await checkpoints.close();
    }
    expect(failures).toEqual([expect.stringMatching(/^A checkpoint could not be written: /), expect.any(String)]);
  });

  test('that is not there is named', async () => {
    const file = join(folder.path, 'nowhere');
    expect(await lastCheckpoint(file)).toBeUndefined();
    await expect(readCheckpoints(file)).rejects.toMatchObject({ code: 'file-absent' });
  });
});

test('a ledger whose end is cut off between two runs: the next start says so, and the check does', async () => {
  const file = join(folder.path, 'ledger.db');
  const checkpoints = join(folder.path, 'checkpoints.jsonl');
  const secret = 'the seals of this test';
  const keys = [sealKeyOf(secret)];
  const troubles: string[] = [];
  const heads: SealHead[] = [];
  const open = () =>
    openLedger({
      file,
      checkpoints,
      sealKey: secret,
      onTrouble: ({ kind, message }) => troubles.push(`${kind}: ${message}`),
      onCheckpoint: (head) => heads.push(head),
    });
  const first = await open();
  await writeRequest(first.ledger, 'r1');
  await writeRequest(first.ledger, 'r2');
  await first.ledger.close();
  const { checkpoints: written } = await readCheckpoints(checkpoints);
  expect(written.map(({ seq, digest }) => ({ seq, digest }))).toEqual(heads);
  expect(checkLedger({ file, keys, checkpoints: written }).verdict).toBe('whole');
  const last = heads.at(-1)?.seq ?? 0;
  tamper(file, `delete from requests where id = 'r2'`);
  tamper(file, `delete from attempts where request_id = 'r2'`);
  tamper(file, 'delete from seals where seq >= ?', [last]);
  expect(checkLedger({ file, keys }).verdict).toBe('whole');
  expect(checkLedger({ file, keys, checkpoints: written }).findings[0]).toMatchObject({
    kind: 'tail-missing',
    seal: last,
  });
  const second = await open();
  await second.ledger.close();
  expect(troubles).toEqual([expect.stringMatching(/^chain-cut: The ledger has lost its end: seal \d+, which was/)]);
}, 60_000);
