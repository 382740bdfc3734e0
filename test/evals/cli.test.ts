import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvalReport } from '../../src/rehearsal/evals/report.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { emptyFolder, start, understudy } from '../cli/understudy.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

const PRICE = '{ price: { inputPerMillion: 1000, outputPerMillion: 1000 } }';

/** A working directory with a configuration and a suite, as a user has them. */
async function project(name: string, suite: string): Promise<string> {
  const folder = await emptyFolder();
  const provider = (dialect: 'openai-chat' | 'anthropic-messages', of: string) =>
    `  ${of}: { dialect: ${dialect}, baseUrl: "${simulator.baseUrl(dialect, `${name}-${of}`)}", apiKey: "env:KEY", models: { steady-1: ${PRICE}, renamer-1: ${PRICE} } }`;
  await writeFile(
    join(folder, 'understudy.yaml'),
    `providers:\n${provider('openai-chat', 'alpha')}\n${provider('anthropic-messages', 'beta')}\nroutes:\n  reply: { targets: [alpha/steady-1, beta/steady-1] }\nstorage: "sqlite:./ledger.db"\nreceipts: { unsigned: accept }\n`,
  );
  await writeFile(join(folder, 'suite.yaml'), suite);
  return folder;
}

const cases = (count: number, assertion: string, words = 'It takes 30 days.') =>
  Array.from(
    { length: count },
    (_, at) => `  - { id: c${at}, message: "Number ${at}: [[answer: ${words}]]", assertions: [${assertion}] }`,
  ).join('\n');
const SUITE = (count: number, margin: number, assertion = 'contains-facts: [30 days]', words?: string) =>
  `name: refunds\nsubject: { route: reply }\nmargins: ${margin}\ncases:\n${cases(count, `{ ${assertion} }`, words)}\n`;

const env = { KEY: 'sk-cli' };
const run = (cwd: string, ...args: string[]) => understudy(['eval', ...args], { cwd, env });
const reportIn = async (folder: string, file: string) =>
  JSON.parse(await readFile(join(folder, file), 'utf8')) as EvalReport;

test('enough cases that agree: run and gate with their exit codes, and a report in every form', {
  timeout: 60_000,
}, async () => {
  const folder = await project('agree', SUITE(12, 0.3));
  const first = await run(
    folder,
    'run',
    'suite.yaml',
    '--out',
    'r/{suite}.json',
    '--junit',
    'r.xml',
    '--markdown',
    'r.md',
    '--html',
    'r.html',
  );
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain('refunds');
  const report = await reportIn(folder, 'r/refunds.json');
  expect(report).toMatchObject({ format: 'understudy-eval/1', run: { asked: 24 } });
  expect(await readFile(join(folder, 'r.xml'), 'utf8')).toContain('<testsuite');
  expect(await readFile(join(folder, 'r.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(await readFile(join(folder, 'r.md'), 'utf8')).toContain('refunds');
  const gate = await run(folder, 'gate', 'r/refunds.json', '--receipts', 'evidence', '--json');
  expect(gate.code, gate.stderr).toBe(0);
  const told = JSON.parse(gate.stdout);
  expect(told).toMatchObject({ suites: [{ suite: 'refunds', verdict: 'pass' }], stale: [], withheld: [] });
  expect(JSON.parse(await readFile(join(folder, told.receipts[0].file), 'utf8'))).toMatchObject({
    subject: { kind: 'route', name: 'reply' },
    target: { target: 'beta/steady-1', snapshot: 'steady-1' },
    suite: { hash: report.suite.hash },
    verdict: 'pass',
  });
  // A report of a suite that has changed since is no evidence of the suite as it stands.
  await writeFile(join(folder, 'suite.yaml'), SUITE(13, 0.3));
  const stale = await run(folder, 'gate', 'r/refunds.json');
  expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining('has changed since') });
});

test('too few cases are inconclusive; a target that is worse fails the gate', { timeout: 60_000 }, async () => {
  const folder = await project('worse', SUITE(2, 0.05));
  expect((await run(folder, 'gate', 'suite.yaml')).code).toBe(3);
  const asJson = 'Case: answer as JSON with the keys `mood` and `score`, nothing else.';
  const wanted = '{ json-schema: { schema: { type: object, required: [mood, score] } } }';
  const suite = `name: json\nsubject: { route: reply }\ntargets: [alpha/steady-1, beta/renamer-1]\nmargins: 0.1\ncases:\n${Array.from({ length: 8 }, (_, at) => `  - { id: c${at}, message: "${at} ${asJson}", assertions: [${wanted}] }`).join('\n')}\n`;
  await writeFile(join(folder, 'json.yaml'), suite);
  const gate = await run(folder, 'gate', 'json.yaml');
  expect(gate.code, gate.stdout).toBe(1);
  expect(gate.stdout).toContain('renamer-1');
});

test('a run that was killed goes on where it was', { timeout: 60_000 }, async () => {
  const folder = await project('killed', SUITE(40, 0.2));
  const first = await start(['eval', 'run', 'suite.yaml', '--concurrency', '2'], { cwd: folder, env });
  await first.said(/25 of 80 answers/, 60_000);
  first.kill('SIGKILL');
  await first.ended;
  const paid = simulator.meter('killed-alpha').requests + simulator.meter('killed-beta').requests;
  const second = await run(folder, 'run', 'suite.yaml', '--json');
  const report = JSON.parse(second.stdout) as EvalReport;
  expect(report.run.cached).toBeGreaterThanOrEqual(25);
  expect(report.run.cached + report.run.asked).toBe(80);
  const all = simulator.meter('killed-alpha').requests + simulator.meter('killed-beta').requests;
  expect(all).toBe(paid + report.run.asked);
  // At most what was under way when it was killed is paid for twice.
  expect(all).toBeLessThanOrEqual(80 + 4);
  expect(second.code).toBe(0);
});

test('an interrupt keeps what is there, writes the report and exits with 130', { timeout: 60_000 }, async () => {
  const folder = await project('stopped', SUITE(400, 0.2));
  const running = await start(['eval', 'run', 'suite.yaml', '--out', 'part.json'], { cwd: folder, env });
  await running.said(/25 of 800 answers/, 60_000);
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(130);
  const { run: facts } = await reportIn(folder, 'part.json');
  expect(facts.stopped).toMatchObject({ because: 'interrupted' });
  expect(facts.asked + (facts.stopped?.missing ?? 0)).toBeGreaterThanOrEqual(800);
});

test('a suite that cannot be run is the command line’s fault, with its place', { timeout: 60_000 }, async () => {
  const folder = await project('broken', SUITE(1, 0.1, 'exat: 1'));
  const { code, stderr } = await run(folder, 'run', 'suite.yaml');
  expect(stderr).toMatch(/suite\.yaml:5:\d+ {2}cases\[0\]\.assertions\[0\]\.exat: is no grader; graders are exact/);
  expect(code).toBe(2);
});
