import { describe, expect, it } from 'vitest';
import type { Failure } from '../model/failure.ts';
import { HttpFailure } from './http-failure.ts';
import { OpenStreams } from './open-streams.ts';

const nobody = () => {};

function refusal(call: () => unknown): Failure | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof HttpFailure) return error.failure;
    throw error;
  }
  return undefined;
}

describe('places', () => {
  it('are counted, and free again when left, once however often', () => {
    const open = new OpenStreams(2);
    const one = open.enter(nobody);
    const two = open.enter(nobody);
    one.leave();
    one.leave();
    expect(open.count).toBe(1);
    two.leave();
    expect(open.count).toBe(0);
  });

  it('beyond the limit are refused with a moment to come back', () => {
    const open = new OpenStreams(1);
    const one = open.enter(nobody);
    expect(refusal(() => open.enter(nobody))).toMatchObject({ status: 503, code: 'overloaded', retryAfterMs: 1_000 });
    one.leave();
    expect(refusal(() => open.enter(nobody))).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])('a limit of %s is refused', (limit) => {
    expect(() => new OpenStreams(limit)).toThrow(RangeError);
  });
});

describe('going down', () => {
  it('announced: readiness is to fail, and requests that still come are served', () => {
    const open = new OpenStreams(5);
    expect(open.draining).toBe(false);
    open.announceDrain();
    expect(open.draining).toBe(true);
    expect(refusal(() => open.enter(nobody))).toBeUndefined();
  });

  it('draining: everybody new is refused, and an announcement does not open the door again', () => {
    const open = new OpenStreams(5);
    open.drain();
    open.announceDrain();
    expect(refusal(() => open.enter(nobody))).toMatchObject({ code: 'gateway_draining', shouldRetry: true });
  });

  it('waits until the last one left', async () => {
    const open = new OpenStreams(5);
    const one = open.enter(nobody);
    const two = open.enter(nobody);
    const empty = open.empty(10_000);
    one.leave();
    expect(await Promise.race([empty, Promise.resolve('not yet')])).toBe('not yet');
    two.leave();
    expect(await empty).toBe(true);
    expect(await open.empty(10_000)).toBe(true);
  });

  it('waits no longer than it is told, and may wait again', async () => {
    const open = new OpenStreams(5);
    const one = open.enter(nobody);
    expect(await open.empty(5)).toBe(false);
    const again = open.empty(10_000);
    one.leave();
    expect(await again).toBe(true);
  });

  it('tells everybody who is still being served, and nobody who has left', () => {
    const open = new OpenStreams(5);
    const told: string[] = [];
    const one = open.enter(({ code }) => {
      told.push(`one ${code}`);
      // Whoever is told may leave at once.
      one.leave();
    });
    open.enter(({ code }) => told.push(`two ${code}`));
    open.enter(() => told.push('three')).leave();
    open.haltAll();
    expect(told).toEqual(['one gateway_draining', 'two gateway_draining']);
    expect(open.count).toBe(1);
  });
});
