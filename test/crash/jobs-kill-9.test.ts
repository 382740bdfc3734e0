import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { openSqlite } from '../../src/storage/sqlite-driver.ts';
import { eventually } from '../kit/eventually.ts';
import { seededChance } from '../kit/seeded-chance.ts';
import { startReceiver, WEBHOOK_SECRET, type WebhookReceiver } from '../kit/webhook-receiver.ts';
import { type CompiledSources, compileSources } from './compiled-sources.ts';
import { type DieAt, GatewayProcess } from './gateway-process.ts';

const KILLS = 25;

let sources: CompiledSources;
let folder: string;
let simulator: Simulator;
let receiver: WebhookReceiver;
const processes: GatewayProcess[] = [];

beforeAll(() => {
  sources = compileSources();
  process.env.UNDERSTUDY_TEST_HOOK = WEBHOOK_SECRET;
}, 60_000);
afterAll(() => {
  sources.remove();
  delete process.env.UNDERSTUDY_TEST_HOOK;
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-jobs-'));
  simulator = await startSimulator();
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const process of processes.splice(0)) await process.kill();
  await simulator.stop();
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

function configuration(): object {
  return {
    server: { port: 0 },
    providers: { alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha') } },
    routes: {
      later: { targets: ['alpha/steady-1'], workload: 'background', defer: { when: 'on-request', concurrency: 4 } },
    },
    jobs: { lease: '20s' },
    webhooks: { ends: { url: receiver.url, secret: 'env:UNDERSTUDY_TEST_HOOK' } },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
  };
}

function spare(): GatewayProcess {
  const process = new GatewayProcess(sources.folder);
  processes.push(process);
  return process;
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly result: { readonly id: string } | null;
}

/** Submits under a key of its own until it is told that the job is stored, whoever dies meanwhile; undefined where nobody is there. */
async function submit(url: string, key: string): Promise<Job | undefined> {
  const request = { model: 'later', messages: [{ role: 'user', content: `Tell me about ${key}.` }] };
  try {
    const answer = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ request, dialect: 'openai-chat', webhook: 'ends' }),
    });
    return answer.status === 202 ? ((await answer.json()) as Job) : undefined;
  } catch {
    return undefined;
  }
}

async function jobsAt(url: string): Promise<readonly Job[]> {
  const found: Job[] = [];
  for (let after = ''; ; ) {
    const answer = await fetch(`${url}/v1/jobs?limit=100${after}`);
    const page = (await answer.json()) as { data: Job[]; has_more: boolean; last_id: string };
    found.push(...page.data);
    if (!page.has_more) return found;
    after = `&after=${page.last_id}`;
  }
}

const isOver = ({ state }: Job) => !['queued', 'held', 'running'].includes(state);

/** Everything that was accepted has exactly one answer, told by poll and by webhook alike. */
async function expectAnsweredOnce(url: string, accepted: ReadonlyMap<string, string>): Promise<readonly Job[]> {
  const jobs = await eventually(
    () => jobsAt(url),
    (seen) => seen.every(isOver),
    60_000,
  );
  expect(jobs.map(({ state }) => state)).toEqual(jobs.map(() => 'done'));
  const ids = new Set(jobs.map(({ id }) => id));
  expect(ids.size).toBe(jobs.length);
  for (const [key, id] of accepted) {
    expect(ids, `${key} was accepted and is not there`).toContain(id);
    // The same key is the same job for ever, and its answer never changes.
    expect(await submit(url, key)).toMatchObject({ id, state: 'done' });
  }
  const told = await eventually(
    () => new Map(receiver.received.map((message) => [message.data.id as string, message])),
    (seen) => seen.size === jobs.length,
    60_000,
  );
  for (const job of jobs) {
    const messages = receiver.received.filter(({ data }) => data.id === job.id);
    expect(new Set(messages.map(({ id }) => id)).size, 'one end is one message').toBe(1);
    for (const { data, type } of messages) {
      expect(type).toBe('job.done');
      expect(data.result).toEqual(job.result);
    }
  }
  expect(told.size).toBe(jobs.length);
  expect(receiver.refused).toEqual([]);
  return jobs;
}

function integrity(): unknown[] {
  const raw = openSqlite(join(folder, 'ledger.db'));
  try {
    return raw.prepare('pragma integrity_check').all([]);
  } finally {
    raw.close();
  }
}

