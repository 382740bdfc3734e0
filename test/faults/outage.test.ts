import { afterEach, describe, expect, it } from 'vitest';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { askBySdk, type Heard, SURFACES } from '../kit/sdk-caller.ts';
import { until, type Watch, watch } from '../kit/watch.ts';

const CALLERS = 100;
const PROBE_INTERVAL_MS = 1_000;
const RAMP_DWELL_MS = 250;
/** Four stages, and the jitter of a tenth on the probe's moment. */
const BACK_WITHIN_MS = PROBE_INTERVAL_MS * 1.1 + RAMP_DWELL_MS * 4;
/** What a loaded machine may add to a wait. */
const SLACK_MS = 4_000;
const TEXT = 'one two three four five six seven eight nine ten';

let house: House | undefined;
let seen: Watch;

afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function build(options: HouseOptions = {}): Promise<House> {
  seen = watch();
  house = await startHouse({
    observer: seen.observer,
    targets: ['alpha/steady-1', 'beta/steady-1'],
    // The clocks are not what is tested here, and a hundred callers on a busy machine must not meet them.
    timeouts: { headers: '20s', firstContent: '20s', gap: '20s' },
    failover: { recovery: 'resume', primaryBudget: '20s', deadline: '60s' },
    health: {
      breaker: { probeInterval: `${PROBE_INTERVAL_MS}ms`, probeIntervalMax: '2s', rampDwell: `${RAMP_DWELL_MS}ms` },
    },
    ...options,
  });
  return house;
}

/** Both surfaces, streams and whole answers, in turn. */
const askAs = (at: House, number: number): Promise<Heard> =>
  askBySdk(at.gateway.url, {
    surface: SURFACES[number % 2] ?? 'openai-chat',
    stream: number % 4 < 2,
    model: 'reply',
    prompt: `[[answer: ${TEXT}]] ${number}`,
  });

/** So many callers at once, each with so many requests one after the other. */
async function load(at: House, requestsEach: number, heard: Heard[] = []): Promise<Heard[]> {
  const caller = async (number: number) => {
    for (let round = 0; round < requestsEach; round += 1) heard.push(await askAs(at, number + round));
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));
  return heard;
}

function expectNoFailure(heard: readonly Heard[]): void {
  expect(heard.filter((one) => one.thrown !== undefined || one.text !== TEXT || one.requests !== 1)).toEqual([]);
}

async function expectLedgerWithout(
  at: House,
  outcomes: readonly ('failed' | 'interrupted' | 'running')[],
): Promise<void> {
  for (const outcome of outcomes) expect((await at.reader.requests({ limit: 5, outcome })).rows).toEqual([]);
}

const stateOf = (at: House) => {
  const { clock, lanes } = at.gateway.engine;
  return lanes.find('alpha/steady-1')?.breakerState(clock.now());
};

/** Twenty requests in a row that the primary served, and how long it took to get there. */
async function untilBack(at: House): Promise<number> {
  const from = performance.now();
  let inRow = 0;
  for (let number = 0; inRow < 20; number += 1) {
    const one = await askAs(at, number);
    expectNoFailure([one]);
    inRow = one.understudy?.served_by === 'alpha/steady-1' && stateOf(at) === 'closed' ? inRow + 1 : 0;
    if (performance.now() - from > 60_000) throw new Error(`the primary is not back: ${stateOf(at)}`);
  }
  return performance.now() - from;
}

