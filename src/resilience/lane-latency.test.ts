import { describe, expect, test } from 'vitest';
import { LaneLatency, LEAST_PACED_TOKENS } from './lane-latency.ts';

const fresh = () => new LaneLatency({ windowMs: 1_000, slices: 5 }, 0);

describe('streams and whole answers', () => {
  test('are kept apart', () => {
    const latency = fresh();
    latency.firstContent.record(100, 0);
    latency.recordWhole(4_000, undefined, 0);
    latency.recordWhole(4_000, undefined, 0);
    expect([latency.samples('stream', 0), latency.samples('whole', 0)]).toEqual([1, 2]);
    expect(latency.firstContentMs(0.99, 0)).toBeLessThan(110);
    expect(latency.totalMs(0.5, 0)).toBeGreaterThan(3_700);
    expect(latency.tokenMs(0.5, 0)).toBeUndefined();
  });

  test('a whole answer tells its time a token from 32 tokens on', () => {
    const latency = fresh();
    latency.recordWhole(6_400, LEAST_PACED_TOKENS - 1, 0);
    expect(latency.tokenMs(0.5, 0)).toBeUndefined();
    latency.recordWhole(6_400, LEAST_PACED_TOKENS, 0);
    expect(latency.tokenMs(0.5, 0)).toBeGreaterThan(190);
    expect(latency.tokenMs(0.5, 0)).toBeLessThan(210);
  });
});

describe('what was given up', () => {
  test('counts with the time it was given', () => {
    const latency = fresh();
    latency.recordCut('firstContent', 500, 0);
    latency.recordCut('total', 900, 0);
    latency.recordCut('headers', 200, 0);
    latency.recordCut('gap', 300, 0);
    for (const what of ['firstContent', 'total', 'headers', 'gap'] as const) {
      expect([latency[what].samples(0), latency[what].cutShare(0)]).toEqual([1, 1]);
    }
  });

  test('says nothing where it was given less than half of the answers take', () => {
    const latency = fresh();
    for (let i = 0; i < 10; i += 1) latency.firstContent.record(1_000, 0);
    latency.recordCut('firstContent', 300, 0);
    expect(latency.samples('stream', 0)).toBe(10);
    latency.recordCut('firstContent', 1_100, 0);
    expect(latency.samples('stream', 0)).toBe(11);
  });
});

test('a snapshot tells three quantiles of each, and nothing of what was not measured', () => {
  const latency = fresh();
  for (let ms = 1; ms <= 100; ms += 1) latency.firstContent.record(ms * 10, 0);
  const { firstContent, total, perToken } = latency.snapshot(0);
  expect([total, perToken]).toEqual([undefined, undefined]);
  expect(firstContent?.samples).toBe(100);
  expect(firstContent?.p50).toBeCloseTo(500, -2);
  expect(firstContent?.p90).toBeCloseTo(900, -2);
  expect(Math.abs((firstContent?.p99 ?? 0) - 990)).toBeLessThan(50);
  latency.recordWhole(1_000, 100, 0);
  expect(latency.snapshot(0).total?.samples).toBe(1);
  expect(latency.snapshot(0).perToken?.p50).toBeCloseTo(10, 0);
});
