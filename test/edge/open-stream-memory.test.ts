import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startHandmadeProvider } from '../kit/handmade-provider.ts';

const STREAMS = 100;
const EVENTS = 150;
const KIB = 1024;

const chunk = (delta: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;

async function gatewayOf(providerUrl: string): Promise<{ readonly url: string; weigh(): Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-weight-'));
  const file = join(folder, 'understudy.yaml');
  const config = {
    // A machine that is busy with other tests is no reason to refuse.
    server: { port: 0, limits: { loopDelay: '10s' } },
    providers: { made: { dialect: 'openai-chat', baseUrl: `${providerUrl}/v1`, apiKey: 'env:MADE_KEY' } },
    routes: { r: { targets: ['made/m'] } },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
    telemetry: { logLevel: 'error' },
  };
  await writeFile(file, JSON.stringify(config));
  const module = fileURLToPath(new URL('weighed-gateway.mjs', import.meta.url));
  const child = fork(module, ['serve', '--config', file], {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    env: { PATH: process.env.PATH, MADE_KEY: 'made-key' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return { url: await addressOf(child), weigh: () => weightOf(child) };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`the gateway ended before it listened: ${said}`)));
  });
}

function weightOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (bytes) => resolve(bytes as number));
    child.send('weigh');
  });
}

/** Resolves once the first word is here; the stream stays open. */
function openStream(url: string, words: string): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json' },
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`refused with ${response.statusCode}`));
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('data', (text: string) => {
        if (text.includes('"word"')) resolve(asked);
      });
    });
    asked.end(JSON.stringify({ model: 'r', stream: true, messages: [{ role: 'user', content: words }] }));
  });
}

async function openStreams(url: string, count: number, words: string): Promise<ClientRequest[]> {
  const opened: ClientRequest[] = [];
  while (opened.length < count)
    opened.push(...(await Promise.all(Array.from({ length: 20 }, () => openStream(url, words)))));
  return opened;
}

test('what an open stream holds is bounded, and does not grow with its events', { timeout: 60_000 }, async () => {
  const open = new Set<{ write(text: string): void }>();
  const provider = await startHandmadeProvider((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ role: 'assistant', content: '' }) + chunk({ content: 'word' }));
    open.add(response);
  });
  onTestFinished(() => provider.stop());
  const { url, weigh } = await gatewayOf(provider.url);
  for (const one of await openStreams(url, 20, 'warm')) one.destroy();
  await new Promise((resolve) => setTimeout(resolve, 200));

  const before = await weigh();
  const streams = await openStreams(url, STREAMS, 'x'.repeat(1_000));
  const held = (await weigh()) - before;
  for (let event = 0; event < EVENTS; event += 1) {
    for (const one of open) one.write(chunk({ content: 'more ' }));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const heldLater = (await weigh()) - before;
  for (const one of streams) one.destroy();

  // A stream that lasts has thousands of events: each may leave its words, and little beside them.
  expect({ held: Math.round(held / STREAMS / KIB), grown: Math.round((heldLater - held) / STREAMS / KIB) }).toEqual({
    held: expect.toSatisfy((kib: number) => kib < 80),
    grown: expect.toSatisfy((kib: number) => kib < 18),
  });
});
