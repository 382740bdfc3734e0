import { describe, expect, it } from 'vitest';
import type { UpstreamRequest } from '../../src/engine/ports.ts';
import type { CascadePolicy } from '../../src/engine/route.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const CHEAP = routeTarget('cheap/small');
const DEAR = routeTarget('dear/large');
const ok = (text: string, afterMs = 0): Act => ({ kind: 'answer', text, afterMs });
const down: Act = { kind: 'status', status: 503 };
const cascade = (over: Partial<CascadePolicy> = {}): CascadePolicy => ({
  kind: 'cascade',
  stepBudgetMs: 10_000,
  onRefusal: 'escalate',
  ...over,
});
const cheapFirst = (over: Partial<CascadePolicy> = {}) => route([CHEAP, DEAR], { policy: cascade(over), attempts: 1 });
const whole = (body: Record<string, unknown> = {}, options = {}) => chatRequest({ stream: false, ...body }, options);
const refusal = (text: string): Act => ({
  kind: 'json',
  value: {
    choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
  },
});
/** An answer whose tokens have these log probabilities. */
const unsure = (text: string, ...logprobs: number[]): Act => ({
  kind: 'json',
  value: {
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text },
        logprobs: { content: logprobs.map((logprob) => ({ token: 'a', logprob, bytes: null, top_logprobs: [] })) },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
  },
});
const steps = (world: ReturnType<typeof engine>, type: string) =>
  world.ledger.ended[0]?.decisions.filter((decision) => decision.type === type) ?? [];

describe('a cascade', () => {
  it('gives the answer of the cheapest target where nothing speaks against it', async () => {
    const world = engine({ 'cheap/small': () => ok('cheap'), 'dear/large': () => ok('dear') });
    const seen = world.send(cheapFirst());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'cheap/small', attempts: 1 } });
    expect(textOf(seen.events)).toBe('cheap');
    expect(world.upstream.to('dear/large')).toHaveLength(0);
  });

  it('asks the next when the answer breaks its contract, and both are billed', async () => {
    const world = engine({ 'cheap/small': () => ok('no JSON'), 'dear/large': () => ok('{"n":1}') });
    const seen = world.send(cheapFirst(), whole({ response_format: { type: 'json_object' } }));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ summary: { servedBy: 'dear/large', attempts: 2 } });
    expect(textOf(seen.events)).toBe('{"n":1}');
    expect(world.ledger.attempts.map(({ fault }) => fault?.kind)).toEqual(['contract-broken', undefined]);
  });

  it('is no degraded answer when a dearer target gives it, and no failover', async () => {
    const world = engine({ 'cheap/small': () => down, 'dear/large': () => ok('dear') });
    const result = await world.clock.until(world.send(cheapFirst()).result);
    expect(result.kind === 'served' && result.summary.degraded).toBeUndefined();
    expect(world.ledger.ended[0]?.failover).toBeUndefined();
  });

  it('nothing of a rejected answer reaches the caller of a stream', async () => {
    const world = engine({
      'cheap/small': () => ok('doubtful'),
      'dear/large': () => ok('certain'),
    });
    const seen = world.send(
      cheapFirst({ selfCheck: { ask: 'Right?', accept: 'yes', maxTokens: 16, withinMs: 1_000 } }),
    );
    await world.clock.until(seen.result);
    // The scripted check says what the answer said: not "yes".
    expect(textOf(seen.events)).toBe('certain');
    expect(steps(world, 'rejected')).toEqual([
      expect.objectContaining({ seq: 1, target: 'cheap/small', why: 'self-check: doubtful' }),
    ]);
  });

  it('asks the next when the model refuses, unless the route serves refusals', async () => {
    const ask = async (onRefusal: CascadePolicy['onRefusal']) => {
      const world = engine({ 'cheap/small': () => refusal('I will not.'), 'dear/large': () => ok('dear') });
      return world.clock.until(world.send(cheapFirst({ onRefusal }), whole()).result);
    };
    expect(await ask('escalate')).toMatchObject({ summary: { servedBy: 'dear/large', costUsd: 0.01 } });
    expect(await ask('serve')).toMatchObject({ summary: { servedBy: 'cheap/small', costUsd: 0.005 } });
  });

  it('every rejected answer is a row of its own with its cost and the reason', async () => {
    const world = engine({ 'cheap/small': () => refusal('I will not.'), 'dear/large': () => ok('dear') });
    await world.clock.until(world.send(cheapFirst(), whole()).result);
    expect(world.ledger.attempts).toMatchObject([
      { seq: 1, state: 'settled', costUsd: 0.005, verdict: 'rejected: refusal: stop' },
      { seq: 2, state: 'settled', costUsd: 0.005 },
    ]);
    expect(world.ledger.ended[0]).toMatchObject({ costUsd: 0.01, usage: { outputTokens: 5 } });
  });

  it('gives each target but the last its step, and goes on when that is over', async () => {
    const world = engine({ 'cheap/small': () => ok('late', 20_000), 'dear/large': () => ok('dear', 15_000) });
    const seen = world.send(cheapFirst({ stepBudgetMs: 2_000 }), whole());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'dear/large' } });
    expect(world.clock.now()).toBe(17_000);
  });

  it('a stream has the times of a whole answer, because it is held back whole', async () => {
    const world = engine({
      'cheap/small': () => down,
      'dear/large': () => ({ ...ok('long', 1_000), gapMs: 10_000, pieces: 4 }) as Act,
    });
    const seen = world.send(cheapFirst());
    expect(await world.clock.until(seen.result)).toMatchObject({ kind: 'served' });
    expect(world.clock.now()).toBe(41_000);
  });
});

