import { describe, expect, test } from 'vitest';
import type { QualitySample } from '../../src/engine/quality-watch.ts';
import type { Route } from '../../src/engine/route.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import { contractOf } from '../../src/quality/test-kit.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act, Script } from '../kit/scripted-upstream.ts';

const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const ok = (text: string): Act => ({ kind: 'answer', text });
const whole = (message: object, finish = 'stop'): Act => ({
  kind: 'json',
  value: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  },
});
const SHORT = contractOf({ length: { maxCharacters: 9 } });

/** The samples of one request, as `target score finding`. */
async function samplesOf(scripts: Record<string, Script>, over: Partial<Route>, request: ChatRequest) {
  const samples: QualitySample[] = [];
  const world = engine(scripts, {
    deps: { quality: { sample: (sample) => void samples.push(sample), rows: () => [] } },
  });
  const targets = [A, B].slice(0, Object.keys(scripts).length);
  const result = await world.clock.until(world.send(route(targets, over), request).result);
  const told = samples.map(({ target, score, finding }) => [target, score, ...(finding ? [finding] : [])].join(' '));
  return { told, result, world };
}

const plain = chatRequest({ stream: false });
const json = chatRequest({ stream: false, response_format: { type: 'json_object' } });

describe('an attempt gives one sample', () => {
  test.each<[string, ChatRequest, Partial<Route>, Act, string[]]>([
    ['nothing was asked of the answer', plain, {}, ok('Hello.'), []],
    ['a contract that was kept', plain, { contract: SHORT }, ok('Hello.'), ['alpha/one 1']],
    ['a contract that was broken', plain, { contract: SHORT }, ok('Hello, you.'), ['alpha/one 0 too-long']],
    ['JSON that was asked for', json, {}, ok('{}'), ['alpha/one 1']],
    ['JSON that was asked for and not given', json, {}, ok('No.'), ['alpha/one 0 json']],
    ['nothing at all', json, {}, ok(''), ['alpha/one 0 empty']],
    ['JSON that was repaired', json, { repairJson: true }, ok('So: {}'), ['alpha/one 1']],
    ['a refusal that is allowed', json, {}, whole({ content: null, refusal: 'No.' }), []],
    [
      'a refusal that is forbidden',
      json,
      { contract: contractOf({ refusal: 'forbidden' }) },
      whole({ content: null, refusal: 'No.' }),
      ['alpha/one 0 refusal'],
    ],
    ['a cut answer', json, {}, whole({ content: '{"a"' }, 'length'), []],
    ['an answer that never came', json, {}, { kind: 'status', status: 400 }, []],
  ])('%s', async (_, request, over, act, expected) => {
    const { told } = await samplesOf({ 'alpha/one': () => act }, { attempts: 1, ...over }, request);
    expect(told).toEqual(expected);
  });

  test('each of two, where the first is asked again in words of repair', async () => {
    const scripts = { 'alpha/one': (_: unknown, nth: number) => ok(nth === 1 ? 'No.' : '{}') };
    const { told } = await samplesOf(scripts, { repair: 'Only JSON.' }, json);
    expect(told).toEqual(['alpha/one 0 json', 'alpha/one 1']);
  });

  test('every target of a quorum that gave a whole answer', async () => {
    const quorum = {
      policy: { kind: 'quorum', size: 2, pick: 'best', share: 1, patienceMs: 100, grader: () => [1, 0] },
    } as const;
    const scripts = { 'alpha/one': () => ok('{}'), 'beta/two': () => ok('{}') };
    const { told } = await samplesOf(scripts, quorum, json);
    expect([...told].sort()).toEqual(['alpha/one 1', 'beta/two 1']);
  });

  test('the question of a cascade whether its answer is right gives none, and keeps no contract', async () => {
    const cascade = {
      contract: contractOf({ schema: { type: 'object' } }),
      policy: {
        kind: 'cascade',
        stepBudgetMs: 9_000,
        onRefusal: 'escalate',
        selfCheck: { ask: 'Is it right?', accept: 'yes', maxTokens: 5, withinMs: 5_000 },
      },
    } as const;
    const scripts = {
      'alpha/one': (_: unknown, nth: number) => ok(nth === 1 ? '{}' : 'no'),
      'beta/two': () => ok('{}'),
    };
    const { told, result, world } = await samplesOf(scripts, cascade, json);
    expect(told).toEqual(['alpha/one 1', 'beta/two 1']);
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
    expect(world.upstream.to('alpha/one')).toHaveLength(2);
  });
});

test('an answer that one target began and another ended is neither one’s', async () => {
  const text = 'A sentence that is long enough to be cut in its middle.';
  const fault = { kind: 'server-error', message: 'down' } as const;
  const scripts: Record<string, Script> = {
    'alpha/one': () => ({ kind: 'breaks', text, pieces: 2, fault }),
    'beta/two': () => ok(text),
  };
  const over = { contract: contractOf({ required: ['middle'] }), recovery: 'resume' } as const;
  const { told, result } = await samplesOf(scripts, over, chatRequest());
  expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
  expect(told).toEqual([]);
});

test('a repair that was asked for because a check failed would change nothing: the next target is asked', async () => {
  const contract = contractOf({
    checks: [{ kind: 'http', name: 'own', url: 'https://x.example', timeoutMs: 100, onFailure: 'break' }],
  });
  const scripts = { 'alpha/one': () => ok('Hello.'), 'beta/two': () => ok('Hello.') };
  const { told, world, result } = await samplesOf(scripts, { contract, repair: 'Again.' }, plain);
  expect(world.upstream.requests.map(({ target }) => target.id)).toEqual(['alpha/one', 'beta/two']);
  expect(result.kind).toBe('failed');
  expect(told).toEqual([]);
});

test('of several alternatives the first that breaks its contract is enough, and is told once', async () => {
  const chunk = (index: number, delta: object, finish: string | null = null) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index, delta, finish_reason: finish }],
  });
  const frames = [
    chunk(0, { role: 'assistant', content: 'far too long' }),
    chunk(0, {}, 'stop'),
    chunk(1, { role: 'assistant', content: 'short' }),
    chunk(1, {}, 'stop'),
  ].map((value) => ({ kind: 'sse' as const, data: JSON.stringify(value) }));
  const samples: QualitySample[] = [];
  const world = engine(
    {},
    {
      deps: {
        quality: { sample: (sample) => void samples.push(sample), rows: () => [] },
        upstream: {
          send: () =>
            Promise.resolve({
              kind: 'stream',
              status: 200,
              headers: {},
              frames: (async function* () {
                for (const frame of frames) yield [frame];
              })(),
            }),
        },
      },
    },
  );
  const over = route([A], { contract: SHORT, hold: { kind: 'whole-answer' }, attempts: 1 });
  const seen = world.send(over, chatRequest({ n: 2 }));
  expect((await world.clock.until(seen.result)).kind).toBe('failed');
  expect(seen.opened).toBeUndefined();
  expect(samples).toMatchObject([{ score: 0, finding: 'too-long' }]);
});
