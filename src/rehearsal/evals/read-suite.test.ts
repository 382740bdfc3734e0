import { expect, test } from 'vitest';
import { isConfigError } from '../../config/problems.ts';
import { readSuite } from './read-suite.ts';
import { assertionsOf } from './suite.ts';

const read = (text: string) => readSuite(text, 'evals/kit.yaml');

function problems(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (isConfigError(error)) return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    throw error;
  }
  return [];
}

const HEAD = 'name: kit\nsubject: { route: reply }\n';
const CASE = 'cases:\n  - { id: one, message: hi, assertions: [{ exact: a }] }\n';

test('a suite of a prompt with every default', () => {
  const suite = read(
    'name: kit\nsubject: { prompt: support }\ncases:\n  - { id: one, variables: { a: 1 }, assertions: [{ exact: a }] }',
  );
  expect(suite).toMatchObject({
    subject: { kind: 'prompt', name: 'support' },
    repeats: 1,
    concurrency: 4,
    margins: { default: 0.05, byMetric: {} },
    cases: [{ id: 'one', variables: { a: 1 }, turns: [{ messages: [] }] }],
  });
  expect(suite.cases[0] && assertionsOf(suite.cases[0])).toMatchObject([
    { grader: 'exact', metric: 'correct', not: false },
  ]);
});

test('messages of the suite stand before those of a case, its assertions after them, and variables are written out', () => {
  const suite = read(`${HEAD}messages: [{ role: system, content: "You are {{ who }}." }]
assertions: [{ length: { max: 9 }, metric: brevity }]
margins: { default: 0.1, brevity: 0.2 }
cases:
  - { id: one, variables: { who: "a {{ clerk }}" }, message: "Hi {{ who }}{% if who %}!{% endif %}", assertions: [{ exact: a }] }
  - { id: two, message: "Literal {{ braces }}", assertions: [{ not: true, exact: a }] }
`);
  expect(suite.cases[0]?.turns[0]?.messages).toEqual([
    { role: 'system', content: 'You are a {{ clerk }}.' },
    { role: 'user', content: 'Hi a {{ clerk }}!' },
  ]);
  expect(suite.cases[1]?.turns[0]?.messages[1]?.content).toBe('Literal {{ braces }}');
  expect(suite.cases[1] && assertionsOf(suite.cases[1]).map(({ metric, not, label }) => [metric, not, label])).toEqual([
    ['correct', true, 'not: is "a"'],
    ['brevity', false, '0 to 9 words'],
  ]);
  expect(suite.margins).toEqual({ default: 0.1, byMetric: { brevity: 0.2 } });
});

test('the hash changes with what is asked and demanded, and with nothing else', () => {
  const { hash } = read(HEAD + CASE);
  expect(read(`# a comment\n${HEAD}maxUsd: 3\nconcurrency: 9\ntargets: [a/b]\ndescription: words\n${CASE}`).hash).toBe(
    hash,
  );
  expect(read(`${HEAD}margins: 0.1\n${CASE}`).hash).not.toBe(hash);
  expect(read(`${HEAD}${CASE.replace('exact: a', 'exact: b')}`).hash).not.toBe(hash);
  expect(read(`${HEAD}${CASE.replace('hi', 'ho')}`).hash).not.toBe(hash);
});

test.each([
  ['cases: []', ['1 name: is missing', '1 subject: is missing', '1 cases: holds no case']],
  [`${HEAD}cases:\n  - { id: one, message: hi }`, ['4 cases[0]: demands nothing: write assertions']],
  [
    `${HEAD}cases:\n  - { id: one, assertions: [{ exact: a }] }`,
    ['4 cases[0]: sends nothing: write message or messages'],
  ],
  [
    `${HEAD}${CASE}  - { id: one, message: ho, assertions: [{ exact: a }] }`,
    ['5 cases[1].id: is the id of another case: one'],
  ],
  [
    `${HEAD}${CASE}  - { id: two, message: ho, assertions: [{ exact: a, regex: b }] }`,
    ['5 cases[1].assertions[0]: names 2 graders (exact, regex), and one belongs'],
  ],
  [
    `${HEAD}${CASE}  - { id: two, message: ho, assertions: [{ regex: "(?=a)" }] }`,
    [expect.stringMatching(/^5 cases\[1\]\.assertions\[0\]\.regex: is no pattern that can be matched in linear time/)],
  ],
  [
    `${HEAD}${CASE}  - { id: two, message: ho, assertions: [{ length: { max: 3, maxx: 3 } }] }`,
    ['5 cases[1].assertions[0].length.maxx: is no option here'],
  ],
  [
    `${HEAD}${CASE}  - { id: two, message: ho, assertions: [{ rubric: kind }] }`,
    ['1 : has a rubric and no judge: name one under `judge: { target: provider/model }`'],
  ],
  [
    `${HEAD}${CASE}  - { id: two, message: ho, assertions: [{ module: ./gone.mjs }] }`,
    ['1 : names the module ./gone.mjs, which cannot be read'],
  ],
  [
    `${HEAD}${CASE}  - { id: two, variables: { a: 1 }, message: "{{ b }}", assertions: [{ exact: a }] }`,
    [expect.stringContaining('5 cases[1]: cannot be written out')],
  ],
  [`${HEAD}targets: [nonsense]\n${CASE}`, ['3 targets[0]: is no target: write provider/model']],
  [`${HEAD}targets: [a/b]\nprimary: c/d\n${CASE}`, ['4 primary: is none of the targets']],
  [`${HEAD}margins: 1\n${CASE}`, [expect.stringContaining('3 margins')]],
  [
    `${HEAD}judge: { target: a/b, gold: [{ rubric: r, question: q, answer: a }] }\n${CASE}`,
    ['3 judge.gold[0]: is no label: write answer and passes, or first, second and better'],
  ],
  ['name: [', [expect.stringContaining('1 ')]],
])('what is wrong is told with its line and field: %#', (text, told) => {
  expect(problems(text)).toEqual(told);
});

test('a demand of another tool that cannot be judged says why and is carried along', () => {
  const suite = read(
    `${HEAD}cases:\n  - { id: one, message: hi, assertions: [{ unsupported: "needs JavaScript", metric: correct }, { exact: a }] }`,
  );
  expect(suite.cases[0] && assertionsOf(suite.cases[0])[0]).toMatchObject({
    kind: 'unsupported',
    why: 'needs JavaScript',
  });
});
