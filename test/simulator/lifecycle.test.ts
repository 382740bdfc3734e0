import { execFile } from 'node:child_process';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/index.ts';
import { ask, send } from './raw-client.ts';

const running: Simulator[] = [];
async function start(options?: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator(options);
  running.push(simulator);
  return simulator;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

const plain = { dialect: 'openai-chat', text: '[[words: 6]]' } as const;

test('scripts of a list are played one a request and the last one repeats', async () => {
  const simulator = await start();
  simulator.script('a', [{ fault: 'status', status: 500 }, { fault: 'none' }, { fault: 'status', status: 529 }]);
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await ask(simulator, { ...plain, provider: 'a' })).status);
  expect(statuses).toEqual([500, 200, 529, 529]);
  expect((await ask(simulator, { ...plain, provider: 'b' })).status).toBe(200);
  simulator.script('a', undefined);
  expect((await ask(simulator, { ...plain, provider: 'a' })).status).toBe(200);
});

test('times, forMs and model limit a script', async () => {
  const simulator = await start();
  simulator.script('a', { fault: 'status', status: 500 }, { times: 2 });
  simulator.script('a', { fault: 'status', status: 503 }, { model: 'special' });
  const status = async (model: string) => (await ask(simulator, { ...plain, provider: 'a', model })).status;
  expect(await status('special')).toBe(503);
  expect([await status('m'), await status('m'), await status('m')]).toEqual([500, 500, 200]);
  expect(await status('special')).toBe(503);
  simulator.script('a', { fault: 'status', status: 500 }, { forMs: 60 });
  expect(await status('m')).toBe(500);
  await pause(80);
  expect(await status('m')).toBe(200);
});

test('a script that makes no sense is refused at once', async () => {
  const simulator = await start();
  expect(() => simulator.script('a', { fault: 'cut', afterChunks: -1 })).toThrow(/afterChunks: .*-1/);
  expect(() => simulator.script('a', [])).toThrow(/1 to/);
  expect(() => simulator.script('a b', { fault: 'quota' })).toThrow(/provider/);
  expect(() => simulator.script('admin', { fault: 'quota' })).toThrow(/provider/);
  expect(() => simulator.script('a', { fault: 'quota' }, { times: 0 })).toThrow(/times/);
  await expect(startSimulator({ port: 70_000 })).rejects.toThrow(/port/);
  await expect(startSimulator({ adminKey: '' })).rejects.toThrow(/adminKey/);
});

test('the meter counts what the answers said', async () => {
  const simulator = await start();
  let input = 0;
  let output = 0;
  for (let i = 0; i < 3; i++) {
    const answer = JSON.parse((await ask(simulator, { dialect: 'openai-chat' })).text);
    input += answer.usage.prompt_tokens;
    output += answer.usage.completion_tokens;
    const other = JSON.parse((await ask(simulator, { dialect: 'anthropic-messages' })).text);
    input += other.usage.input_tokens;
    output += other.usage.output_tokens;
    const third = JSON.parse((await ask(simulator, { dialect: 'gemini-generate', model: 'chatty-1' })).text);
    input += third.usageMetadata.promptTokenCount;
    output += third.usageMetadata.candidatesTokenCount;
  }
  await ask(simulator, { dialect: 'openai-chat', script: { fault: 'status', status: 500 } });
  await ask(simulator, { dialect: 'openai-chat', extra: { messages: [] } });
  const meter = simulator.meter('sim');
  expect(meter).toMatchObject({
    requests: 11,
    served: 9,
    faults: 1,
    refused: 1,
    inputTokens: input,
    outputTokens: output,
    untoldOutputTokens: 0,
    byModel: { 'steady-1': 8, 'chatty-1': 3 },
    concurrent: 0,
    openStreams: 0,
    closedByClient: 0,
  });
  expect(meter.requestLog.map((row) => row.outcome).slice(-2)).toEqual(['status', 'refused']);
  simulator.resetMeters();
  expect(simulator.meter('sim')).toMatchObject({ requests: 0, inputTokens: 0, requestLog: [] });
});

test('an answer that was cut is billed and was not told', async () => {
  const simulator = await start();
  await ask(simulator, { ...plain, stream: true, script: { fault: 'cut', afterChunks: 2 } });
  expect(simulator.meter('sim')).toMatchObject({
    served: 0,
    faults: 1,
    outputTokens: 0,
    untoldOutputTokens: 6,
    closedByClient: 0,
  });
});

