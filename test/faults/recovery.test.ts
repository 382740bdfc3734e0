import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askBySdk, SURFACES, type Surface } from '../kit/sdk-caller.ts';

const TEXT = 'The giraffe is about five metres tall, and its tongue is half a metre long.';
const PROMPT = `[[answer: ${TEXT}]] How tall is a giraffe?`;
const CHAINS = [
  ['alpha', 'beta'],
  ['alpha', 'gamma'],
  ['beta', 'alpha'],
  ['beta', 'gamma'],
  ['gamma', 'alpha'],
  ['gamma', 'beta'],
] as const;
type Chain = (typeof CHAINS)[number];
const BREAKS: readonly Script[] = [
  { fault: 'cut', afterChunks: 4 },
  { fault: 'reset', afterChunks: 4 },
  { fault: 'stall', afterChunks: 4 },
  { fault: 'malformed-chunk', afterChunks: 4 },
];
const modelAt = (route: string) => `steady-${route}`;
const targetAt = (provider: string, route: string) => `${provider}/${modelAt(route)}`;
const MODES = ['resume', 'continue'] as const;
const WAYS = MODES.flatMap((mode) =>
  CHAINS.flatMap((chain, at) =>
    SURFACES.map((surface, which) => ({ mode, chain, surface, script: BREAKS[(at + which) % BREAKS.length] })),
  ),
);

let house: House;

const routeOf = (mode: string, [first, second]: Chain, surface: Surface) => `${mode}.${first}-${second}.${surface}`;

beforeAll(async () => {
  const routes: Record<string, unknown> = {};
  const prefill: Record<string, unknown> = {};
  const add = (route: string, [first, second]: Chain, recovery: string) => {
    prefill[modelAt(route)] = { abilities: { prefill: 'yes' } };
    routes[route] = {
      targets: [targetAt(first, route), targetAt(second, route)],
      timeouts: { gap: '300ms' },
      failover: { recovery },
    };
  };
  for (const { mode, chain, surface } of WAYS) add(routeOf(mode, chain, surface), chain, mode);
  for (const name of ['differs', 'breaks-again', 'tool-call', 'json']) add(name, ['alpha', 'beta'], 'resume');
  routes['no-prefill'] = {
    targets: ['alpha/steady-no-prefill', 'beta/steady-no-prefill'],
    failover: { recovery: 'continue' },
  };
  house = await startHouse({
    routes,
    // Of the hosts of Chat Completions those that go on at all want the message marked.
    providers: {
      alpha: { models: prefill, quirks: { prefill: 'prefix-flag' } },
      beta: { models: prefill },
      gamma: { models: prefill },
    },
  });
});

afterAll(() => house.close());

const rowOf = (headers: Headers) => house.reader.request(headers.get('x-understudy-request-id') ?? '');

describe.concurrent('an answer that breaks in the middle and is finished by another target', () => {
  it.each(WAYS)('$mode from $chain.0 to $chain.1, heard at $surface', async ({ mode, chain, surface, script }) => {
    const route = routeOf(mode, chain, surface);
    const [from, to] = chain.map((provider) => targetAt(provider, route));
    house.simulator.script(chain[0], script, { model: modelAt(route) });
    const heard = await askBySdk(house.gateway.url, { surface, stream: true, model: route, prompt: PROMPT });
    expect(heard.thrown).toBeUndefined();
    expect(heard.text).toBe(TEXT);
    expect(heard.finish).toBe(surface === 'openai-chat' ? 'stop' : 'end_turn');
    expect(heard.understudy).toMatchObject({ served_by: to, attempts: 2, degraded: true, degraded_reason: 'switched' });
    expect(heard.switches).toEqual([{ from, to, how: mode }]);
    const row = await rowOf(heard.headers);
    expect(row).toMatchObject({
      outcome: 'served',
      servedBy: to,
      degraded: { reason: 'switched', primary: from },
      failover: { primary: from, target: to },
      attemptRows: [
        { target: from, committed: true, state: 'unknown', verdict: `after the commit point: ${mode}` },
        { target: to, committed: true, state: 'settled' },
      ],
    });
    expect(row?.decisions).toContainEqual(expect.objectContaining({ type: 'switched', how: mode, target: to }));
  });
});

describe('an answer that breaks in the middle and cannot be finished', () => {
  const ask = (model: string, extra: Record<string, unknown> = {}) =>
    askBySdk(house.gateway.url, { surface: 'openai-chat', stream: true, model, prompt: PROMPT, extra });

  it('the other target’s answer differs: nothing of it is sent, and the SDK throws', async () => {
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 4 }, { model: 'steady-differs' });
    house.simulator.script('beta', { fault: 'none', answer: 'The giraffe was tall.' }, { model: 'steady-differs' });
    const heard = await ask('differs');
    expect(heard.thrown?.code).toBe('stream_interrupted');
    expect(heard.text).not.toBe('');
    expect(TEXT.startsWith(heard.text)).toBe(true);
    expect(heard.switches).toEqual([]);
    const row = await rowOf(heard.headers);
    expect(row).toMatchObject({
      outcome: 'interrupted',
      servedBy: 'alpha/steady-differs',
      attemptRows: [{ committed: true }, { committed: false, verdict: 'after the commit point: not joined' }],
    });
  });

  it('the other target breaks as well: one error, and no third voice', async () => {
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 4 }, { model: 'steady-breaks-again' });
    house.simulator.script('beta', { fault: 'cut', afterChunks: 8 }, { model: 'steady-breaks-again' });
    const heard = await ask('breaks-again');
    expect(heard.thrown?.code).toBe('stream_interrupted');
    expect(TEXT.startsWith(heard.text)).toBe(true);
    expect(heard.switches).toHaveLength(1);
    expect((await rowOf(heard.headers))?.outcome).toBe('interrupted');
  });

  it('`continue`: a target that is not known to take a prefill is not asked', async () => {
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 4 }, { model: 'steady-no-prefill' });
    const heard = await ask('no-prefill');
    expect(heard.thrown?.code).toBe('stream_interrupted');
    expect(house.simulator.meter('beta').byModel['steady-no-prefill']).toBeUndefined();
    const row = await rowOf(heard.headers);
    expect(row?.decisions).toContainEqual(
      expect.objectContaining({ type: 'skipped', target: 'beta/steady-no-prefill', reason: 'capability(prefill)' }),
    );
  });

  it('inside a tool call: never two halves of two calls', async () => {
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 2 }, { model: 'steady-tool-call' });
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const heard = await ask('tool-call', {
      messages: [{ role: 'user', content: '[[tool: get_weather {"city":"Rome, the eternal city"}]]' }],
      tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
    });
    expect(heard.thrown?.code).toBe('stream_interrupted');
    expect(house.simulator.meter('beta').byModel['steady-tool-call']).toBeUndefined();
  });

  it('a JSON answer: never two halves of two objects', async () => {
    house.simulator.script('alpha', { fault: 'cut', afterChunks: 2 }, { model: 'steady-json' });
    const heard = await ask('json', {
      messages: [{ role: 'user', content: 'Give JSON with "mood" and "score" please' }],
      response_format: { type: 'json_object' },
    });
    expect(heard.thrown?.code).toBe('stream_interrupted');
    expect(house.simulator.meter('beta').byModel['steady-json']).toBeUndefined();
  });
});
