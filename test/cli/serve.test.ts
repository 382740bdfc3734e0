import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyFolder, type Running, start, understudy } from './understudy.ts';

interface Demo {
  readonly process: Running;
  readonly cwd: string;
  readonly url: string;
  readonly simulatorUrl: string;
}

async function startDemo(): Promise<Demo> {
  const cwd = await emptyFolder();
  const process = await start(['serve'], { cwd, env: { PORT: '0' } });
  await process.said(/Heal it/);
  const url = await process.said(/serves (http:\/\/127\.0\.0\.1:\d+)/);
  return { process, cwd, url, simulatorUrl: await process.said(/(http:\/\/127\.0\.0\.1:\d+)\/admin\/script/) };
}

const ask = (url: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });

async function script(demo: Demo, value: object): Promise<void> {
  for (const provider of ['sim-openai', 'sim-anthropic', 'sim-gemini']) {
    const put = { method: 'PUT', body: JSON.stringify(value) };
    expect((await fetch(`${demo.simulatorUrl}/admin/script/${provider}`, put)).status).toBe(200);
  }
}

/** Resolves once the gateway has a request that it cannot answer yet. */
async function untilOpen(url: string): Promise<void> {
  await expect
    .poll(async () => ((await (await fetch(`${url}/health/ready`)).json()) as { open: number }).open, {
      timeout: 10_000,
    })
    .toBe(1);
}

describe('serve, without a configuration', () => {
  test('serves the demo, prints the line to copy, and ends with 0 on SIGTERM', async () => {
    const demo = await startDemo();
    expect(await demo.process.said(/curl -i (\S+)\/v1\/chat\/completions/)).toBe(demo.url);
    const answer = await ask(demo.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-understudy-served-by')).toBe('sim-openai/steady-large');
    expect(Number(answer.headers.get('x-understudy-cost-usd'))).toBeGreaterThan(0);
    demo.process.kill('SIGTERM');
    expect((await demo.process.ended).code).toBe(0);
  });

  test('a request that runs is finished before the process ends', async () => {
    const demo = await startDemo();
    await script(demo, { fault: 'none', delayMs: 1_000 });
    const answer = ask(demo.url);
    await untilOpen(demo.url);
    demo.process.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect((await demo.process.ended).code).toBe(0);
  });

  test('Ctrl-C that arrives twice, as through npm, is one wish', async () => {
    const demo = await startDemo();
    await script(demo, { fault: 'none', delayMs: 1_000 });
    const answer = ask(demo.url);
    await untilOpen(demo.url);
    // Two of one kind would be merged by the system while the first is pending.
    demo.process.kill('SIGINT');
    demo.process.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect((await demo.process.ended).code).toBe(0);
  });

  test('a second signal stops it at once with 130', async () => {
    const demo = await startDemo();
    await script(demo, { fault: 'hang-before-headers' });
    const answer = ask(demo.url).catch(() => undefined);
    await untilOpen(demo.url);
    demo.process.kill('SIGTERM');
    await demo.process.said(/SIGTERM: finishing/);
    await new Promise((resolve) => setTimeout(resolve, 700));
    demo.process.kill('SIGTERM');
    const { code, stderr } = await demo.process.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('again: stopping now');
    await answer;
  });

  test('requests and explain tell what happened, in text and as JSON', async () => {
    const demo = await startDemo();
    const { cwd } = demo;
    const broken = { method: 'PUT', body: JSON.stringify({ fault: 'quota' }) };
    await fetch(`${demo.simulatorUrl}/admin/script/sim-openai`, broken);
    const id = (await ask(demo.url)).headers.get('x-understudy-request-id') ?? '';

    const listed = await understudy(['requests'], { cwd });
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).toContain('degraded: quota-exhausted');
    const page = JSON.parse((await understudy(['requests', '--json', '--degraded'], { cwd })).stdout);
    expect(page.rows).toMatchObject([{ requestId: id, servedBy: 'sim-anthropic/steady-medium', attempts: 2 }]);
    expect((await understudy(['requests', '--outcome', 'failed'], { cwd })).stderr).toContain('no request matches');

    const told = await understudy(['explain', id], { cwd });
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/attempt 1 failed with quota-exhausted[\s\S]*verdict: next-target/);
    expect(told.stdout).toContain('served, by sim-anthropic/steady-medium');
    const json = JSON.parse((await understudy(['explain', id, '--json'], { cwd })).stdout);
    expect(json).toMatchObject({ requestId: id, failover: { error: 'quota-exhausted' }, attemptRows: [{}, {}] });
    const unknown = await understudy(['explain', 'req_unknown'], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no request req_unknown') });
  });
});

describe('serve, refused', () => {
  test('a port that is taken ends with 4 and says what to set', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => closed(taken));
    const port = (taken.address() as { port: number }).port;
    const { code, stderr, stdout } = await understudy(['serve'], { env: { PORT: String(port) } });
    expect(code).toBe(4);
    expect(stderr).toContain(`127.0.0.1:${port} is taken; set PORT or server.port`);
    expect(stdout).toBe('');
  });

  test('an open address without caller keys is refused with 2', async () => {
    const { code, stderr } = await understudy(['serve'], { env: { HOST: '0.0.0.0', PORT: '0' } });
    expect(code).toBe(2);
    expect(stderr).toContain('0.0.0.0 is reachable from other machines, and no caller needs a key');
    expect(stderr).toContain('server.keys');
  });

  test('a bad configuration names file and line', async () => {
    const cwd = await emptyFolder();
    await writeFile(join(cwd, 'understudy.yaml'), 'providers: { openai: {} }\nroutes:\n  a: { targets: [opnai/x] }\n');
    const { code, stderr } = await understudy(['serve'], { cwd, env: { OPENAI_API_KEY: 'sk-test' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/understudy\.yaml:3:\d+ {2}routes\.a\.targets\[0\]: there is no provider "opnai"/);
  });

  test('a missing secret stops the start and is named', async () => {
    const cwd = await emptyFolder();
    const yaml = 'providers: { openai: { apiKey: "env:NOT_SET_ANYWHERE" } }\nroutes: { a: { targets: [openai/x] } }\n';
    await writeFile(join(cwd, 'understudy.yaml'), yaml);
    const { code, stderr } = await understudy(['serve'], { cwd, env: { PORT: '0' } });
    expect(code).toBe(2);
    expect(stderr).toContain('env:NOT_SET_ANYWHERE is not set');
  });
});

test('requests without a ledger ends with 4 and says where it looked', async () => {
  const { code, stderr } = await understudy(['requests']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/no ledger at .*understudy\.db/);
});

test('simulator serves three dialects and ends with 0', async () => {
  const process = await start(['simulator', '--port', '0', '--seed', '7']);
  const url = await process.said(/simulated providers at (\S+)/);
  await process.said(/break one/);
  const answer = await fetch(`${url}/sim/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
    body: JSON.stringify({ model: 'steady-1', messages: [{ role: 'user', content: '[[answer: yes]]' }] }),
  });
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'yes' } }] });
  process.kill('SIGTERM');
  expect((await process.ended).code).toBe(0);
});

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
