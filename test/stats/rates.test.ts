import { describe, expect, it } from 'vitest';
import {
  ALPHA,
  DIFFERENCES,
  equalBinary,
  equalScores,
  failedTrials,
  falseAlarms,
  healthyAlarms,
  inferiorBinary,
  inferiorScores,
  LOSSES,
  POWER,
  regressionDelays,
  SCORES,
  severalMetrics,
} from './simulations.ts';

// A smaller edition of `npm run stats`, with as many runs but fewer and smaller cases. Draws are seeded.
const RUNS = 10_000;

describe('a target that is worse by exactly the margin passes in one of twenty at most', () => {
  it.each([
    [20, 0.1, 0.2],
    [20, 0.1, 0.6],
    [50, 0.1, 0.1],
    [100, 0.05, 0.3],
  ])('%i binary cases, margin %d, discordant %d', (n, margin, discordance) => {
    expect(inferiorBinary(n, margin, discordance, RUNS).rate).toBeLessThanOrEqual(ALPHA);
  });

  it.each(Object.keys(LOSSES))('50 scored cases, %s', (loss) => {
    expect(inferiorScores(50, 0.1, loss, RUNS).rate).toBeLessThanOrEqual(ALPHA);
  });

  it('in any of two metrics', () => {
    expect(severalMetrics(2, 'inferior', RUNS).rate).toBeLessThanOrEqual(ALPHA);
  });
});

describe('a target that is truly equal passes at the advised number of cases in four of five at least', () => {
  it.each([0.05, 0.2])('binary, discordant %d', (discordance) => {
    expect(equalBinary(0.1, discordance, RUNS).rate).toBeGreaterThanOrEqual(POWER);
  });

  it.each(Object.keys(DIFFERENCES))('scored, %s', (kind) => {
    expect(equalScores(0.1, kind, RUNS).rate).toBeGreaterThanOrEqual(POWER);
  });

  it('in both of two metrics', () => {
    expect(severalMetrics(2, 'equal', RUNS).rate).toBeGreaterThanOrEqual(POWER);
  });
});

describe('the sequential test, looked at after every score', () => {
  it.each(Object.keys(SCORES))('raises false alarms at the configured rate at most: %s', (kind) => {
    expect(falseAlarms(kind, 200, RUNS).rate).toBeLessThanOrEqual(ALPHA);
    expect(failedTrials(kind, 100, RUNS).rate).toBeLessThanOrEqual(ALPHA);
  });

  it('raises none in a hundred thousand healthy answers, and finds one broken answer in ten soon', () => {
    expect(healthyAlarms(0.98, 100_000, 5).rate).toBe(0);
    const found = regressionDelays(0.99, 4_000, 100);
    process.stdout.write(`regression: half within ${found.p50} answers, all within ${found.most}\n`);
    expect(found).toMatchObject({ false: 0, missed: 0 });
    expect(found.p50).toBeLessThan(300);
    expect(found.most).toBeLessThan(1_000);
  });
});
