import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollingWindow } from './rolling-window.ts';

const TEN_SECONDS = { windowMs: 10_000, buckets: 10 };

describe('a rolling window', () => {
  test('forgets a bucket at a time', () => {
    const window = new RollingWindow(TEN_SECONDS, 5_000);
    window.record(false, 5_000);
    window.record(true, 6_500);
    expect(window.totals(14_999)).toEqual({ ok: 1, failed: 1 });
    expect(window.totals(15_000)).toEqual({ ok: 1, failed: 0 });
    expect(window.totals(16_000)).toEqual({ ok: 0, failed: 0 });
  });

  test('idle for an hour, it holds no old failures', () => {
    const window = new RollingWindow(TEN_SECONDS, 0);
    for (let now = 0; now < 10_000; now += 100) window.record(now % 1000 === 0, now);
    expect(window.totals(9_999)).toEqual({ ok: 10, failed: 90 });
    window.record(true, 3_600_000);
    expect(window.totals(3_600_000)).toEqual({ ok: 1, failed: 0 });
  });

  test('cleared', () => {
    const window = new RollingWindow(TEN_SECONDS, 0);
    window.record(false, 10);
    window.clear(20);
    expect(window.totals(20)).toEqual({ ok: 0, failed: 0 });
    window.record(false, 30);
    expect(window.totals(30)).toEqual({ ok: 0, failed: 1 });
  });

  test('holds exactly what a list of everything would hold', () => {
    const step = fc.record({ after: fc.nat(4_000), ok: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const window = new RollingWindow(TEN_SECONDS, 0);
        const all: { at: number; ok: boolean }[] = [];
        let now = 0;
        for (const { after, ok } of steps) {
          now += after;
          window.record(ok, now);
          all.push({ at: now, ok });
          const recent = all.filter(({ at }) => Math.floor(at / 1_000) > Math.floor(now / 1_000) - 10);
          expect(window.totals(now)).toEqual({
            ok: recent.filter((result) => result.ok).length,
            failed: recent.filter((result) => !result.ok).length,
          });
        }
      }),
    );
  });

  test.each([
    [0, 10, 'windowMs must be a finite number above 0, got 0'],
    [Number.NaN, 10, 'windowMs must be a finite number above 0, got NaN'],
    [1_000, 0, 'buckets must be an integer of 1 or more, got 0'],
    [1_000, 2.5, 'buckets must be an integer of 1 or more, got 2.5'],
  ])('refuses %s ms in %s buckets', (windowMs, buckets, message) => {
    expect(() => new RollingWindow({ windowMs, buckets }, 0)).toThrow(new RangeError(message));
  });
});