describe('an outage under a hundred callers', () => {
  it('the primary is down from the start: nobody fails, the primary is spared, and traffic comes back', async () => {
    const at = await build();
    at.simulator.script('alpha', { fault: 'status', status: 503 });
    const begun = performance.now();
    const heard = await load(at, 3);
    const seconds = (performance.now() - begun) / 1_000;
    expectNoFailure(heard);
    expect(heard.every((one) => one.understudy?.served_by === 'beta/steady-1')).toBe(true);
    expect(heard.every((one) => one.understudy?.degraded === true)).toBe(true);
    expect(seen.moves[0]).toBe('alpha/steady-1 closed→open');
    // First attempts of those who came before the breaker opened, a fifth of them and one a second more, and the probes.
    const probes = Math.ceil(seconds / (PROBE_INTERVAL_MS * 0.0009)) + 1;
    const hits = at.simulator.meter('alpha').requests;
    expect(hits).toBeGreaterThanOrEqual(5);
    expect(hits).toBeLessThanOrEqual(CALLERS + CALLERS * 0.2 + 10 + seconds + probes);
    expect(hits, 'of the requests of the second and third round only probes').toBeLessThan(heard.length / 2);
    await expectLedgerWithout(at, ['failed', 'interrupted', 'running']);

    at.simulator.script('alpha', undefined);
    expect(await untilBack(at)).toBeLessThan(BACK_WITHIN_MS + SLACK_MS);
    expect(seen.moves.at(-1)).toMatch(/alpha\/steady-1 .*→closed/);
  }, 60_000);

  it('the primary crashes in the middle of its answers: whole ones are asked again, streams are finished elsewhere', async () => {
    const at = await build();
    at.simulator.script('alpha', { fault: 'none', chunkDelayMs: 60 });
    const heard: Heard[] = [];
    const loaded = load(at, 3, heard);
    await until(
      () => (heard.length >= CALLERS ? at.simulator.meter('alpha').openStreams : 0),
      (openStreams) => openStreams >= 10,
      30_000,
    );
    // By now the first of their words are out.
    await new Promise((later) => setTimeout(later, 200));
    at.simulator.crash('alpha');
    await loaded;
    expectNoFailure(heard);
    const by = (target: string) => heard.filter((one) => one.understudy?.served_by === target).length;
    expect(by('alpha/steady-1')).toBeGreaterThanOrEqual(CALLERS);
    expect(by('beta/steady-1')).toBeGreaterThan(0);
    expect(by('alpha/steady-1') + by('beta/steady-1')).toBe(heard.length);
    // The crash met answers that their callers had in part already.
    expect(heard.filter((one) => one.switches.length > 0).length).toBeGreaterThan(0);
    expect(seen.moves[0]).toBe('alpha/steady-1 closed→open');
    await expectLedgerWithout(at, ['failed', 'interrupted', 'running']);

    at.simulator.script('alpha', undefined);
    expect(await untilBack(at)).toBeLessThan(BACK_WITHIN_MS + SLACK_MS);
    const { clock, lanes } = at.gateway.engine;
    expect(lanes.snapshots(clock.now()).map(({ active, waiting }) => active + waiting)).toEqual([0, 0]);
  }, 60_000);
});

describe('a primary that comes back slowly', () => {
  it('two hundred callers cause one probe, and none of them waits for it', async () => {
    const answerMs = 3_000;
    const at = await build({
      health: { breaker: { probeInterval: '500ms', probeIntervalMax: '1s', rampDwell: '60s' } },
    });
    at.simulator.script('alpha', { fault: 'status', status: 503 });
    for (let number = 0; stateOf(at) !== 'open'; number += 1) expectNoFailure([await askAs(at, number)]);
    at.simulator.script('alpha', { fault: 'none', delayMs: answerMs });
    await until(
      () => stateOf(at),
      (state) => state === 'half-open',
    );
    at.simulator.resetMeters();
    const crowd = Promise.all(Array.from({ length: 200 }, (_, number) => askAs(at, number)));
    const served = await until(
      () => at.simulator.meter('beta').served,
      (count) => count >= 199,
      30_000,
    );
    expect(served).toBe(199);
    expect(at.simulator.meter('alpha')).toMatchObject({ requests: 1, concurrent: 1, maxConcurrent: 1 });
    expect(stateOf(at)).toBe('half-open');
    const heard = await crowd;
    expectNoFailure(heard);
    expect(heard.filter((one) => one.understudy?.served_by === 'alpha/steady-1')).toHaveLength(1);
    expect(stateOf(at)).toBe('ramping');
    expect(at.simulator.meter('alpha').maxConcurrent).toBe(1);
  }, 60_000);
});

const RATE = 50;
/** So little that even a machine that is too busy to send fifty a second sends it more than that. */
const SECONDARY = { atOnce: 4, perSecond: 8 };