test('open streams and clients that leave are seen', async () => {
  const simulator = await start();
  const script = { fault: 'stall', afterChunks: 1 } as const;
  const clients = [500, 500].map((leaveAfterMs) => ask(simulator, { ...plain, stream: true, script, leaveAfterMs }));
  await vi.waitFor(() =>
    expect(simulator.meter('sim')).toMatchObject({ concurrent: 2, maxConcurrent: 2, openStreams: 2 }),
  );
  await Promise.all(clients);
  await vi.waitFor(() => expect(simulator.meter('sim').closedByClient).toBe(2));
  const meter = simulator.meter('sim');
  expect(meter).toMatchObject({ concurrent: 0, maxConcurrent: 2, openStreams: 0 });
  expect(meter.lastClosedAt).toBeGreaterThan(Date.now() - 5000);
  expect(meter.requestLog[0]?.closedByClientAfterMs).toBeGreaterThan(80);
  expect(meter.requestLog[0]).toMatchObject({ outcome: 'stall', stream: true, model: 'steady-1' });
});

test('a client that leaves in the middle of a healthy answer leaves it unserved', async () => {
  const simulator = await start();
  await ask(simulator, { ...plain, stream: true, script: { fault: 'none', chunkDelayMs: 200 }, leaveAfterMs: 500 });
  await vi.waitFor(() => expect(simulator.meter('sim').closedByClient).toBe(1));
  const meter = simulator.meter('sim');
  expect(meter).toMatchObject({ served: 0, faults: 0, untoldOutputTokens: 6 });
  expect(meter.requestLog[0]?.outcome).toBe('closed-by-client');
});

test('a stale connection counts as a fault only where it was one', async () => {
  const simulator = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const script = { fault: 'stale-connection' } as const;
  await ask(simulator, { ...plain, agent, script });
  await ask(simulator, { ...plain, agent, script });
  agent.destroy();
  expect(simulator.meter('sim')).toMatchObject({ requests: 2, served: 1, faults: 1, closedByClient: 0 });
});

test('a crash resets requests in progress and all that follow, until a script is set', async () => {
  const simulator = await start();
  const open = ask(simulator, { ...plain, stream: true, script: { fault: 'stall', afterChunks: 1 } });
  await pause(50);
  simulator.crash('sim');
  expect((await open).ending).not.toBe('end');
  const next = await ask(simulator, plain);
  expect(next.status).toBeUndefined();
  expect(next.ending).toBe('ECONNRESET');
  expect((await ask(simulator, { ...plain, provider: 'other' })).status).toBe(200);
  expect(simulator.meter('sim').requestLog.map((row) => row.outcome)).toEqual(['crashed', 'crashed']);
  simulator.script('sim', undefined);
  expect((await ask(simulator, plain)).status).toBe(200);
});

test('idle connections can be closed under a client’s feet', async () => {
  const simulator = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask(simulator, { ...plain, agent });
  expect(Object.keys(agent.freeSockets)).toHaveLength(1);
  simulator.closeIdleConnections();
  await pause(30);
  expect(Object.keys(agent.freeSockets)).toHaveLength(0);
  agent.destroy();
});

test('keys other than the known ones are refused as the vendor does', async () => {
  const simulator = await start({ apiKeys: ['right'] });
  const status = async (
    dialect: 'openai-chat' | 'anthropic-messages' | 'gemini-generate',
    headers: Record<string, string>,
  ) => (await ask(simulator, { dialect, headers })).status;
  expect(await status('openai-chat', { authorization: 'Bearer right' })).toBe(200);
  expect(await status('openai-chat', { 'x-api-key': 'right' })).toBe(401);
  expect(await status('anthropic-messages', { 'x-api-key': 'right' })).toBe(200);
  expect(await status('anthropic-messages', { authorization: 'Bearer right' })).toBe(200);
  expect(await status('anthropic-messages', { 'x-api-key': 'wrong' })).toBe(401);
  expect(await status('gemini-generate', { 'x-goog-api-key': 'right' })).toBe(200);
  expect(await status('gemini-generate', {})).toBe(400);
});

