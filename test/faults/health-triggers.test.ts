import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { askBySdk, type Heard } from '../kit/sdk-caller.ts';
import { type Watch, watch } from '../kit/watch.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8');
/** The configuration that the page shows. */
const shown = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '').health;

let house: House | undefined;
let seen: Watch;

afterEach(async () => {
  await house?.close();
  house = undefined;
});

/** Starts with the health of the page, changed where a test cannot wait a minute. */
async function build(health: Record<string, unknown>, options: HouseOptions = {}): Promise<House> {
  seen = watch();
  house = await startHouse({
    observer: seen.observer,
    targets: ['alpha/steady-1', 'beta/steady-1'],
    timeouts: { headers: '20s', firstContent: '20s', gap: '20s' },
    failover: { primaryBudget: '20s', deadline: '60s' },
    health: { ...shown, ...health },
    ...options,
  });
  return house;
}

const ask = (at: House, stream = true): Promise<Heard> =>
  askBySdk(at.gateway.url, { surface: 'openai-chat', stream, model: 'reply', prompt: 'Hello' });
const servedBy = async (at: House, stream = true) => (await ask(at, stream)).understudy?.served_by;
const laneOf = (at: House) => {
  const { clock, lanes } = at.gateway.engine;
  return lanes.find('alpha/steady-1')?.snapshot(clock.now());
};

it('the configuration of the page is the one in force', async () => {
  const at = await build({});
  expect(await servedBy(at)).toBe('alpha/steady-1');
  expect(laneOf(at)?.latency.firstContent?.samples).toBe(1);
  expect(await servedBy(at, false)).toBe('alpha/steady-1');
  expect(laneOf(at)?.latency.total?.samples).toBe(1);
});

it('a primary whose streams begin too late is left, and the log says why', async () => {
  const at = await build({ slow: { ...shown.slow, firstContent: '40ms', for: '1s', samples: 3 } });
  at.simulator.script('alpha', { fault: 'slow-first-content', ms: 150 });
  const begun = performance.now();
  while ((await servedBy(at)) === 'alpha/steady-1') expect(performance.now() - begun).toBeLessThan(20_000);
  expect(performance.now() - begun).toBeGreaterThan(1_000);
  expect(seen.moves).toEqual(['alpha/steady-1 closed→open']);
  expect(laneOf(at)?.breaker).toMatchObject({ state: 'open', cause: 'slow' });
  expect(at.logs.join('')).toMatch(/"to":"open","cause":"slow"/);
}, 30_000);

it('a provider may call slow what the others do not', async () => {
  const at = await build(
    { slow: { for: '1s', samples: 3 } },
    { providers: { alpha: { slow: { firstContent: '40ms' } } } },
  );
  for (const provider of ['alpha', 'beta']) at.simulator.script(provider, { fault: 'slow-first-content', ms: 150 });
  const begun = performance.now();
  while ((await servedBy(at)) === 'alpha/steady-1') expect(performance.now() - begun).toBeLessThan(20_000);
  for (let i = 0; i < 12; i += 1) expect(await servedBy(at)).toBe('beta/steady-1');
  expect(seen.moves).toEqual(['alpha/steady-1 closed→open']);
}, 30_000);

const limits = (remaining: number) => ({
  'x-ratelimit-limit-requests': '100',
  'x-ratelimit-remaining-requests': String(remaining),
  'x-ratelimit-reset-requests': '60',
});

it.each([
  ['whole', false],
  ['streamed', true],
] as const)('a primary with nothing left but its reserve is passed over before its 429 (%s)', async (_, stream) => {
  const at = await build({});
  at.simulator.script('alpha', { fault: 'none', headers: limits(3) });
  expect(await servedBy(at, stream)).toBe('alpha/steady-1');
  expect(await servedBy(at, stream)).toBe('alpha/steady-1');
  at.simulator.script('alpha', { fault: 'none', headers: limits(2) });
  expect(await servedBy(at, stream)).toBe('alpha/steady-1');
  const heard = await ask(at, stream);
  expect(heard.understudy).toMatchObject({ served_by: 'beta/steady-1', degraded: true, cause: 'headroom' });
  expect(at.simulator.meter('alpha').requests).toBe(3);
  expect(laneOf(at)?.headroom).toMatchObject([{ name: 'requests', limit: 100, remaining: 2 }]);
});

it('without a reserve the last request is used', async () => {
  const at = await build({ headroom: { reserve: 0 } });
  at.simulator.script('alpha', { fault: 'none', headers: limits(1) });
  for (let i = 0; i < 3; i += 1) expect(await servedBy(at)).toBe('alpha/steady-1');
  at.simulator.script('alpha', { fault: 'none', headers: limits(0) });
  await ask(at);
  expect(await servedBy(at)).toBe('beta/steady-1');
});

it('nobody has headroom: one 429 that says when to come back, and the SDK does not ask again', async () => {
  const at = await build({}, { targets: ['alpha/steady-1'] });
  at.simulator.script('alpha', { fault: 'none', headers: limits(0) });
  expect(await servedBy(at)).toBe('alpha/steady-1');
  const heard = await ask(at);
  expect(heard.thrown).toMatchObject({ status: 429, code: 'all_targets_failed' });
  expect(heard.thrown?.targets).toMatchObject([{ target: 'alpha/steady-1', reason: 'headroom' }]);
  expect(heard.requests).toBe(1);
  expect(at.simulator.meter('alpha').requests).toBe(1);
});

it.each([
  [true, 2_000, 6_000],
  [false, 7_900, 20_000],
])(
  'time limits that follow the lane (enabled: %s)',
  async (enabled, least, most) => {
    const adaptiveTimeouts = { ...shown.adaptiveTimeouts, enabled, samples: 10 };
    const at = await build({ adaptiveTimeouts }, { failover: { primaryBudget: '8s', deadline: '60s' } });
    for (let i = 0; i < 10; i += 1) expect(await servedBy(at)).toBe('alpha/steady-1');
    at.simulator.script('alpha', { fault: 'hang-before-headers' });
    const begun = performance.now();
    expect(await servedBy(at)).toBe('beta/steady-1');
    expect(performance.now() - begun).toBeGreaterThan(least - 50);
    expect(performance.now() - begun).toBeLessThan(most);
  },
  60_000,
);
