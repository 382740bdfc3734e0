import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { GRADERS } from '../../src/quality/graders/registry.ts';
import { suiteSchema } from '../../src/rehearsal/evals/suite-schema.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { emptyFolder, understudy } from '../cli/understudy.ts';
import { root, text } from '../repository/tree.ts';

test('the suite shown in docs/evals.md is one, and every grader stands there', () => {
  const page = text('docs/evals.md');
  const [whole, judge] = [...page.matchAll(/^```yml\n([\s\S]*?)^```/gm)].map(([, block]) => parse(block ?? ''));
  expect(suiteSchema.safeParse(whole).error).toBeUndefined();
  expect(suiteSchema.safeParse({ ...whole, ...judge }).error).toBeUndefined();
  for (const { name } of GRADERS) expect(page).toContain(`| \`${name}\` |`);
});

test('the example suite passes against the simulator', { timeout: 60_000 }, async () => {
  const folder = await emptyFolder();
  await cp(join(root, 'examples/evals'), folder, { recursive: true });
  const simulator = await startSimulator();
  try {
    const config = join(folder, 'understudy.yaml');
    const written = readFileSync(config, 'utf8').replaceAll('http://127.0.0.1:4150', simulator.url);
    await writeFile(config, written);
    const gate = await understudy(['eval', 'gate', 'support-reply.yaml'], {
      cwd: folder,
      env: { SIMULATOR_KEY: 'any' },
    });
    expect(gate.code, gate.stdout + gate.stderr).toBe(0);
  } finally {
    await simulator.stop();
  }
});

test('the GitHub workflow gates with commands and options that there are', () => {
  const workflow = parse(text('examples/github-actions-eval.yml')) as {
    jobs: {
      gate: { if: string; steps: { name?: string; run?: string; uses?: string; env?: Record<string, string> }[] };
    };
  };
  const { steps } = workflow.jobs.gate;
  const gate = steps.find(({ name }) => name === 'gate');
  expect(gate?.run).toMatch(/^npx understudy eval gate evals\/\*\.yaml --max-usd 5/);
  const help = text('src/cli/eval-commands.ts');
  for (const [option] of gate?.run?.matchAll(/--[a-z-]+/g) ?? []) expect(help).toContain(option);
  // Keys are in the environment of the one step that needs them.
  expect(steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('API_KEY'))).toEqual([gate]);
  expect(workflow.jobs.gate.if).toContain('head.repo.full_name == github.repository');
});
