import { describe, expect, test } from 'vitest';
import { isOver, type RunIdentity, staleAfterMs } from './run-lease.ts';
import type { RunsTable } from './schema.ts';

const now = 10_000_000;
const self: RunIdentity = { id: 'me', host: 'box', pid: 1, processStartedAt: 500 };
const other: RunsTable = {
  id: 'other',
  host: 'box',
  pid: 42,
  process_started_at: 100,
  started_at: 100,
  beat_at: now - 1_000,
  ended_at: null,
  recovered_at: null,
};
const lives = () => true;
const isGone = () => false;

describe('a run is over', () => {
  test('when its process on this host is gone, however fresh its lease', () => {
    expect(isOver(other, self, now, isGone)).toBe(true);
  });
  test('when it ended in order', () => {
    expect(isOver({ ...other, ended_at: now - 1 }, self, now, lives)).toBe(true);
  });
  test('when this process got its pid, as in a restarted container', () => {
    expect(isOver({ ...other, pid: 1 }, self, now, lives)).toBe(true);
  });
  test('when its lease is stale, although some process has its pid', () => {
    expect(isOver({ ...other, beat_at: now - staleAfterMs - 1 }, self, now, lives)).toBe(true);
  });
  test('when its lease is stale on another host', () => {
    expect(isOver({ ...other, host: 'elsewhere', beat_at: now - staleAfterMs - 1 }, self, now, isGone)).toBe(true);
  });
});

describe('a run is not over', () => {
  test('when its process lives and its lease is fresh', () => {
    expect(isOver(other, self, now, lives)).toBe(false);
  });
  test('on another host, where a pid says nothing, while its lease is fresh', () => {
    expect(isOver({ ...other, host: 'elsewhere' }, self, now, isGone)).toBe(false);
  });
  test('when it is a second ledger opened by this very process', () => {
    expect(isOver({ ...other, pid: 1, process_started_at: 500 }, self, now, isGone)).toBe(false);
  });
  test('when it is this run, even after a long sleep', () => {
    expect(isOver({ ...other, id: 'me', beat_at: 0 }, self, now, isGone)).toBe(false);
  });
});
