import { describe, expect, it } from 'vitest';
import { chatRequest, target } from '../../test/kit/engine-kit.ts';
import { VirtualClock } from '../../test/kit/virtual-clock.ts';
import type { LaneEvent, LaneMinute } from '../engine/record.ts';
import type { Fault } from '../model/fault.ts';
import { LaneWatch } from './lane-watch.ts';

const MINUTE = 60_000;
const FAULT: Fault = { kind: 'server-error', status: 503, message: 'down' };

function watched() {
  const clock = new VirtualClock();
  clock.wallOffset = 1_700_000_040_000;
  const minutes: LaneMinute[] = [];
  const events: LaneEvent[] = [];
  const watch = new LaneWatch({
    clock,
    ledger: { laneMinute: (row) => minutes.push(row), laneMoved: (row) => events.push(row) },
  });
  const info = { requestId: 'r', seq: 1, route: 'reply' };
  const begin = (id: string) => watch.attemptBegun({ ...info, target: target(id), request: chatRequest() });
  const end = (id: string, tokens: number, fault?: Fault) =>
    watch.attemptEnded({
      ...info,
      target: target(id),
      ended: {
        requestId: 'r',
        seq: 1,
        state: 'settled',
        durationMs: 1,
        committed: true,
        usage: { inputTokens: tokens, outputTokens: 1 },
        ...(fault && { fault }),
      },
    });
  return { clock, minutes, events, watch, begin, end };
}

describe('what lanes carried', () => {
  it('is written when the minute is over: attempts, most at once, tokens', async () => {
    const { clock, minutes, begin, end } = watched();
    const at = clock.wallNow();
    await clock.advance(10_000);
    begin('a/1');
    begin('a/1');
    end('a/1', 100);
    begin('a/1');
    begin('b/1');
    await clock.advance(49_999);
    expect(minutes).toEqual([]);
    await clock.advance(1);
    expect(minutes).toEqual([
      { at, lane: 'a/1', attempts: 3, active: 2, tokens: 101 },
      { at, lane: 'b/1', attempts: 1, active: 1, tokens: 0 },
    ]);
  });

  it('counts what is still under way in the next minute, and nothing where nothing happens', async () => {
    const { clock, minutes, begin } = watched();
    begin('a/1');
    begin('a/1');
    await clock.advance(10 * MINUTE);
    expect(minutes).toHaveLength(1);
    expect(clock.pending).toBe(0);
    begin('a/1');
    await clock.advance(MINUTE);
    expect(minutes[1]).toMatchObject({ attempts: 1, active: 3 });
  });

  it('is written at the end, and later attempts arm no timer', () => {
    const { clock, minutes, watch, begin, end } = watched();
    begin('a/1');
    watch.close();
    expect(minutes).toHaveLength(1);
    end('a/1', 5);
    begin('a/1');
    expect(clock.pending).toBe(0);
  });
});

it('the last fault of a lane is kept, and moves of breakers are told with their cause', () => {
  const { clock, events, watch, begin, end } = watched();
  begin('a/1');
  end('a/1', 0, FAULT);
  begin('a/1');
  end('a/1', 10);
  expect(watch.lastFault('a/1')).toEqual({ kind: 'server-error', at: clock.wallNow() });
  expect(watch.lastFault('b/1')).toBeUndefined();
  watch.breakerMoved({ lane: 'a/1', from: 'closed', to: 'open', cause: 'failures' });
  expect(events).toEqual([{ at: clock.wallNow(), lane: 'a/1', from: 'closed', to: 'open', cause: 'failures' }]);
});
