import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/kit/virtual-clock.ts';
import type { Failure } from '../model/failure.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import { isUpstreamFault } from './ports.ts';
import { Halt, haltBehind, Scope, sleep } from './scope.ts';

const FAILURE: Failure = {
  code: 'gateway_draining',
  status: 503,
  message: 'shutting down',
  shouldRetry: true,
  targets: [],
};

function faultOf(signal: StopSignal) {
  const reason: unknown = signal.reason;
  return isUpstreamFault(reason) ? reason.fault : undefined;
}

describe('a branch of the abort tree', () => {
  it('aborts with its parent, and says that the caller is gone', () => {
    const parent = new AbortController();
    const scope = new Scope(parent.signal);
    parent.abort();
    expect(faultOf(scope.signal)).toMatchObject({ kind: 'caller-gone', message: 'the caller closed the connection' });
    expect(haltBehind(parent.signal)).toBeUndefined();
  });

  it('of a parent that is aborted already is aborted from the start', () => {
    expect(new Scope(AbortSignal.abort()).signal.aborted).toBe(true);
  });

  it('says why when the gateway itself gave the request up', () => {
    const parent = new AbortController();
    const scope = new Scope(parent.signal);
    parent.abort(new Halt(FAILURE));
    expect(faultOf(scope.signal)).toEqual({ kind: 'caller-gone', message: 'shutting down' });
    expect(haltBehind(parent.signal)?.failure).toBe(FAILURE);
  });

  it('keeps its first reason', () => {
    const parent = new AbortController();
    const scope = new Scope(parent.signal);
    scope.abort({ kind: 'timed-out', clock: 'gap', message: 'late' });
    parent.abort();
    expect(faultOf(scope.signal)?.kind).toBe('timed-out');
  });

  it('lets go of its parent when closed', () => {
    const parent = new AbortController();
    const scope = new Scope(parent.signal);
    scope.close();
    parent.abort();
    expect(scope.signal.aborted).toBe(false);
  });
});

describe('a sleep', () => {
  it('lasts as long as it is told, on the clock that it is given', async () => {
    const clock = new VirtualClock();
    const slept = sleep(clock, 250, new AbortController().signal);
    expect(await clock.until(slept)).toBe(true);
    expect(clock.now()).toBe(250);
  });

  it('ends at once, without a timer left, when the signal says so', async () => {
    const clock = new VirtualClock();
    const gone = new AbortController();
    const slept = sleep(clock, 250, gone.signal);
    gone.abort();
    expect(await slept).toBe(false);
    expect(await sleep(clock, 250, gone.signal)).toBe(false);
    expect([clock.now(), clock.pending]).toEqual([0, 0]);
  });
});