describe('low log probabilities', () => {
  it.each([
    ['a low mean', { minMeanLogprob: -0.5 }, [-0.1, -1.5], 'low-logprobs: mean -0.80, below -0.5'],
    ['one unlikely token', { minTokenLogprob: -3 }, [-0.1, -4, -0.1], 'low-logprobs: least -4.00, below -3'],
  ])('%s rejects the answer', async (_, over, logprobs, why) => {
    const world = engine({ 'cheap/small': () => unsure('maybe', ...logprobs), 'dear/large': () => ok('sure') });
    expect(await world.clock.until(world.send(cheapFirst(over), whole()).result)).toMatchObject({
      summary: { servedBy: 'dear/large' },
    });
    expect(steps(world, 'rejected')).toEqual([expect.objectContaining({ why })]);
  });

  it('high ones do not, nor do none: silence is no doubt', async () => {
    for (const act of [unsure('sure', -0.1, -0.2), ok('silent')]) {
      const world = engine({ 'cheap/small': () => act, 'dear/large': () => ok('dear') });
      const sent = world.send(cheapFirst({ minMeanLogprob: -0.5, minTokenLogprob: -3 }), whole());
      expect(await world.clock.until(sent.result)).toMatchObject({ summary: { servedBy: 'cheap/small' } });
    }
  });

  it('are asked for where the policy looks at them and the target tells them, and the caller is not told of a loss', async () => {
    const bodies: UpstreamRequest['body'][] = [];
    const world = engine({
      'cheap/small': (request) => {
        bodies.push(request.body);
        return unsure('sure', -0.1);
      },
      'dear/large': () => ok('dear'),
    });
    const result = await world.clock.until(world.send(cheapFirst({ minMeanLogprob: -0.5 }), whole()).result);
    await world.clock.until(world.send(cheapFirst(), whole()).result);
    expect(bodies.map(({ logprobs }) => logprobs)).toEqual([true, undefined]);
    expect(result.kind === 'served' && result.summary.adapted).toEqual([]);
  });

  it('are not asked of a model that answers 400 to it', async () => {
    const { quirks } = CHEAP.target;
    const thinking = routeTarget('cheap/small', { of: { quirks: { ...quirks, sampling: false } } });
    const world = engine({ 'cheap/small': () => ok('cheap'), 'dear/large': () => ok('dear') });
    const policy = cascade({ minMeanLogprob: -0.5 });
    const result = await world.clock.until(world.send(route([thinking, DEAR], { policy }), whole()).result);
    expect(world.upstream.to('cheap/small')[0]?.body.logprobs).toBeUndefined();
    expect(result.kind === 'served' && result.summary.degraded).toBeUndefined();
  });
});

