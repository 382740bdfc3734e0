import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { openLedgerReader } from '../../src/storage/ledger-reader.ts';
import { type CompiledSources, compileSources } from '../crash/compiled-sources.ts';
import { eventually } from '../kit/eventually.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';
import { type ServedWorkers, type ServeOrder, serveWorkers } from './served-workers.ts';

const ADMIN = { authorization: 'Bearer admin-of-the-workers' };
const APP = { authorization: 'Bearer app-of-the-workers' };
/** More than twice as many as there are workers, so that each has some: every connection goes to the next worker. */
const EVERYBODY = 8;

let sources: CompiledSources;
let folder: string;
let simulator: Simulator;
let served: ServedWorkers;

beforeAll(async () => {
  sources = compileSources();
  folder = await mkdtemp(join(tmpdir(), 'understudy-workers-'));
  simulator = await startSimulator();
  served = await serveWorkers(order(configuration()));
}, 90_000);
afterEach(() => {
  for (const name of ['alpha', 'beta', 'gamma']) simulator.script(name, undefined);
});
afterAll(async () => {
  served?.keeper.kill('SIGKILL');
  await simulator?.stop();
  sources?.remove();
  await rm(folder, { recursive: true, force: true });
});

function order(config: object, workers = 2): ServeOrder {
  const env = { ADMIN_KEY: 'admin-of-the-workers', APP_KEY: 'app-of-the-workers', CAPPED_KEY: 'capped-caller-key' };
  return { sources: sources.folder, folder, config, workers, env };
}

function configuration(
  over: { readonly providers?: object; readonly ledger?: string; readonly more?: object } = {},
): object {
  const { providers, ledger = 'ledger.db', more } = over;
  const once = { attempts: 1 };
  return {
    server: {
      port: 0,
      adminKey: 'env:ADMIN_KEY',
      keys: [
        { name: 'app', key: 'env:APP_KEY' },
        { name: 'capped', key: 'env:CAPPED_KEY', rate: { perMinute: 3 } },
      ],
      drain: { grace: '20s' },
    },
    providers: {
      alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha') },
      beta: { dialect: 'anthropic-messages', baseUrl: simulator.baseUrl('anthropic-messages', 'beta') },
      gamma: { dialect: 'openai-responses', baseUrl: simulator.baseUrl('openai-responses', 'gamma') },
      ...providers,
    },
    routes: {
      reply: { targets: ['alpha/steady-1', 'beta/steady-1'], failover: once },
      held: { targets: ['beta/steady-2', 'alpha/steady-2'], failover: once },
      talk: { targets: ['gamma/steady-1'] },
      ...more,
    },
    health: { breaker: { consecutive: 4, probeInterval: '4s' } },
    storage: `sqlite:${join(folder, ledger)}`,
  };
}

function ask(model = 'reply', over: { stream?: boolean; headers?: Record<string, string> } = {}): Promise<RawAnswer> {
  const { stream = false, headers = APP } = over;
  return send({
    url: `${served.url}/v1/chat/completions`,
    headers,
    body: { model, stream, messages: [{ role: 'user', content: 'How tall is a giraffe?' }] },
  });
}

async function askEach(times: number, model = 'reply'): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  for (let i = 0; i < times; i += 1) answers.push(await ask(model));
  return answers;
}

const servedBy = (answers: readonly RawAnswer[]) =>
  new Set(answers.map(({ headers, status }) => headers['x-understudy-served-by'] ?? status));

const requests = (provider: string) => simulator.meter(provider).requests;

