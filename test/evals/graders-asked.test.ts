import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ModuleGrader } from '../../src/rehearsal/evals/module-grader.ts';

async function grader(text: string): Promise<ModuleGrader> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-module-'));
  const file = join(folder, 'grade.mjs');
  await writeFile(file, text);
  const made = new ModuleGrader(file);
  onTestFinished(async () => {
    await made.close();
    await rm(folder, { recursive: true });
  });
  return made;
}

const question = (text: string) => ({
  answer: { text, toolCalls: [] },
  context: { case: 'one', target: 'a/b', variables: { city: 'Paris' }, options: { least: 3 } },
});

test('a module sees the answer, the variables and its options', async () => {
  const made = await grader(`export async function grade(answer, { variables, options }) {
    if (!answer.text.includes(variables.city)) return false;
    return { score: Math.min(1, answer.text.length / 10), because: 'long enough: ' + (answer.text.length >= options.least) };
  }`);
  expect(await made.grade(question('Rome'), 5_000)).toEqual({ score: 0, pass: false, because: 'false' });
  expect(await made.grade(question('Paris'), 5_000)).toEqual({ score: 0.5, pass: true, because: 'long enough: true' });
});

test('a loop without end costs its time limit, and the next answer is graded', async () => {
  const made = await grader(`export const grade = ({ text }) => { while (text === 'loop') {} return 1; };`);
  expect(await made.grade(question('fine'), 5_000)).toMatchObject({ score: 1 });
  expect(await made.grade(question('loop'), 100)).toEqual({ problem: 'it took more than 100 ms' });
  expect(await made.grade(question('fine'), 5_000)).toMatchObject({ score: 1 });
});

test('no environment reaches a module', async () => {
  process.env.EVAL_MODULE_SECRET = 'sk-secret';
  onTestFinished(() => {
    delete process.env.EVAL_MODULE_SECRET;
  });
  const made = await grader('export const grade = () => ({ score: 1, because: JSON.stringify(process.env) });');
  expect(await made.grade(question(''), 5_000)).toMatchObject({ because: '{}' });
});

test.each([
  ['export const other = 1;', 'it exports no function named grade'],
  ['export const grade = () => { throw new Error("broken"); };', 'broken'],
  ['export const grade = () => "yes";', 'it gave no score from 0 to 1, and neither true nor false'],
  ['export const grade = () => 7;', 'it gave no score from 0 to 1, and neither true nor false'],
  ['export const grade = () => process.exit(3);', 'it ended its thread with code 3'],
])('%s gives no grade, and the reason', async (text, problem) => {
  const made = await grader(text);
  expect(await made.grade(question('x'), 5_000)).toEqual({ problem });
});