/** A provider with a limit of requests a second, which it tells, and which notes what was sent beyond it. */
async function meteredProvider(answerMs: number) {
  const seen = { granted: 0, refused: 0, active: 0, most: 0 };
  let windowAt = performance.now();
  let used = 0;
  const provider = await startHandmadeProvider((response, model) => {
    const now = performance.now();
    if (now - windowAt >= 1_000) {
      windowAt = now;
      used = 0;
    }
    const remaining = Math.max(0, SECONDARY.perSecond - used - 1);
    const headers = {
      'content-type': 'application/json',
      'x-ratelimit-limit-requests': String(SECONDARY.perSecond),
      'x-ratelimit-remaining-requests': String(remaining),
      'x-ratelimit-reset-requests': String((windowAt + 1_000 - now) / 1_000),
    };
    if (used >= SECONDARY.perSecond) {
      seen.refused += 1;
      response.writeHead(429, { ...headers, 'retry-after': '1' }).end('{"error":{"message":"slow down"}}');
      return;
    }
    used += 1;
    seen.granted += 1;
    seen.active += 1;
    seen.most = Math.max(seen.most, seen.active);
    const message = { role: 'assistant', content: TEXT };
    const usage = { prompt_tokens: 3, completion_tokens: 10, total_tokens: 13 };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    const body = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices, usage };
    setTimeout(() => {
      seen.active -= 1;
      response.writeHead(200, headers).end(JSON.stringify(body));
    }, answerMs);
  });
  return { provider, seen };
}

describe('a 503 outage of the primary at fifty requests a second', () => {
  let secondary: HandmadeProvider | undefined;
  afterEach(async () => {
    await secondary?.stop();
    secondary = undefined;
  });

  it('spares the primary, opens its breaker at once, and never asks the secondary for more than it grants', async () => {
    const metered = await meteredProvider(40);
    secondary = metered.provider;
    const at = await build({
      targets: ['alpha/steady-1', { target: 'delta/steady-1', limits: { concurrency: SECONDARY.atOnce } }],
      providers: { delta: { dialect: 'openai-chat', baseUrl: `${secondary.url}/v1` } },
      failover: { primaryBudget: '5s', deadline: '20s' },
    });
    const ask = async () => {
      const response = await fetch(`${at.gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'reply', messages: [{ role: 'user', content: `[[answer: ${TEXT}]]` }] }),
      });
      return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.text() };
    };
    const traffic = async (ms: number) => {
      const asked: ReturnType<typeof ask>[] = [];
      const begun = performance.now();
      while (performance.now() - begun < ms) {
        asked.push(ask());
        await new Promise((later) => setTimeout(later, begun + asked.length * (1_000 / RATE) - performance.now()));
      }
      return Promise.all(asked);
    };
    await traffic(1_000);
    expect(at.simulator.meter('alpha').served).toBeGreaterThan(SECONDARY.perSecond / 2);
    at.simulator.resetMeters();
    at.simulator.script('alpha', { fault: 'status', status: 503 });
    const downAt = performance.now();
    let openedAfterMs = Number.POSITIVE_INFINITY;
    const watching = until(stateOf.bind(undefined, at), (state) => state === 'open', 10_000).then(() => {
      openedAfterMs = performance.now() - downAt;
    });
    const answers = await traffic(5_000);
    await watching;
    const seconds = (performance.now() - downAt) / 1_000;
    expect(openedAfterMs).toBeLessThan(2_000);
    const untilOpen = (openedAfterMs / 1_000) * RATE + 1;
    const probes = seen.moves.filter((move) => move === 'alpha/steady-1 open→half-open').length;
    const extra = at.simulator.meter('alpha').requests - untilOpen - probes;
    expect(extra).toBeLessThanOrEqual(seconds * (RATE * 0.2 + 1));
    expect(metered.seen.most).toBeLessThanOrEqual(SECONDARY.atOnce);
    // Two clocks count the second: a request at its very edge may fall on the other side.
    expect(metered.seen.refused).toBeLessThanOrEqual(2);
    expect(metered.seen.granted).toBeGreaterThan(SECONDARY.perSecond * 2);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBe(metered.seen.granted);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ status, retryAfter }) => (status === 503 || status === 429) && retryAfter !== null)).toBe(
      true,
    );

    seen.moves.length = 0;
    at.simulator.script('alpha', undefined);
    await traffic(BACK_WITHIN_MS + 1_500);
    expect(seen.moves.slice(-3)).toEqual([
      'alpha/steady-1 open→half-open',
      'alpha/steady-1 half-open→ramping',
      'alpha/steady-1 ramping→closed',
    ]);
    expect(JSON.parse((await ask()).body).understudy).toMatchObject({ served_by: 'alpha/steady-1' });
  }, 60_000);
});
