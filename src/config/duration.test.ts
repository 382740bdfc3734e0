import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { formatSize, parseSize } from './size.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['8s', 8_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['0s', 0],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['8', '', '8 s', '-8s', '1e3ms', '8S', '8sec', '.5s', 's'])('%j is no duration', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test('what is formatted reads as the same number', () => {
    fc.assert(
      fc.property(fc.nat(86_400_000), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  test('the longest unit that needs no fraction', () => {
    expect([7_500, 8_000, 60_000, 90_000, 3_600_000].map(formatDuration)).toEqual(['7500ms', '8s', '1m', '90s', '1h']);
  });
});

describe('sizes', () => {
  test.each([
    ['512B', 512],
    ['16KiB', 16_384],
    ['20MiB', 20_971_520],
    ['1GiB', 1_073_741_824],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['20MB', '20', '20 MiB', '-1B', 'MiB'])('%j is no size', (text) => expect(parseSize(text)).toBeUndefined());

  test('what is formatted reads as the same number', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});
