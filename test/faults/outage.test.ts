import { afterEach, describe, expect, it } from 'vitest';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
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