test('the admin API breaks a provider and mends it, and shows meters without keys', async () => {
  const simulator = await start();
  const admin = (method: string, path: string, body?: unknown) =>
    send({ method, url: `${simulator.url}/admin/${path}`, body });
  expect(await admin('PUT', 'script/primary', { fault: 'status', status: 503 })).toMatchObject({ status: 200 });
  expect((await ask(simulator, { ...plain, provider: 'primary' })).status).toBe(503);
  expect(await admin('PUT', 'script/primary', { script: [{ fault: 'quota' }], times: 1 })).toMatchObject({
    status: 200,
  });
  expect((await ask(simulator, { ...plain, provider: 'primary' })).status).toBe(429);
  expect((await ask(simulator, { ...plain, provider: 'primary' })).status).toBe(200);
  expect(await admin('PUT', 'crash/primary')).toMatchObject({ status: 200 });
  expect((await ask(simulator, { ...plain, provider: 'primary' })).status).toBeUndefined();
  expect(await admin('DELETE', 'script/primary')).toMatchObject({ status: 200 });
  await ask(simulator, { ...plain, provider: 'primary', headers: { authorization: 'Bearer canary' } });
  expect(simulator.meter('primary').requestLog.at(-1)?.headers.authorization).toBe('Bearer canary');
  const shown = await admin('GET', 'meters');
  expect(JSON.parse(shown.text).primary.requests).toBe(5);
  expect(shown.text).not.toContain('canary');
  const bad = await admin('PUT', 'script/primary', { script: { fault: 'cut' } });
  expect(bad).toMatchObject({ status: 400 });
  expect(bad.text).toContain('afterChunks');
  expect(await admin('PUT', 'script/primary', { script: { fault: 'quota' }, time: 1 })).toMatchObject({ status: 400 });
  expect(await admin('PUT', 'script/primary', 'not json')).toMatchObject({ status: 400 });
  expect(await admin('DELETE', 'meters')).toMatchObject({ status: 200 });
  expect(simulator.meter('primary').requests).toBe(0);
  expect(await admin('GET', 'nothing')).toMatchObject({ status: 404 });
});

test('the admin API wants its key, and without one a local host name', async () => {
  const locked = await start({ adminKey: 'secret' });
  const meters = (simulator: Simulator, headers: Record<string, string>) =>
    send({ method: 'GET', url: `${simulator.url}/admin/meters`, headers });
  expect((await meters(locked, {})).status).toBe(401);
  expect((await meters(locked, { 'x-admin-key': 'secret2' })).status).toBe(401);
  expect((await meters(locked, { authorization: 'Bearer secret' })).status).toBe(200);
  const open = await start();
  expect((await meters(open, { host: 'evil.example' })).status).toBe(403);
  expect((await meters(open, {})).status).toBe(200);
});

test('unknown paths, broken bodies and missing models are refused in order', async () => {
  const simulator = await start();
  expect((await send({ url: `${simulator.url}/sim/v1/nothing`, body: {} })).status).toBe(404);
  expect((await send({ method: 'GET', url: `${simulator.url}/%E0%A4%A` })).status).toBe(404);
  const url = `${simulator.baseUrl('openai-chat')}/chat/completions`;
  const broken = await send({ url, body: '{"model": "steady-1", ' });
  expect(broken.status).toBe(400);
  expect(broken.text).toContain('parse the JSON body');
  expect((await send({ url, body: { messages: [] } })).text).toContain('model');
  const large = await send({
    url,
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(34_000_000) }] }),
  });
  expect(large.status).toBe(413);
  expect((await ask(simulator, plain)).status).toBe(200);
});

test('the same seed gives the same answer, another seed another', async () => {
  const [one, two, other] = [await start({ seed: 1 }), await start({ seed: 1 }), await start({ seed: 2 })];
  const text = async (simulator: Simulator, provider: string) =>
    JSON.parse((await ask(simulator, { dialect: 'openai-chat', provider })).text).choices[0].message.content;
  const answer = await text(one, 'a');
  expect(await text(two, 'b')).toBe(answer);
  expect(await text(other, 'a')).not.toBe(answer);
});

test('a process in which a busy simulator was stopped ends by itself', async () => {
  const script = `
    import { request } from 'node:http';
    import { startSimulator } from './src/simulator/index.ts';
    const simulator = await startSimulator();
    const post = (model) => new Promise((resolve) => {
      const outgoing = request(simulator.baseUrl('openai-chat') + '/chat/completions', { method: 'POST', agent: false }, (response) => {
        response.resume();
        response.on('close', resolve);
      });
      outgoing.on('error', resolve);
      outgoing.end(JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hi' }] }));
    });
    const open = ['hang-before-headers', 'stall-1', 'pings-only', 'slow-headers-60000', 'slow-drip-60000'].map((name) => post('x--' + name));
    await post('steady-1');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await simulator.stop();
    const count = (names) => process.getActiveResourcesInfo().filter((name) => names.test(name)).length;
    const timers = count(/Timeout/);
    await Promise.all(open);
    await new Promise((resolve) => setImmediate(resolve));
    console.log(timers, 'timers', count(/TCP/), 'sockets');
  `;
  const { stdout } = await promisify(execFile)('npx', ['tsx', '--input-type=module', '-e', script], {
    timeout: 15_000,
  });
  expect(stdout.trim()).toBe('0 timers 0 sockets');
});
