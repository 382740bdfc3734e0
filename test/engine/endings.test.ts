import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const A = routeTarget('alpha/one');

/** The signal that the provider's exchange hangs on, once the request is over. */
async function signalAfter(act: Act, stream: boolean) {
  const world = engine({ 'alpha/one': () => act });
  await world.clock.until(world.send(route([A], { attempts: 1 }), chatRequest({ stream })).result);
  expect(world.clock.pending).toBe(0);
  expect(world.upstream.active.get('alpha/one')).toBe(0);
  return world.upstream.to('alpha/one')[0]?.signal;
}

describe('a ledger that does not answer', () => {
  it('holds an answer back for five seconds, and no timer is left', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'answer', text: 'all of it' }) });
    world.ledger.hangs = true;
    const result = await world.clock.until(world.send(route([A], { audit: 'required' })).result);
    expect(result.kind === 'failed' && result.failure.code).toBe('ledger_unavailable');
    expect(world.clock.now()).toBe(5_000);
    expect(world.clock.pending).toBe(0);
  });

  it('that answers in time leaves no timer', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'answer', text: 'all of it' }) });
    const result = await world.clock.until(world.send(route([A], { audit: 'required' })).result);
    expect(result.kind).toBe('served');
    expect(world.clock.pending).toBe(0);
  });
});

describe('the end of an attempt', () => {
  it.each([true, false])('that was answered whole (stream: %s) leaves its exchange alone', async (stream) => {
    expect((await signalAfter({ kind: 'answer', text: 'all of it' }, stream))?.aborted).toBe(false);
  });

  it('that was cut off ends its exchange', async () => {
    const fault = { kind: 'bad-response', what: 'cut', message: 'cut' } as const;
    const signal = await signalAfter({ kind: 'breaks', text: 'only part of it', pieces: 2, fault }, true);
    expect(signal?.aborted).toBe(true);
  });

  it('that a clock ended ends its exchange', async () => {
    expect((await signalAfter({ kind: 'hang' }, true))?.aborted).toBe(true);
  });
});
