import { expect, test } from 'vitest';
import { compareReports } from '../../src/rehearsal/evals/compare-reports.ts';
import { planSuite } from '../../src/rehearsal/evals/plan-suite.ts';
import { suiteFrom } from '../../src/rehearsal/evals/read-suite.ts';
import { startEvals, toldCases } from '../kit/eval-kit.ts';

const facts = [{ 'contains-facts': ['30 days'] }];
const told = (count: number, answer = 'A refund takes 30 days.') => toldCases(count, () => answer, facts);

test('a plan tells cost and needed cases, asks nobody, and comes near what is paid', async () => {
  const kit = await startEvals();
  const written = { name: 'kit', subject: { route: 'reply' }, parameters: { maxOutputTokens: 6 }, cases: told(10) };
  const plan = planSuite(suiteFrom(written, 'kit.yaml'), kit.house, { repeats: 2 });
  expect(plan).toMatchObject({
    answers: 40,
    repeats: 2,
    primary: 'alpha/steady-1',
    metrics: [{ metric: 'correct', cases: 10 }],
  });
  expect(plan.metrics[0]?.neededCases).toBeGreaterThan(10);
  expect(kit.sent('alpha') + kit.sent('beta')).toBe(0);
  const { run } = await kit.run(written, { repeats: 2 });
  const estimated = plan.estimatedUsd ?? 0;
  expect(estimated / (run.spentUsd ?? 0)).toBeGreaterThan(0.4);
  expect(estimated / (run.spentUsd ?? 0)).toBeLessThan(2.5);
});

test('a suite that the configuration has no place for is refused before anybody is asked', async () => {
  const kit = await startEvals();
  const refusals = [
    [{ subject: { route: 'gone' } }, /subject: gone is no route/],
    [{ subject: { prompt: 'gone' }, targets: ['alpha/steady-1'] }, /subject: gone is no prompt/],
    [{ targets: ['nobody/model'] }, /nobody\/model: its provider is not configured/],
  ] as const;
  for (const [over, words] of refusals) await expect(kit.run({ cases: told(1), ...over })).rejects.toThrow(words);
  expect(kit.sent('alpha') + kit.sent('beta')).toBe(0);
});

test('two runs of one suite: what got worse fails, what changed its demands is missing', async () => {
  const kit = await startEvals();
  const suite = { margins: 0.3, cases: told(12) };
  const before = await kit.run(suite);
  const same = compareReports(before, before);
  expect(same.targets.map(({ target, comparison }) => [target, comparison.verdict])).toEqual([
    ['alpha/steady-1', 'pass'],
    ['beta/steady-1', 'pass'],
  ]);
  const worse = await kit.run({ ...suite, cases: told(12, 'No idea.') });
  expect(compareReports(before, worse).targets[0]?.comparison.verdict).toBe('fail');
  const [first, ...others] = told(12);
  const changed = await kit.run({
    ...suite,
    cases: [{ ...first, assertions: [{ exact: 'A refund takes 30 days.' }] }, ...others],
  });
  const compared = compareReports(before, changed);
  expect(compared.changedCases).toEqual(['case-1']);
  expect(compared.targets[0]?.comparison).toMatchObject({ verdict: 'inconclusive', metrics: [{ n: 11, missing: 1 }] });
  const narrowed = await kit.run(suite, { targets: [] });
  expect(compareReports(before, narrowed).unpaired).toEqual(['beta/steady-1']);
});