describe('a self-check', () => {
  const selfCheck = { ask: 'Is this right? Say yes or no.', accept: 'yes', maxTokens: 16, withinMs: 2_000 };
  const isCheck = (request: UpstreamRequest) => JSON.stringify(request.body).includes(selfCheck.ask);

  it.each([
    ['yes.', 'cheap/small'],
    ['"Yes, it is."', 'cheap/small'],
    ['No.', 'dear/large'],
  ])('that says %s leaves the answer to %s', async (said, servedBy) => {
    const world = engine({
      'cheap/small': (request) => (isCheck(request) ? ok(said) : ok('4')),
      'dear/large': () => ok('five'),
    });
    const seen = world.send(cheapFirst({ selfCheck }), whole());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy } });
    expect(textOf(seen.events)).toBe(servedBy === 'cheap/small' ? '4' : 'five');
    expect(steps(world, 'checked')).toHaveLength(1);
  });

  it('asks the same target about its answer in the operator’s words, and is billed', async () => {
    const world = engine({
      'cheap/small': (request) => (isCheck(request) ? ok('yes') : ok('4')),
      'dear/large': () => ok('five'),
    });
    const result = await world.clock.until(
      world.send(cheapFirst({ selfCheck }), whole({ tools: [], messages: [{ role: 'user', content: 'Two and two?' }] }))
        .result,
    );
    const [, check] = world.upstream.to('cheap/small');
    expect(check?.body).toMatchObject({
      messages: [
        { role: 'user', content: 'Two and two?' },
        { role: 'assistant', content: '4' },
        { role: 'user', content: selfCheck.ask },
      ],
    });
    expect(Object.entries(check?.body ?? {}).filter(([name]) => name.startsWith('max_'))).toEqual([
      [expect.any(String), 16],
    ]);
    expect(result).toMatchObject({ summary: { attempts: 2, costUsd: 0.01 } });
  });

  it('that cannot be made is no doubt', async () => {
    const world = engine({
      'cheap/small': (request) => (isCheck(request) ? { kind: 'hang' } : ok('4')),
      'dear/large': () => ok('five'),
    });
    expect(await world.clock.until(world.send(cheapFirst({ selfCheck }), whole()).result)).toMatchObject({
      summary: { servedBy: 'cheap/small' },
    });
    expect(world.clock.now()).toBe(2_000);
    expect(world.clock.pending).toBe(0);
  });

  it('is not made of the last target: there is nobody to ask instead', async () => {
    const world = engine({ 'cheap/small': () => down, 'dear/large': () => ok('five') });
    await world.clock.until(world.send(cheapFirst({ selfCheck }), whole()).result);
    expect(world.upstream.to('dear/large')).toHaveLength(1);
  });
});

describe('a doubted answer', () => {
  const unsureFirst = { 'cheap/small': () => unsure('maybe', -2), 'dear/large': () => down };
  const policy = { minMeanLogprob: -0.5 };

  it('is given, marked as degraded, when those after it do not serve: better than none', async () => {
    const world = engine(unsureFirst);
    const seen = world.send(cheapFirst(policy), whole());
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({
      kind: 'served',
      summary: {
        servedBy: 'cheap/small',
        degraded: { reason: 'unconfident', cause: 'low-logprobs', primary: 'dear/large' },
      },
    });
    expect(textOf(seen.events)).toBe('maybe');
    expect(world.ledger.ended[0]).toMatchObject({ outcome: 'served', servedBy: 'cheap/small' });
  });

  it('is not given to a caller that takes no degraded ones: the last target alone is asked', async () => {
    const world = engine(unsureFirst);
    const seen = world.send(cheapFirst(policy), whole({}, { quality: 'strict' }));
    expect(await world.clock.until(seen.result)).toMatchObject({
      kind: 'failed',
      failure: { targets: [{ target: 'cheap/small', reason: 'quality-strict' }, { target: 'dear/large' }] },
    });
    expect(world.upstream.to('cheap/small')).toHaveLength(0);
  });
});
