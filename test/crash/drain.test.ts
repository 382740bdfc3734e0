import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { eventually } from '../kit/eventually.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';
import { type ServedGateway, serve } from './served.ts';

type Surface = 'openai-chat' | 'anthropic-messages';
const SURFACES: readonly Surface[] = ['openai-chat', 'anthropic-messages'];

let folder: string;
let simulator: Simulator;
let gateway: ServedGateway | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-drain-'));
  simulator = await startSimulator();
});
afterEach(async () => {
  gateway?.child.kill('SIGKILL');
  gateway = undefined;
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function configuration(drain: { readonly delay: string; readonly grace: string }): object {
  return {
    server: { port: 0, drain },
    providers: {
      alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha') },
      beta: { dialect: 'anthropic-messages', baseUrl: simulator.baseUrl('anthropic-messages', 'beta') },
    },
    routes: { reply: { targets: ['alpha/steady-1'] } },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
  };
}

function ask(url: string, how: { surface: Surface; stream: boolean; model?: string }): Promise<RawAnswer> {
  const { surface, stream, model = 'reply' } = how;
  return send({
    url: `${url}${surface === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages'}`,
    headers: { 'anthropic-version': '2023-06-01' },
    body: { model, stream, max_tokens: 2_000, messages: [{ role: 'user', content: 'How tall is a giraffe?' }] },
  });
}

function isWhole(answer: RawAnswer, how: { surface: Surface; stream: boolean }): boolean {
  if (answer.status !== 200 || answer.ending !== 'end') return false;
  if (how.stream)
    return answer.text.includes(how.surface === 'openai-chat' ? 'data: [DONE]\n\n' : 'event: message_stop');
  return Buffer.byteLength(answer.text) === Number(answer.headers['content-length']);
}

describe('SIGTERM with 20 whole answers and 10 streams under way', () => {
  it('readiness fails first, new requests are refused next, everything that ran ends whole, and the exit code is 0', async () => {
    simulator.script('alpha', {
      fault: 'none',
      answer: 'A giraffe is about five metres tall. '.repeat(40),
      delayMs: 2_000,
      chunkDelayMs: 20,
    });
    gateway = await serve(configuration({ delay: '700ms', grace: '30s' }), folder);
    const { url, child, ended } = gateway;
    const kinds = Array.from({ length: 30 }, (_, index) => ({
      surface: SURFACES[index % 2] ?? 'openai-chat',
      stream: index >= 20,
    }));
    const running = kinds.map(async (how) => ({ how, answer: await ask(url, how) }));
    await eventually(() => simulator.meter('alpha').concurrent, 30);

    child.kill('SIGTERM');
    await eventually(async () => (await send({ method: 'GET', url: `${url}/health/ready` })).status, 503);
    const late = await ask(url, { surface: 'openai-chat', stream: false, model: 'beta/steady-1' });
    expect(late.status).toBe(200);
    expect((await send({ method: 'GET', url: `${url}/health/live` })).status).toBe(200);

    const refused = await eventually(
      () => ask(url, { surface: 'openai-chat', stream: false, model: 'beta/steady-1' }),
      (answer) => answer.status === 503,
    );
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'gateway_draining' } });
    // Unlike an exhausted chain this is worth a retry, on a connection that leads to somebody else.
    expect(refused.headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '1', connection: 'close' });

    const seen = await Promise.all(running);
    expect(seen.filter(({ how, answer }) => !isWhole(answer, how))).toEqual([]);
    expect(await ended).toEqual([0, null]);
  }, 60_000);
});

describe('a second signal', () => {
  it('ends the process at once, with exit code 130', async () => {
    simulator.script('alpha', { fault: 'hang-before-headers' });
    gateway = await serve(configuration({ delay: '30s', grace: '30s' }), folder);
    const { url, child, ended } = gateway;
    const running = ask(url, { surface: 'openai-chat', stream: false });
    await eventually(() => simulator.meter('alpha').concurrent, 1);
    child.kill('SIGTERM');
    await eventually(async () => (await send({ method: 'GET', url: `${url}/health/ready` })).status, 503);
    // One that follows the first at once is its echo, as a terminal and a package runner send it, and is not obeyed.
    await eventually(
      () => {
        child.kill('SIGTERM');
        return child.exitCode;
      },
      (exitCode) => exitCode !== null,
    );
    expect(await ended).toEqual([130, null]);
    expect((await running).status).toBeUndefined();
  }, 60_000);
});
