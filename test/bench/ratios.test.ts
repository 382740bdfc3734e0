import { expect, test } from 'vitest';
import { cpuRatiosOf, regressionsOf } from '../../bench/baseline.ts';
import { CASES } from '../../bench/cases.ts';
import type { Figure } from '../../bench/figure.ts';
import { GOALS, judge } from '../../bench/goals.ts';
import { ratiosOf, spreadOf } from '../../bench/ratios.ts';
import { CPU_A_REQUEST } from '../../bench/run-cases.ts';

const [SHORT] = CASES;
if (!SHORT) throw new Error('no case');
const SAME = 'openai-chat → openai-chat';

const cpu = (contestant: string, round: number, value: number): Figure => ({
  scenario: SHORT.name,
  contestant,
  metric: CPU_A_REQUEST,
  unit: 'us',
  round,
  value,
});
const of = (contestant: string) => ({ scenario: SHORT.name, contestant, metric: CPU_A_REQUEST });

test('a slow round is slow for both, and leaves the ratio as it is', () => {
  const figures = [cpu('a', 0, 20), cpu('b', 0, 10), cpu('a', 1, 200), cpu('b', 1, 100)];
  expect(ratiosOf(figures, of('a'), of('b'))).toEqual([2, 2]);
});

test('a round that one of the two lacks gives no ratio', () => {
  const figures = [cpu('a', 0, 20), cpu('a', 1, 30), cpu('b', 1, 10)];
  expect(ratiosOf(figures, of('a'), of('b'))).toEqual([3]);
});

test('the median of an even number of rounds lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 4 });
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  expect(spreadOf([])).toBeUndefined();
});

const goalOf = (part: string) => {
  const goal = GOALS.find(({ what }) => what.startsWith(part));
  if (!goal) throw new Error(part);
  return goal;
};

test('of several figures that stand for a goal the worst one counts', () => {
  const figures = [
    cpu(`bare proxy: ${SAME}`, 0, 100),
    cpu(`understudy: ${SAME}`, 0, 150),
    cpu('bare proxy: anthropic-messages → anthropic-messages', 0, 100),
    cpu('understudy: anthropic-messages → anthropic-messages', 0, 210),
  ];
  const goal = goalOf('CPU a whole answer, same dialect, beside the bare');
  expect(judge(goal, figures)).toMatchObject({ worst: { median: 2.1 }, met: false });
  expect(judge(goal, figures.slice(0, 2))).toMatchObject({ worst: { median: 1.5 }, met: true });
});

test('of a goal that is a least, the lowest counts; a goal that nobody measured is not met', () => {
  const goal = goalOf('throughput with 2 workers');
  const [selection] = goal.of;
  if (!selection || 'beside' in selection) throw new Error('another goal');
  const ratio = (value: number): Figure => ({ ...selection, unit: 'ratio', round: 0, value });
  expect(judge(goal, [ratio(1.8)]).met).toBe(true);
  expect(judge(goal, [ratio(1.6)]).met).toBe(false);
  expect(judge(goal, [])).toEqual({ goal, worst: undefined, met: false });
});

test('a figure in microseconds is held against a goal in milliseconds', () => {
  const goal = goalOf('added first-content delay');
  const [selection] = goal.of;
  if (!selection || 'beside' in selection) throw new Error('another goal');
  expect(judge(goal, [{ ...selection, unit: 'us', round: 0, value: 1_900 }])).toMatchObject({
    worst: { median: 1.9 },
    met: true,
  });
});

test('more than a tenth above the highest round of the baseline is a regression', () => {
  const rounds = (...ratios: number[]) =>
    ratios.flatMap((ratio, round) => [
      cpu(`bare proxy: ${SAME}`, round, 100),
      cpu(`understudy: ${SAME}`, round, ratio * 100),
    ]);
  const baseline = cpuRatiosOf(rounds(1.9, 2, 2.1));
  expect(regressionsOf(cpuRatiosOf(rounds(2.2, 2.3, 9)), baseline)).toEqual([]);
  expect(regressionsOf(cpuRatiosOf(rounds(2.2, 2.4, 9)), baseline)).toMatchObject([
    { what: `${SHORT.name}, understudy: ${SAME}`, measured: { median: 2.4 }, baseline: { high: 2.1 } },
  ]);
  expect(regressionsOf(cpuRatiosOf(rounds(99)), {})).toEqual([]);
  expect(regressionsOf(cpuRatiosOf(rounds(1.9, 2.4, 9)), baseline)).toEqual([]);
});