async function metric(name: string): Promise<number> {
  const { text } = await send({ method: 'GET', url: `${served.url}/metrics` });
  const found = text.split('\n').filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''));
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('two workers behind one address', () => {
  it('both serve, and whichever is asked tells the metrics of both', async () => {
    expect(served.workers()).toHaveLength(2);
    expect(servedBy(await askEach(EVERYBODY))).toEqual(new Set(['alpha/steady-1']));
    for (let i = 0; i < 3; i += 1) {
      expect(await metric('understudy_requests_total')).toBe(EVERYBODY);
      expect(await metric('understudy_request_duration_seconds_count')).toBe(EVERYBODY);
    }
    expect(await metric('understudy_workers')).toBe(2);
    const { text } = await send({ method: 'GET', url: `${served.url}/health/ready` });
    expect(JSON.parse(text)).toMatchObject({ status: 'ok', ledger: 'ok' });
  });

  it('faults that both met open the breaker for both, within 100 ms; then one probe is made, and not two', async () => {
    simulator.script('alpha', { fault: 'status', status: 503 });
    const before = requests('alpha');
    await askEach(4);
    await pause(100);
    expect(servedBy(await askEach(EVERYBODY))).toEqual(new Set(['beta/steady-1']));
    expect(requests('alpha') - before).toBe(4);
    // It answers again, slowly enough that everybody meets the probe under way.
    simulator.script('alpha', { fault: 'none', delayMs: 700 });
    const asked = requests('alpha');
    await eventually(
      async () => {
        void ask();
        await pause(20);
        return requests('alpha') - asked;
      },
      (made) => made > 0,
    );
    const burst = await Promise.all(Array.from({ length: EVERYBODY }, () => ask()));
    expect(servedBy(burst)).toEqual(new Set(['beta/steady-1']));
    expect(requests('alpha') - asked).toBe(1);
    await send({ url: `${served.url}/admin/targets/alpha/steady-1/breaker-close`, headers: ADMIN, body: {} });
  });

  it('a 429 with a wait that one met holds both back', async () => {
    simulator.script('beta', { fault: 'rate-limited', retryAfter: '30' });
    const before = requests('beta');
    expect(servedBy(await askEach(1, 'held'))).toEqual(new Set(['alpha/steady-2']));
    await pause(100);
    expect(servedBy(await askEach(EVERYBODY, 'held'))).toEqual(new Set(['alpha/steady-2']));
    expect(requests('beta') - before).toBe(1);
  });

  it('an order given to one stands at both, is shown by both, and is taken back at both', async () => {
    const order = (action: string) =>
      send({ url: `${served.url}/admin/targets/alpha/steady-1/${action}`, headers: ADMIN, body: {} });
    expect((await order('drain')).status).toBe(200);
    await pause(100);
    expect(servedBy(await askEach(EVERYBODY))).toEqual(new Set(['beta/steady-1']));
    for (let i = 0; i < 2; i += 1) {
      const { text } = await send({ method: 'GET', url: `${served.url}/admin/targets`, headers: ADMIN });
      const rows = (JSON.parse(text) as { targets: { target: string; health: { drained?: unknown } | null }[] })
        .targets;
      expect(rows.find(({ target }) => target === 'alpha/steady-1')?.health?.drained).toBeDefined();
    }
    expect((await order('undrain')).status).toBe(200);
    await pause(100);
    expect(servedBy(await askEach(EVERYBODY))).toEqual(new Set(['alpha/steady-1']));
  });

  it('a caller’s rate is one for both', async () => {
    const answers: (number | undefined)[] = [];
    for (let i = 0; i < 6; i += 1) {
      answers.push((await ask('reply', { headers: { authorization: 'Bearer capped-caller-key' } })).status);
      await pause(30);
    }
    expect(answers).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it('two requests that go on with one conversation at the same moment are not both let', async () => {
    const made = await send({ url: `${served.url}/v1/conversations`, headers: APP, body: {} });
    const { id } = JSON.parse(made.text) as { id: string };
    simulator.script('gamma', { fault: 'none', delayMs: 500 });
    const turn = () =>
      send({
        url: `${served.url}/v1/responses`,
        headers: APP,
        body: { model: 'talk', conversation: id, input: 'And then?' },
      });
    const both = await Promise.all([turn(), turn()]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await turn()).status).toBe(200);
  });

  it('SIGHUP has both take the new configuration, and a bad one neither', async () => {
    const file = join(folder, 'understudy.yaml');
    const second = { second: { targets: ['beta/steady-3'] } };
    const told = async () => [(await ask('second')).status, (await ask('second')).status, (await ask('reply')).status];
    await writeFile(file, JSON.stringify({ ...configuration({ more: second }), health: 'none' }));
    served.keeper.kill('SIGHUP');
    await eventually(served.complaints, (said) => said.includes('the configuration was refused'));
    expect(await told()).toEqual([404, 404, 200]);
    await writeFile(file, JSON.stringify(configuration({ more: second })));
    served.keeper.kill('SIGHUP');
    await eventually(told, [200, 200, 200]);
  });

  it('kill -9 of one under load costs its own requests and no other, and it is replaced', async () => {
    simulator.script('alpha', { fault: 'none', delayMs: 400 });
    const before = requests('alpha');
    const load = Array.from({ length: 30 }, () => ask());
    await eventually(() => requests('alpha') - before, 30);
    const [victim] = served.workers();
    if (victim === undefined) throw new Error('there are two workers');
    const killedAt = performance.now();
    process.kill(victim, 'SIGKILL');
    const answers = await Promise.all(load);
    const whole = answers.filter(({ status, ending }) => status === 200 && ending === 'end');
    const lost = answers.length - whole.length;
    expect(lost).toBeGreaterThan(0);
    expect(whole.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== undefined && status !== 200)).toEqual([]);
    // Whoever comes meanwhile is served by the other.
    expect((await askEach(4)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await eventually(() => metric('understudy_workers'), 2, 30_000);
    console.log(`  a worker that was killed is replaced after ${Math.round(performance.now() - killedAt)} ms`);
    expect(await metric('understudy_worker_restarts_total')).toBe(1);
    expect(served.complaints()).toContain('a worker has died and is replaced');
    const reader = openLedgerReader({ file: join(folder, 'ledger.db') });
    try {
      const unknown = async () => (await reader.requests({ limit: 200, outcome: 'unknown' })).rows.length;
      // Nobody else's; of its own, those whose beginning was durable.
      await eventually(unknown, (marked) => marked > 0 && marked <= lost);
      const { rows } = await reader.requests({ limit: 200, outcome: 'served' });
      const ids = new Set(rows.map(({ requestId }) => requestId));
      expect(whole.filter(({ headers }) => !ids.has(String(headers['x-understudy-request-id'])))).toEqual([]);
    } finally {
      reader.close();
    }
  }, 60_000);

  it('SIGTERM drains both: nobody who is being served is cut, and the exit code is 0', async () => {
    simulator.script('alpha', { fault: 'none', delayMs: 500, chunkDelayMs: 20 });
    const before = requests('alpha');
    const running = Array.from({ length: 16 }, (_, at) => ask('reply', { stream: at % 2 === 0 }));
    await eventually(() => requests('alpha') - before, 16);
    served.keeper.kill('SIGTERM');
    const seen = await Promise.all(running);
    expect(seen.filter(({ status, ending }) => status !== 200 || ending !== 'end')).toEqual([]);
    expect(await served.ended).toEqual([0, null]);
    expect(served.workers()).toEqual([]);
  }, 60_000);
});

describe('when the keeper is gone', () => {
  it('so are its workers, and nobody answers at the address', async () => {
    const other = await serveWorkers(order(configuration({ ledger: 'other.db' })));
    const workers = other.workers();
    expect(workers).toHaveLength(2);
    other.keeper.kill('SIGKILL');
    await eventually(() => workers.filter(isThere), []);
    expect((await send({ method: 'GET', url: `${other.url}/health/live` })).status).toBeUndefined();
  }, 60_000);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
