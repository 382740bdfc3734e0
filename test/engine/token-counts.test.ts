import { describe, expect, it } from 'vitest';
import type { UpstreamRequest } from '../../src/engine/ports.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import { DEFAULT_QUIRKS } from '../../src/model/quirks.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const counting = { ...DEFAULT_QUIRKS, tokenCounter: 'openai-responses' } as const;
const withWindow = (contextWindow: number) => ({ ...UNKNOWN_CAPABILITIES, contextWindow });
/** Estimated at 10,004 tokens: within a fifth of this window, on either side of it. */
const long = chatRequest({ messages: [{ role: 'user', content: 'word '.repeat(10_000) }] });
const whole = { ...long, stream: false };
const A = routeTarget('alpha/one', { of: { capabilities: withWindow(10_000), quirks: counting } });
const B = routeTarget('beta/two');

const isCount = (request: UpstreamRequest) => request.path === '/responses/input_tokens';
const count = (tokens: number, afterMs = 0): Act => ({
  kind: 'json',
  value: { object: 'response.input_tokens', input_tokens: tokens },
  afterMs,
});
const ok = (text: string): Act => ({ kind: 'answer', text });

const usage = (tokens: number): Act => ({
  kind: 'json',
  value: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'one',
    choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 },
  },
});
function world(counter: () => Act, chat: () => Act = () => ok('from alpha')) {
  return engine({
    'alpha/one': (request) => (isCount(request) ? counter() : chat()),
    'beta/two': () => ok('from beta'),
  });
}

type World = ReturnType<typeof world>;
const serve = (one: World, request = long, over = route([A, B])) => one.clock.until(one.send(over, request).result);
const decisions = (one: World) => one.ledger.ended.at(-1)?.decisions ?? [];

describe('a request whose estimate is within the margin of the window', () => {
  it('counted and found to fit: the target is asked, and the count is on record', async () => {
    const one = world(() => count(9_990, 120));
    const result = await serve(one);
    expect(result.kind === 'served' && result.summary).toMatchObject({ servedBy: 'alpha/one', attempts: 1 });
    expect(decisions(one)).toContainEqual(
      expect.objectContaining({ type: 'counted', target: 'alpha/one', tokens: 9_990, estimated: 10_004, ms: 120 }),
    );
  });

  it('counted and found too long: the next target is asked without an attempt at this one', async () => {
    const one = world(() => count(10_001));
    const result = await serve(one);
    expect(result.kind === 'served' && result.summary).toMatchObject({ servedBy: 'beta/two', attempts: 1 });
    expect(one.upstream.to('alpha/one').every(isCount)).toBe(true);
    expect(decisions(one)).toContainEqual(
      expect.objectContaining({
        type: 'skipped',
        reason: 'context-window',
        detail: expect.stringContaining('counted by the provider'),
      }),
    );
  });

  it('what is asked for counts: the same input with a long answer does not fit', async () => {
    const one = world(() => count(9_000));
    const request = { ...long, maxOutputTokens: 1_001 };
    const result = await serve(one, request);
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
  });

  it.each([
    ['answers 500', { kind: 'status', status: 500 }],
    ['is not there', { kind: 'status', status: 404 }],
    ['answers something else', { kind: 'json', value: { hello: 'world' } }],
    ['hangs', { kind: 'hang' }],
  ] as const)('a counter that %s leaves the estimate to decide, and breaker and attempts alone', async (_, act) => {
    const one = world(() => act);
    const result = await serve(one);
    expect(result.kind === 'served' && result.summary).toMatchObject({ servedBy: 'alpha/one', attempts: 1 });
    expect(one.deps.lanes.find('alpha/one')?.snapshot(one.clock.now()).breaker).toMatchObject({ state: 'closed' });
    expect(decisions(one)).toContainEqual(expect.objectContaining({ type: 'not-counted', target: 'alpha/one' }));
    expect(one.moves).toEqual([]);
    expect(one.clock.pending).toBe(0);
  });

  it('a counter that hangs has a second and a half, no more', async () => {
    const one = world(() => ({ kind: 'hang' }));
    await serve(one);
    expect(one.clock.now()).toBe(1_500);
  });

  it('a counter that failed is left alone for a minute, one that is missing for an hour', async () => {
    for (const [status, restMs] of [
      [500, 60_000],
      [404, 3_600_000],
    ] as const) {
      const one = world(
        () => ({ kind: 'status', status }),
        () => usage(10_000),
      );
      const counts = () => one.upstream.to('alpha/one').filter(isCount).length;
      await serve(one, whole);
      await serve(one, whole);
      expect(counts()).toBe(1);
      await one.clock.advance(restMs - 10_000);
      await serve(one, whole);
      expect(counts()).toBe(1);
      await one.clock.advance(10_001);
      await serve(one, whole);
      expect(counts()).toBe(2);
    }
  });

  it('a lane that is shut is not asked for counts', async () => {
    const one = world(
      () => count(9_000),
      () => ({ kind: 'status', status: 429, headers: { 'retry-after': '60' } }),
    );
    await serve(one);
    await serve(one);
    expect(one.upstream.to('alpha/one').filter(isCount)).toHaveLength(1);
  });

  it('the count is not asked for again when the primary’s answer has to be tried again', async () => {
    let tries = 0;
    const one = world(
      () => count(9_000),
      () => (++tries < 3 ? { kind: 'status', status: 500 } : ok('at last')),
    );
    await serve(one);
    expect(one.upstream.to('alpha/one').filter(isCount)).toHaveLength(1);
  });

  it('no counter: the target is tried, and its window learned from what it says', async () => {
    const plain = routeTarget('alpha/one', { of: { capabilities: withWindow(10_000) } });
    const one = world(() => count(1));
    await serve(one, long, route([plain, B]));
    expect(one.upstream.to('alpha/one').some(isCount)).toBe(false);
    expect(one.upstream.to('alpha/one')).toHaveLength(1);
  });

  it('no time left for a count: none is asked for', async () => {
    const one = world(() => count(10_001));
    await serve(one, { ...long, options: { deadlineMs: 400 } });
    expect(one.upstream.to('alpha/one').some(isCount)).toBe(false);
  });
});

