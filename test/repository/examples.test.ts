import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoConfig } from '../../src/config/demo.ts';
import { type RunningGateway, resolveConfig, startGateway } from '../../src/index.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { root } from './tree.ts';

let folder: string;
let simulator: Simulator;
let gateway: RunningGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-examples-'));
  simulator = await startSimulator();
  const storage = { kind: 'sqlite' as const, file: join(folder, 'ledger.db') };
  const config = resolveConfig(demoConfig(simulator.url, { port: 0 }));
  gateway = await startGateway({ ...config, storage }, { logDestination: { write: () => {} } });
});
afterAll(async () => {
  await gateway.stop();
  await simulator.stop();
  await rm(folder, { recursive: true });
});

/** Runs beside the gateway, which is in this process: waiting must not block it. */
async function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { PATH: process.env.PATH, UNDERSTUDY_URL: gateway.url };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

test.each(['openai-client.ts', 'anthropic-client.ts'])('%s is served, whole and streamed', async (example) => {
  const { code, output } = await run(process.execPath, ['--import', 'tsx', `examples/${example}`]);
  expect(output).toContain('What is an understudy?');
  expect(output).toContain('served by sim-openai/steady-large');
  expect(output).toContain('And what is a prompter?');
  expect(code).toBe(0);
});

test('responses-client.ts goes on at another provider, and is what docs/responses.md shows', async () => {
  const { code, output } = await run(process.execPath, ['--import', 'tsx', 'examples/responses-client.ts']);
  expect(output).toContain('steady-medium was given 3 items');
  expect(output).toMatch(/resp_req… from steady-small is kept: completed\nresp_req… from steady-large is kept/);
  expect(output).toContain('4 items in the conversation');
  expect(code).toBe(0);
  const shown = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/responses.md'), 'utf8'))?.[1];
  expect(shown).toBe(readFileSync(join(root, 'examples/responses-client.ts'), 'utf8'));
});

test('library.ts fails over inside one program', async () => {
  const { code, output } = await run(process.execPath, ['--import', 'tsx', 'examples/library.ts']);
  expect(output).toMatch(
    /first\/steady-1: server-error\nsecond\/steady-1: ok\nserved by second\/steady-1, degraded: server-error/,
  );
  expect(code).toBe(0);
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
test.skipIf(!hasCurl)('curl.sh gets its answers', async () => {
  const { code, output } = await run('bash', ['examples/curl.sh']);
  expect(output).toContain('x-understudy-served-by: sim-openai/steady-large');
  expect(output).toContain('event: message_stop');
  expect(code).toBe(0);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
test.skipIf(!hasPython).each(['openai_client.py', 'anthropic_client.py'])('%s is valid Python', async (example) => {
  const check = 'import ast,sys; ast.parse(open(sys.argv[1]).read())';
  expect(await run('python3', ['-c', check, `examples/${example}`])).toEqual({ code: 0, output: '' });
});
