import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperatorAction } from '../engine/record.ts';
import { type LaneReader, openLaneReader } from './lane-reader.ts';
import { type DurableLedger, openLedger } from './open-ledger.ts';
import { openSqlite } from './sqlite-driver.ts';
import { begun, ended } from './testing/sample-rows.ts';
import { tempFolder } from './testing/temp-folder.ts';

const folder = tempFolder();
const file = join(folder.path, 'ledger.db');
const DAY = 86_400_000;
/** A year from now: later than the start of this run. */
const T = Date.now() + 365 * DAY;
let ledger: DurableLedger;
let lanes: LaneReader;
let acts = 0;

function act(change: Partial<OperatorAction> & Pick<OperatorAction, 'action'>): Promise<void> {
  acts += 1;
  return ledger.operatorActed({
    id: `op_${acts}`,
    at: T,
    target: 'north/large',
    lane: 'north/large',
    by: 'admin',
    forced: false,
    ...change,
  });
}

beforeAll(async () => {
  ({ ledger, lanes } = await openLedger({ file, onTrouble: () => undefined }));
});
afterAll(async () => {
  await ledger.close();
  folder.remove();
});

describe('what operators ordered', () => {
  test('stands until its end, until it is ended, and until it is said again', async () => {
    await act({ action: 'drain', at: T, until: T + 100 });
    await act({ action: 'hold', at: T, until: T + 100, lane: 'south/small', reason: 'quota' });
    await act({ action: 'drain', at: T + 10, until: T + 200 });
    await act({ action: 'release', at: T + 20, lane: 'south/small' });
    const standing = (at: number) => lanes.standing(at).map(({ action, lane, until }) => [action, lane, until]);
    expect(standing(T - 1)).toEqual([]);
    expect(standing(T)).toEqual([
      ['drain', 'north/large', T + 100],
      ['hold', 'south/small', T + 100],
    ]);
    expect(standing(T + 19)).toEqual([
      ['hold', 'south/small', T + 100],
      ['drain', 'north/large', T + 200],
    ]);
    expect(standing(T + 20)).toEqual([['drain', 'north/large', T + 200]]);
    expect(standing(T + 200)).toEqual([]);
  });

  test('is listed newest first, whole, and by lane', () => {
    const all = lanes.actions({ limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(['op_4', 'op_3', 'op_2', 'op_1']);
    expect(lanes.actions({ limit: 10, lane: 'south/small' })[1]).toEqual({
      id: 'op_2',
      at: T,
      target: 'north/large',
      lane: 'south/small',
      action: 'hold',
      until: T + 100,
      by: 'admin',
      reason: 'quota',
      forced: false,
    });
    expect(lanes.actions({ limit: 2, before: T + 10 }).map(({ id }) => id)).toEqual(['op_2', 'op_1']);
    expect(() => lanes.actions({ limit: 0 })).toThrow('limit must be a whole number from 1 to 200, not 0');
  });
});

describe('breakers', () => {
  test('at a moment are those of the run of then, in the state that they last came into', async () => {
    ledger.laneMoved({ at: T, lane: 'a/1', from: 'closed', to: 'open', cause: 'failures' });
    ledger.laneMoved({ at: T, lane: 'b/1', from: 'closed', to: 'open' });
    ledger.laneMoved({ at: T + 5, lane: 'a/1', from: 'open', to: 'half-open' });
    ledger.laneMoved({ at: T + 5, lane: 'a/1', from: 'half-open', to: 'ramping' });
    ledger.laneMoved({ at: T + 9, lane: 'a/1', from: 'ramping', to: 'closed' });
    await ledger.requestEnded(ended(await beginning('flush')));
    expect(lanes.breakersAt(T - 1)).toEqual([]);
    expect(lanes.breakersAt(T)).toEqual([
      { lane: 'a/1', state: 'open', since: T, cause: 'failures' },
      { lane: 'b/1', state: 'open', since: T },
    ]);
    expect(lanes.breakersAt(T + 5)?.[0]).toEqual({ lane: 'a/1', state: 'ramping', since: T + 5 });
    expect(lanes.breakersAt(T + 9)).toEqual([{ lane: 'b/1', state: 'open', since: T }]);
    expect(lanes.events({ limit: 2, lane: 'a/1' }).map(({ to }) => to)).toEqual(['closed', 'ramping']);
  });

  test('before any gateway ran are not known', () => {
    expect(lanes.breakersAt(1)).toBeUndefined();
  });
});

describe('what a lane carried', () => {
  test('in its busiest minute, of all processes together', async () => {
    const minute = (at: number, attempts: number, active: number, tokens: number) =>
      ledger.laneMinute({ at, lane: 'a/1', attempts, active, tokens });
    minute(T, 10, 9, 100);
    minute(T + 60_000, 40, 3, 50);
    minute(T + 120_000, 20, 4, 700);
    // The same row again, as after a lost thread: it must not count twice.
    minute(T + 60_000, 40, 3, 50);
    await ledger.requestEnded(ended(await beginning('minutes')));
    expect(lanes.peak('a/1', T)).toEqual({ at: T + 60_000, attempts: 40, active: 9, tokens: 700 });
    expect(lanes.peak('a/1', T + 60_001)).toEqual({ at: T + 120_000, attempts: 20, active: 4, tokens: 700 });
    expect(lanes.peak('a/1', T + DAY)).toBeUndefined();
    const other = openSqlite(file);
    other.exec(`insert into lane_minutes values ('another run', 'a/1', ${T + 120_000}, 30, 8, 1)`);
    other.close();
    expect(lanes.peak('a/1', T)).toEqual({ at: T + 120_000, attempts: 50, active: 12, tokens: 701 });
  });

  test('and who served its route', async () => {
    for (const [n, servedBy] of ['north/large', 'south/small', 'south/small'].entries()) {
      ledger.requestBegun(begun(`s${n}`, { at: T + n, route: 'counted' }));
      await ledger.requestEnded(ended(`s${n}`, { servedBy }));
    }
    expect(lanes.served('counted', { from: T, to: T + 2 })).toEqual([
      { servedBy: 'south/small', outcome: 'served', degradedCause: undefined, requests: 2 },
      { servedBy: 'north/large', outcome: 'served', degradedCause: undefined, requests: 1 },
    ]);
    expect(lanes.served('counted', { from: T + 1, to: T + 1 })).toHaveLength(1);
  });
});

describe('what is too old', () => {
  test('goes, and what still stands or ended something that is there does not', async () => {
    await act({ id: 'long', action: 'drain', at: T + DAY, until: T + 30 * DAY });
    await act({ id: 'end', action: 'undrain', at: T + 2 * DAY });
    await ledger.sweepLanes(T + 29 * DAY, T + 60_001);
    expect(lanes.actions({ limit: 10 }).map(({ id }) => id)).toEqual(['end', 'long', 'op_4']);
    expect(lanes.standing(T + 3 * DAY)).toEqual([]);
    expect(lanes.events({ limit: 10 })).toEqual([]);
    expect(lanes.peak('a/1', T)?.at).toBe(T + 120_000);
    await ledger.sweepLanes(T + 60 * DAY, T + DAY);
    expect(lanes.actions({ limit: 10 })).toEqual([]);
    expect(lanes.peak('a/1', T)).toBeUndefined();
  });
});

test('a ledger of an older version is read as one that knows nothing of lanes', async () => {
  const old = join(folder.path, 'old.db');
  const first = await openLedger({ file: old, onTrouble: () => undefined });
  await first.ledger.close();
  const connection = openSqlite(old);
  for (const table of ['operator_actions', 'lane_events', 'lane_minutes']) connection.exec(`drop table ${table}`);
  connection.close();
  const reader = openLaneReader({ file: old });
  expect(reader.standing(T)).toEqual([]);
  expect(reader.breakersAt(T)).toBeUndefined();
  expect(reader.peak('a/1', 0)).toBeUndefined();
  reader.close();
});

async function beginning(id: string): Promise<string> {
  ledger.requestBegun(begun(id, { at: T }));
  return id;
}
