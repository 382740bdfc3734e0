import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../test/kit/virtual-clock.ts';
import { enforceRetention, type Swept } from './retention.ts';

const HOUR = 3_600_000;

function watched(retention: Parameters<typeof enforceRetention>[0], fail = false) {
  const clock = new VirtualClock();
  const sweeps: string[] = [];
  const laneSweeps: string[] = [];
  const told: Swept[] = [];
  const sweep = (what: string) => async (beforeMs: number) => {
    sweeps.push(`${what} older than ${clock.wallNow() - beforeMs}`);
    if (fail) throw new Error('disk full');
    return sweeps.length === 1 ? 3 : 0;
  };
  const stop = enforceRetention(retention, {
    clock,
    ledger: {
      sweep: sweep('requests'),
      sweepConversations: sweep('conversations'),
      sweepLanes: async (beforeMs, minutesBeforeMs) => {
        const ages = [beforeMs, minutesBeforeMs].map((before) => (clock.wallNow() - before) / HOUR);
        laneSweeps.push(ages.join(' '));
        return 0;
      },
    },
    onSwept: (swept) => told.push(swept),
  });
  return { clock, sweeps, laneSweeps, told, stop };
}

describe('retention', () => {
  test('is enforced soon after the start and then every hour', async () => {
    const { clock, sweeps, told } = watched({ requestsMs: 90 * HOUR, conversationsMs: 30 * HOUR });
    await clock.advance(59_000);
    expect(sweeps).toEqual([]);
    await clock.advance(2_000);
    expect(sweeps).toEqual([`requests older than ${90 * HOUR}`, `conversations older than ${30 * HOUR}`]);
    expect(told).toEqual([{ what: 'requests', deleted: 3 }]);
    await clock.advance(3 * HOUR);
    expect(sweeps).toHaveLength(8);
  });

  test('without one for requests their rows stay', async () => {
    const { clock, sweeps } = watched({ conversationsMs: 30 * HOUR });
    await clock.advance(2 * HOUR);
    expect(sweeps).toEqual([`conversations older than ${30 * HOUR}`, `conversations older than ${30 * HOUR}`]);
  });

  test('of what happened to lanes is that of requests, and a week of what they carried is enough', async () => {
    const long = watched({ requestsMs: 900 * HOUR, conversationsMs: 30 * HOUR });
    await long.clock.advance(61_000);
    expect(long.laneSweeps).toEqual([`${900} ${8 * 24}`]);
    const short = watched({ requestsMs: 90 * HOUR, conversationsMs: 30 * HOUR });
    await short.clock.advance(61_000);
    expect(short.laneSweeps).toEqual([`${90} ${90}`]);
  });

  test('shorter than an hour is looked after as often', async () => {
    const { clock, sweeps } = watched({ conversationsMs: 5_000 });
    await clock.advance(20_500);
    expect(sweeps).toHaveLength(4);
  });

  test('a sweep that fails is told and tried again', async () => {
    const { clock, told } = watched({ conversationsMs: HOUR }, true);
    await clock.advance(2 * HOUR);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ what: 'conversations', error: new Error('disk full') });
  });

  test('ends when it is told to', async () => {
    const { clock, sweeps, stop } = watched({ conversationsMs: HOUR });
    stop();
    await clock.advance(5 * HOUR);
    expect(sweeps).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
