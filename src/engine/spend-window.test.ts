import { describe, expect, it } from 'vitest';
import { SpendWindow } from './spend-window.ts';

describe('what was used within a window', () => {
  it('adds up until the window is over, and begins anew with the next use', () => {
    const window = new SpendWindow(1_000);
    expect([window.used(50), window.resetsInMs(50)]).toEqual([0, 0]);
    expect(window.use(2, 100)).toBe(100);
    expect(window.use(3, 1_099)).toBe(100);
    expect([window.used(1_099), window.resetsInMs(1_099)]).toEqual([5, 1]);
    expect([window.used(1_100), window.resetsInMs(1_100)]).toEqual([0, 0]);
    expect(window.use(1, 1_500)).toBe(1_500);
    expect([window.used(2_499), window.resetsInMs(1_500)]).toEqual([1, 1_000]);
  });

  it('takes back what was too much, and never more than was used', () => {
    const window = new SpendWindow(1_000);
    const from = window.use(5, 0);
    window.correct(-2, from, 10);
    expect(window.used(10)).toBe(3);
    window.correct(-9, from, 10);
    expect(window.used(10)).toBe(0);
    window.correct(4, from, 10);
    expect(window.used(10)).toBe(4);
  });

  it('a correction that comes after the window counts where it adds, and gives nothing back to the next one', () => {
    const window = new SpendWindow(1_000);
    const from = window.use(5, 0);
    window.correct(2, from, 1_000);
    expect([window.used(1_000), window.resetsInMs(1_000)]).toEqual([2, 1_000]);
    window.correct(-5, from, 1_001);
    window.correct(1, from, 1_001);
    expect(window.used(1_001)).toBe(3);
  });

  it('has a length', () => expect(() => new SpendWindow(0)).toThrow('lengthMs must be a finite number above 0, got 0'));
});
