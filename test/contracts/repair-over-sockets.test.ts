import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { Script } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askIn, CALLERS, type Caller, type Came, textOf } from './four-callers.ts';

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const says = (answer: string): Script => ({ fault: 'none', answer });
const PROSE = 'Sure, here it is:\n```json\n{"n": 4,}\n```\nAnything else?';
const PROVIDERS = {
  'openai-chat': 'alpha',
  'anthropic-messages': 'beta',
  'gemini-generate': 'gamma',
  'openai-responses': 'omega',
};

const WAYS = CALLERS.flatMap((caller) =>
  CALLERS.flatMap((target) => [true, false].map((stream) => ({ caller, target, stream }))),
);
const nameOf = ({ caller, target, stream }: (typeof WAYS)[number]) => `${caller}.${target}.${stream}`;

let house: House;

beforeAll(async () => {
  const timeouts = { headers: '8s', firstContent: '8s', gap: '8s' };
  const route = (name: string, failover: Record<string, unknown>, first = 'alpha') => ({
    targets: [`${first}/steady-${name}`, `gamma/second-${name}`],
    failover: { hold: 'whole-answer', ...failover },
    contract: { schema: SCHEMA },
    timeouts,
  });
  house = await startHouse({
    routes: {
      ...Object.fromEntries(
        WAYS.map((way) => [nameOf(way), route(nameOf(way), { repair: 'json' }, PROVIDERS[way.target])]),
      ),
      ...Object.fromEntries(['cut', 'misfit', 'strict'].map((name) => [name, route(name, { repair: 'json' })])),
      none: route('none', {}),
      early: route('early', { repair: 'json', hold: 'first-content' }),
      both: route('both', { repair: { json: true, ask: 'Only the JSON.' } }),
      asked: { targets: ['alpha/steady-asked'], failover: { repair: 'json' }, timeouts },
    },
  });
});
afterAll(() => house.close());

const ask = (route: string, over: { caller?: Caller; stream?: boolean; extra?: Record<string, unknown> } = {}) =>
  askIn(house.gateway.url, { caller: 'openai-chat', stream: false, route, text: 'Which n? As JSON.', ...over });

async function explained({ requestId }: Came): Promise<string> {
  const stored = await house.reader.request(requestId);
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

describe('JSON in a fence, with prose around it and a comma too many', () => {
  it.each(WAYS)('asked in $caller of a target that speaks $target, stream $stream', async (way) => {
    const name = nameOf(way);
    house.simulator.script(PROVIDERS[way.target], says(PROSE), { model: `steady-${name}` });
    const came = await ask(name, way);
    expect(came.status).toBe(200);
    expect(JSON.parse(textOf(came))).toEqual({ n: 4 });
    expect(came.body).not.toContain('Sure');
    expect(came.body).not.toContain('```');
    expect(came.answer.finish).toBe('stop');
    // OpenAI tells the usage of a stream only to those who ask for it.
    if (way.caller !== 'openai-chat' || !way.stream) expect(came.answer.usage.outputTokens).toBeGreaterThan(0);
    expect(came.headers.get('x-understudy-attempts')).toBe('1');
    expect(came.headers.get('x-understudy-degraded')).toBe('true');
    expect(came.headers.get('x-understudy-degraded-reason')).toBe('adapted: answer');
    expect(Number(came.headers.get('x-understudy-adapted'))).toBeGreaterThan(0);
    expect(await explained(came)).toContain(
      'the JSON of attempt 1 was repaired: what stood around the JSON was taken away',
    );
  });
});

it('a request that asks for JSON by itself needs no contract to be repaired', async () => {
  house.simulator.script('alpha', says(PROSE), { model: 'steady-asked' });
  const came = await ask('asked', { extra: { response_format: { type: 'json_object' } } });
  expect(JSON.parse(textOf(came))).toEqual({ n: 4 });
});

describe('not repaired', () => {
  const goesOn = async (route: string, answer: string, over: Parameters<typeof ask>[1] = {}) => {
    house.simulator.script('alpha', says(answer), { model: `steady-${route}` });
    house.simulator.script('gamma', says('{"n":5}'), { model: `second-${route}` });
    const came = await ask(route, over);
    expect(await explained(came)).not.toContain('repaired');
    return came;
  };

  it('an object that does not close, though the answer says that it ended', async () => {
    expect(textOf(await goesOn('cut', 'Here: {"n": 4, "m": {"k": 1}'))).toBe('{"n":5}');
  });

  it('JSON that does not keep the schema once it is found', async () => {
    expect(textOf(await goesOn('misfit', 'Here: {"n": "four"}'))).toBe('{"n":5}');
  });

  it('where the route does not say so', async () => {
    expect(textOf(await goesOn('none', PROSE))).toBe('{"n":5}');
  });

  it('where part of it was given away', async () => {
    const came = await goesOn('early', PROSE, { stream: true });
    expect(came.body).toContain('contract_broken');
  });

  it('for a caller who takes nothing that was adapted', async () => {
    const came = await goesOn('strict', PROSE, { extra: { understudy: { quality: 'strict' } } });
    expect(came.status).toBe(503);
    expect(came.body).toContain('contract-broken');
  });
});

it('where putting it right does not help, the same target is asked again', async () => {
  house.simulator.script('alpha', [says('I think it is four.'), says(PROSE)], { model: 'steady-both' });
  const came = await ask('both');
  expect(JSON.parse(textOf(came))).toEqual({ n: 4 });
  expect(came.headers.get('x-understudy-served-by')).toBe('alpha/steady-both');
  expect(came.headers.get('x-understudy-attempts')).toBe('2');
});