describe('what the lane learns', () => {
  const plain = routeTarget('alpha/one');

  it('the usage of an answer corrects the estimates of its lane, and of no other', async () => {
    const one = world(
      () => count(1),
      () => usage(13_000),
    );
    for (let i = 0; i < 6; i += 1) await serve(one, whole, route([plain, B]));
    const tokens = one.deps.lanes.find('alpha/one')?.tokens.snapshot();
    expect(tokens?.factor).toBeCloseTo(13_000 / 10_004, 3);
    expect(tokens).toMatchObject({ margin: 0.05, samples: 6 });
    expect(one.deps.lanes.find('beta/two')?.tokens.snapshot().samples ?? 0).toBe(0);
  });

  it('with a learned factor the same request is refused by a window that it seemed to fit', async () => {
    const one = world(
      () => count(1),
      () => usage(13_000),
    );
    for (let i = 0; i < 6; i += 1) await serve(one, whole, route([plain, B]));
    const small = routeTarget('alpha/one', { of: { capabilities: withWindow(12_000) } });
    const result = await serve(one, whole, route([small, B]));
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
  });

  it('a count teaches as well as a usage, and the usage of the same request is not taken twice', async () => {
    const one = world(
      () => count(9_000),
      () => usage(9_000),
    );
    await serve(one, whole);
    expect(one.deps.lanes.find('alpha/one')?.tokens.snapshot().samples).toBe(1);
  });

  it('what a provider adds by itself teaches nothing', async () => {
    const one = world(
      () => count(1),
      () => usage(30_000),
    );
    const searching = { ...whole, requires: [{ kind: 'ability', ability: 'web-search', field: 'tools[0]' }] } as const;
    await serve(one, searching, route([plain, B]));
    expect(one.deps.lanes.find('alpha/one')?.tokens.snapshot().samples).toBe(0);
  });

  it('short requests teach nothing', async () => {
    const one = world(
      () => count(1),
      () => usage(500),
    );
    await serve(one, { ...chatRequest(), stream: false }, route([plain, B]));
    expect(one.deps.lanes.find('alpha/one')?.tokens.snapshot().samples).toBe(0);
  });
});
