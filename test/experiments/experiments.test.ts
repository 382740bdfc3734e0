import { describe, expect, test, vi } from 'vitest';
import { EXPERIMENTS, experimentNamed } from '../../experiments/catalogue.ts';
import type { Measured } from '../../experiments/experiment.ts';
import { runJob } from '../../experiments/job.ts';
import { withRetries } from '../../experiments/sdk-client.ts';
import { play, type RequestSeen } from '../../experiments/world.ts';

// Seconds on an idle machine; a busy one is given more.
vi.setConfig({ testTimeout: 60_000 });

const known = new Map<string, Promise<Measured>>();

/** Each world is played once for all tests that look at it. */
function measure(experiment: string, arm: string, seed = 1): Promise<Measured> {
  const key = `${experiment}|${arm}|${seed}`;
  const measured = known.get(key) ?? runJob({ experiment, arm, seed, scale: 'small' });
  known.set(key, measured);
  return measured;
}

async function numberOf(experiment: string, arm: string, name: string, seed = 1): Promise<number> {
  const value = (await measure(experiment, arm, seed)).numbers[name];
  if (value === undefined) throw new Error(`no ${name}`);
  return value;
}

test.each(EXPERIMENTS.map(({ name }) => name))(
  '%s: the same seed gives the same figures, to the last digit',
  async (name) => {
    const arm = experimentNamed(name).arms[0] ?? '';
    const first = await measure(name, arm);
    const second = await runJob({ experiment: name, arm, seed: 1, scale: 'small' });
    expect(second).toEqual(first);
    expect(Object.values(first.numbers).every(Number.isFinite)).toBe(true);
  },
);

test('another seed gives other figures', async () => {
  expect(await measure('admission-gate', 'no gate', 1)).not.toEqual(await measure('admission-gate', 'no gate', 2));
});

// Months of these seeds begin with an outage or a brown-out.
test.each([3, 6])('a second target is never less available than one alone (seed %i)', async (seed) => {
  const single = await numberOf('availability', 'single', 'availability', seed);
  expect(await numberOf('availability', 'retry-and-shed', 'availability', seed)).toBeGreaterThanOrEqual(single);
  expect(await numberOf('availability', 'quorum of 2 for all', 'availability', seed)).toBeGreaterThanOrEqual(single);
  expect(single).toBeLessThanOrEqual(100);
});

test('a longer budget leaves more of a healthy primary’s slow answers to it', async () => {
  const short = await numberOf('primary-budget', 'frontier, 2 s', 'needless healthy');
  const long = await numberOf('primary-budget', 'frontier, 12 s', 'needless healthy');
  expect(short).toBeGreaterThan(5);
  expect(long).toBeLessThan(1);
});

test('a breaker keeps traffic off a dead primary, and a ramp brings it back later than none', async () => {
  const shipped = await measure('breaker', 'as shipped: 5 in a row, 30 s, ramp');
  expect(shipped.numbers.doomed).toBeLessThan(10);
  expect(await numberOf('breaker', 'no breaker', 'doomed')).toBeGreaterThan(90);
  const atOnce = await numberOf('breaker', '5 in a row, 30 s, no ramp', 'back after');
  expect(shipped.numbers['back after']).toBeGreaterThan(atOnce);
});

test('the header spares the providers what SDKs would send again', async () => {
  const bare = 'without breaker and retry budget: SDK above';
  expect(await numberOf('retry-layers', `${bare}, x-should-retry: false`, 'provider requests')).toBe(6);
  expect(await numberOf('retry-layers', `${bare}, no header`, 'provider requests')).toBe(18);
});

test('a fitted gate keeps a fallback from refusing', async () => {
  const open = await numberOf('admission-gate', 'no gate', 'refused by the fallback');
  expect(await numberOf('admission-gate', 'gate of 33, waits 3 s', 'refused by the fallback')).toBeLessThan(open);
});

test('the price of the fallback decides what an outage costs', async () => {
  const unbounded = await numberOf('outage-cost', 'hot-cold, no retry', 'extra');
  expect(unbounded).toBeGreaterThan(0);
  expect(await numberOf('outage-cost', 'retry-and-shed, cheaper fallback', 'extra')).toBeLessThan(unbounded);
});

test('an experiment or an arm that is not there is named', async () => {
  expect(() => experimentNamed('luck')).toThrow(/no experiment "luck"/);
  await expect(measure('availability', 'luck')).rejects.toThrow(/no arm "luck"/);
});

describe('an SDK above the gateway', () => {
  const seen = (over: Partial<RequestSeen>): RequestSeen => ({
    at: 0,
    endedAt: 0,
    outcome: 'failed',
    firstContentMs: undefined,
    servedBy: undefined,
    attempts: 1,
    settledUsd: 0,
    unknownUsd: 0,
    status: 503,
    shouldRetry: false,
    retryAfterMs: undefined,
    requests: 1,
    ...over,
  });

  async function requestsOf(over: Partial<RequestSeen>, header: boolean): Promise<number> {
    const { calls } = await play({
      seed: 1,
      providers: [{ name: 'primary', temper: {} }],
      from: 0,
      ms: 1_000,
      rate: () => 5,
      patient: true,
      client: (_, tools) => withRetries({ sdkTries: 3, appTries: 1, header }, () => Promise.resolve(seen(over)), tools),
    });
    return calls[0]?.requests ?? 0;
  }

  test.each([
    ['refused with 503 and the header', {}, true, 1],
    ['refused with 503, the header lost', {}, false, 3],
    ['refused with 400, the header lost', { status: 400 }, false, 1],
    ['cut off after it had part of the answer', { firstContentMs: 10 }, false, 1],
    ['answered', { outcome: 'served', status: undefined }, false, 1],
  ] as const)('%s', async (_, over, header, requests) => {
    expect(await requestsOf(over, header)).toBe(requests);
  });
});