describe('kill -9', () => {
  it(`at ${KILLS} random moments: every job that was accepted is answered once`, async () => {
    simulator.script('alpha', { fault: 'none', delayMs: 30, chunkDelayMs: 1 });
    const chance = seededChance(40);
    const accepted = new Map<string, string>();
    let next = spare();
    let keys = 0;
    let unsure = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const process = next;
      next = spare();
      const url = await process.start(configuration());
      let dying = false;
      const callers = Array.from({ length: 3 }, async () => {
        while (!dying) {
          keys += 1;
          const key = `key-${keys}`;
          const job = await submit(url, key);
          if (job) accepted.set(key, job.id);
          else unsure += 1;
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 100 + chance.next() * 400));
      dying = true;
      await process.kill();
      await Promise.all(callers);
    }
    const url = await next.start(configuration());
    const jobs = await expectAnsweredOnce(url, accepted);
    const asked = simulator.meter('alpha').requests;
    const again = jobs.filter(({ attempts }) => attempts > 1).length;
    process.stdout.write(
      `kill -9: ${accepted.size} jobs accepted, ${jobs.length} answered once, ${again} of them begun more than once, ` +
        `${asked} requests at the provider, ${receiver.received.length} messages to the webhook, ${unsure} submissions cut off\n`,
    );
    expect(jobs.length).toBeGreaterThan(KILLS * 2);
    expect(asked).toBeGreaterThanOrEqual(jobs.length);
    // At most what was running when its process died was asked for again: four places a kill.
    expect(asked).toBeLessThanOrEqual(jobs.length + KILLS * 4);
    // Kills that interrupt nothing would prove nothing.
    expect(again).toBeGreaterThan(KILLS / 2);
    expect(integrity()).toEqual([{ integrity_check: 'ok' }]);
  }, 180_000);

  const POINTS: readonly (readonly [string, DieAt, number])[] = [
    ['as soon as the job is taken', { event: 'requestBegun', after: 0 }, 1],
    ['before the provider is asked', { event: 'attemptBegun', after: 0 }, 1],
    ['when the provider has answered', { event: 'attemptEnded', after: 0 }, 2],
    ['when the answer is whole, and not stored', { event: 'requestEnded', after: 0 }, 2],
  ];
  it.each(POINTS)(
    '%s: the next process answers it',
    async (_, dieAt, asked) => {
      const first = spare();
      const second = spare();
      const url = await first.start(configuration(), dieAt);
      const job = await submit(url, 'one');
      await first.gone();
      const after = await second.start(configuration());
      // It may have died before its caller was told; the same key then finds or makes the job.
      const id = (job ?? (await submit(after, 'one')))?.id ?? '';
      const [only] = await expectAnsweredOnce(after, new Map([['one', id]]));
      expect(only?.attempts).toBe(2);
      expect(simulator.meter('alpha').requests).toBe(asked);
    },
    60_000,
  );

  it('while the provider works on it', async () => {
    simulator.script('alpha', { fault: 'none', delayMs: 1_500 });
    const first = spare();
    const second = spare();
    const job = await submit(await first.start(configuration()), 'one');
    await eventually(() => simulator.meter('alpha').concurrent, 1);
    await first.kill();
    const [only] = await expectAnsweredOnce(await second.start(configuration()), new Map([['one', job?.id ?? '']]));
    expect(only?.attempts).toBe(2);
  }, 60_000);

  it('when the webhook has the message and has not answered: it gets the same one again', async () => {
    receiver.answer = (nth) => (nth === 1 ? undefined : { status: 204 });
    const first = spare();
    const second = spare();
    const job = await submit(await first.start(configuration()), 'one');
    await eventually(() => receiver.received.length, 1);
    await first.kill();
    const url = await second.start(configuration());
    await eventually(() => receiver.received.length, 2, 30_000);
    await expectAnsweredOnce(url, new Map([['one', job?.id ?? '']]));
    expect(simulator.meter('alpha').requests).toBe(1);
  }, 60_000);

  it('of one of two processes on one file: the other takes over when the lease is over', async () => {
    simulator.script('alpha', { fault: 'none', delayMs: 3_000 });
    const [first, second] = [spare(), spare()];
    const [one, other] = [await first.start(configuration()), await second.start(configuration())];
    const accepted = new Map<string, string>();
    for (let at = 0; at < 6; at += 1) {
      const job = await submit(at % 2 === 0 ? one : other, `key-${at}`);
      if (job) accepted.set(`key-${at}`, job.id);
    }
    await eventually(
      () => simulator.meter('alpha').concurrent,
      (seen) => seen >= 4,
    );
    await first.kill();
    simulator.script('alpha', { fault: 'none' });
    expect(await expectAnsweredOnce(other, accepted)).toHaveLength(6);
  }, 120_000);
});
