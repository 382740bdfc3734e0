import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { openSqlite } from '../../src/storage/sqlite-driver.ts';
import { seededChance } from '../kit/seeded-chance.ts';
import { type CompiledSources, compileSources } from './compiled-sources.ts';
import { GatewayProcess } from './gateway-process.ts';

const KILLS = 8;
const CALLERS = 6;

let sources: CompiledSources;
let folder: string;
let simulator: Simulator;
const processes: GatewayProcess[] = [];

beforeAll(() => {
  sources = compileSources();
}, 60_000);
afterAll(() => sources.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-kept-'));
  simulator = await startSimulator();
  for (const name of ['alpha', 'beta']) simulator.script(name, { fault: 'none', delayMs: 5, chunkDelayMs: 1 });
});
afterEach(async () => {
  for (const process of processes.splice(0)) await process.kill();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function configuration(): object {
  return {
    server: { port: 0 },
    providers: {
      alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha') },
      beta: { dialect: 'anthropic-messages', baseUrl: simulator.baseUrl('anthropic-messages', 'beta') },
    },
    routes: { one: { targets: ['alpha/steady-1'] }, other: { targets: ['beta/steady-1'] } },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
  };
}

async function start(): Promise<{ process: GatewayProcess; url: string }> {
  const process = new GatewayProcess(sources.folder);
  processes.push(process);
  return { process, url: await process.start(configuration()) };
}

/** One caller's conversation, as far as it has seen the ends of answers. */
interface Talk {
  readonly name: string;
  readonly stream: boolean;
  /** By name, or by previous_response_id. */
  readonly conversation: string | undefined;
  /** Responses of which the end was seen, and what was said for them. */
  readonly seen: { readonly id: string; readonly said: string }[];
  /** Questions whose answers did not come to their end: they may have been kept. */
  readonly unsure: string[];
}

/** Asks; gives the id of the response once its end has been seen, undefined where it never was. */
function ask(url: string, body: Record<string, unknown>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request(`${url}/v1/responses`, { method: 'POST', headers, agent: false });
    // The gateway is killed under its callers: an error is how most of them hear of it.
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('response', (response) => {
      let text = '';
      const look = () => {
        const end = body.stream ? /event: response\.completed\ndata: (.*)\n\n/.exec(text)?.[1] : text;
        if (end === undefined || Buffer.byteLength(text) < Number(response.headers['content-length'] ?? 0)) return;
        try {
          const value = JSON.parse(end) as { id?: string; response?: { id?: string } };
          resolve(value.response?.id ?? value.id);
        } catch {
          // Not whole yet.
        }
      };
      response.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
        look();
      });
      response.on('error', () => resolve(undefined));
      response.on('close', () => resolve(undefined));
    });
    outgoing.end(JSON.stringify(body));
  });
}

async function talkOn(url: string, talk: Talk, stopped: () => boolean): Promise<void> {
  for (let turn = talk.seen.length + talk.unsure.length; !stopped(); turn += 1) {
    const said = `${talk.name} says word ${turn}.`;
    const from = talk.conversation
      ? { conversation: talk.conversation }
      : talk.seen.length > 0 && { previous_response_id: talk.seen.at(-1)?.id };
    const body = { model: turn % 2 === 0 ? 'one' : 'other', input: said, stream: talk.stream, ...from };
    const id = await ask(url, body);
    if (id === undefined) talk.unsure.push(said);
    else talk.seen.push({ id, said });
    // A conversation that the last gateway left in the middle of a request is nobody's any more.
    if (id === undefined) return;
  }
}

test(`kill -9, ${KILLS} times under load: every answer of which a caller saw the end can be gone on from`, async () => {
  const chance = seededChance(11);
  let { process, url } = await start();
  const client = () => new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 });
  const talks: Talk[] = [];
  for (let caller = 0; caller < CALLERS; caller += 1) {
    const conversation = caller % 2 === 0 ? (await client().conversations.create()).id : undefined;
    talks.push({ name: `caller ${caller}`, stream: caller % 4 < 2, conversation, seen: [], unsure: [] });
  }
  for (let kill = 0; kill < KILLS; kill += 1) {
    let stop = false;
    const before = talks.reduce((sum, { seen }) => sum + seen.length, 0);
    const running = talks.map((talk) => talkOn(url, talk, () => stop));
    const limit = performance.now() + 10_000;
    while (talks.reduce((sum, { seen }) => sum + seen.length, 0) < before + CALLERS && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, chance.next() * 150));
    await process.kill();
    stop = true;
    await Promise.all(running);
    ({ process, url } = await start());
  }
  let responses = 0;
  for (const talk of talks) {
    for (const { id } of talk.seen) expect((await client().responses.retrieve(id)).id).toBe(id);
    responses += talk.seen.length;
    const last = talk.seen.at(-1);
    if (!last) throw new Error(`${talk.name} was never answered`);
    const heard: string[] = [];
    for await (const item of client().responses.inputItems.list(last.id, { order: 'asc', limit: 100 })) {
      if (item.type === 'message' && item.role === 'user') heard.push(JSON.stringify(item.content));
    }
    // All that was said and seen, each once and in its order; of what was not seen to its end, the whole or nothing.
    const known = heard.filter((text) => talk.seen.some(({ said }) => text.includes(said)));
    expect(known.map((text) => talk.seen.findIndex(({ said }) => text.includes(`"${said}"`)))).toEqual(
      talk.seen.map((_, at) => at),
    );
    expect(heard.length - known.length).toBeLessThanOrEqual(talk.conversation ? talk.unsure.length : 0);
    const from = talk.conversation ? { conversation: talk.conversation } : { previous_response_id: last.id };
    expect(await client().responses.create({ model: 'one', input: 'Go on.', ...from })).toMatchObject({ store: true });
  }
  const raw = openSqlite(join(folder, 'ledger.db'));
  expect(raw.prepare('pragma integrity_check').all([])).toEqual([{ integrity_check: 'ok' }]);
  // An input without its answer would be a turn kept by half.
  const halves = raw.prepare(
    `select response from items where response is not null group by response
     having sum(side = 'input') = 0 or sum(side = 'output') = 0`,
  );
  expect(halves.all([])).toEqual([]);
  raw.close();
  const unsure = talks.reduce((sum, talk) => sum + talk.unsure.length, 0);
  globalThis.process.stdout.write(
    `kill -9: ${responses} kept responses read back, ${unsure} were not seen to their end\n`,
  );
  expect(responses).toBeGreaterThan(KILLS * CALLERS);
  // Kills that interrupt nothing would prove nothing.
  expect(unsure).toBeGreaterThan(KILLS / 2);
}, 180_000);
