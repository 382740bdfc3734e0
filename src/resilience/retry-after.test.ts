import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RETRY_AFTER_MS, rateLimitResetMs, retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('retry-after', () => {
  test.each([
    ['2', 2_000],
    ['0', 0],
    ['0.5', 500],
    ['.5', 500],
    [' 3 ', 3_000],
    ['-5', 0],
    ['7200', 7_200_000],
    ['99999999', MAX_RETRY_AFTER_MS],
    ['9'.repeat(100), MAX_RETRY_AFTER_MS],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['Friday, 02-Jan-26 03:04:35 GMT', 30_000],
    ['Fri Jan  2 03:04:35 2026', 30_000],
    ['2026-01-02T03:04:35Z', 30_000],
    ['2026-01-02T05:04:35.500+02:00', 30_500],
    ['Fri, 02 Jan 2026 03:00:00 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Fri, 02 Jan 2099 03:04:35 GMT', MAX_RETRY_AFTER_MS],
  ])('%j', (value, ms) => {
    expect(retryAfterMs({ 'retry-after': value }, NOW)).toBe(ms);
  });

  test.each([
    '',
    'abc',
    'abc 1',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1, 2',
    '12 s',
    '--1',
    '.',
    'Fri, 42 Jan 2026 03:04:35 GMT',
    'Fri, 02 Foo 2026 03:04:35 GMT',
    '2026-13-01T00:00:00Z',
    '1'.repeat(5_000),
  ])('ignores %j', (value) => {
    expect(retryAfterMs({ 'retry-after': value }, NOW)).toBeUndefined();
  });

  test('absent', () => {
    expect(retryAfterMs({}, NOW)).toBeUndefined();
  });

  test('milliseconds, in either header', () => {
    expect(retryAfterMs({ 'retry-after-ms': '250' }, NOW)).toBe(250);
    expect(retryAfterMs({ 'x-ms-retry-after-ms': '1250.5' }, NOW)).toBe(1_250.5);
    expect(retryAfterMs({ 'retry-after-ms': '-1' }, NOW)).toBe(0);
  });

  test('a second of one header beside zero milliseconds of another', () => {
    expect(retryAfterMs({ 'retry-after': '1', 'retry-after-ms': '0' }, NOW)).toBe(1_000);
    expect(retryAfterMs({ 'retry-after': 'soon', 'retry-after-ms': '40' }, NOW)).toBe(40);
  });

  test('a two-digit year far ahead is the past century', () => {
    expect(retryAfterMs({ 'retry-after': 'Friday, 02-Jan-77 03:04:35 GMT' }, NOW)).toBe(0);
    expect(retryAfterMs({ 'retry-after': 'Friday, 02-Jan-76 03:04:35 GMT' }, NOW)).toBe(MAX_RETRY_AFTER_MS);
  });

  test('is never negative, never above the limit, never NaN, whatever it is sent', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.stringMatching(/^[+-]?[0-9.:mshd, GMT-]{1,40}$/),
    );
    const names = fc.constantFrom(
      'retry-after',
      'retry-after-ms',
      'x-ms-retry-after-ms',
      'x-ratelimit-reset-tokens',
      'anthropic-ratelimit-tokens-reset',
    );
    fc.assert(
      fc.property(fc.dictionary(names, value), fc.integer({ min: 0, max: 4e12 }), (told, wallNow) => {
        const headers = { ...told, 'x-ratelimit-remaining-tokens': '0', 'anthropic-ratelimit-tokens-remaining': '0' };
        for (const ms of [retryAfterMs(headers, wallNow), rateLimitResetMs(headers, wallNow)]) {
          if (ms === undefined) continue;
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('rate limit resets', () => {
  const requests = (reset: string) => ({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': reset });

  test.each([
    ['1m0.198s', 60_198],
    ['52ms', 52],
    ['6h0m0s', 21_600_000],
    ['1d', MAX_RETRY_AFTER_MS],
    ['0s', 0],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['58.671932220458984', 58_671.932220458984],
    ['1', 1_000],
    [String(NOW / 1000 + 12), 12_000],
    [String(NOW + 12_000), 12_000],
    [String(NOW - 1), 0],
    ['2026-01-02T03:04:17Z', 12_000],
  ])('reset %j', (reset, ms) => {
    expect(rateLimitResetMs(requests(reset), NOW)).toBeCloseTo(ms, 6);
  });

  test.each(['', 'later', '5 parsecs', '1m 3s', 'm5'])('reset %j is ignored', (reset) => {
    expect(rateLimitResetMs(requests(reset), NOW)).toBeUndefined();
  });

  test('the latest of the kinds that are used up, the others do not count', () => {
    const headers = {
      ...requests('2s'),
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '7s',
      'x-ratelimit-remaining-tokens-day': '12',
      'x-ratelimit-reset-tokens-day': '9000',
    };
    expect(rateLimitResetMs(headers, NOW)).toBe(7_000);
  });

  test('something remains of every kind', () => {
    const headers = { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '2s' };
    expect(rateLimitResetMs(headers, NOW)).toBeUndefined();
  });

  test('a remaining of -1 means no limit', () => {
    const headers = { 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '60' };
    expect(rateLimitResetMs(headers, NOW)).toBeUndefined();
  });

  test('a kind that tells no reset', () => {
    expect(rateLimitResetMs({ 'x-ratelimit-remaining-requests': '0' }, NOW)).toBeUndefined();
  });

  test('headers without a kind', () => {
    expect(rateLimitResetMs({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 3_000) }, NOW)).toBe(
      3_000,
    );
  });

  test("names without x- (Hugging Face), and Mistral's limit by size", () => {
    expect(rateLimitResetMs({ 'ratelimit-remaining': '0', 'ratelimit-reset': '19' }, NOW)).toBe(19_000);
    expect(rateLimitResetMs({ 'ratelimitbysize-remaining': '0', 'ratelimitbysize-reset': '34' }, NOW)).toBe(34_000);
    expect(rateLimitResetMs({ 'ratelimitbysize-remaining': '5', 'ratelimitbysize-reset': '34' }, NOW)).toBeUndefined();
  });

  test.each([
    ['"default";r=0;t=30', 30_000],
    ['"minute";r=0;t=30, "day";r=0;t=4000', 4_000_000],
    ['"minute";r=7;t=30, "day";r=0;t=40', 40_000],
    ['"default";r=1;t=30', undefined],
    ['"default";r=0', undefined],
    ['nonsense', undefined],
    [`"default";r=0;t=30${' '.repeat(200)}`, undefined],
  ])('the form of the IETF: %s', (ratelimit, ms) => {
    expect(rateLimitResetMs({ ratelimit }, NOW)).toBe(ms);
  });

  test("Anthropic's kinds", () => {
    const headers = {
      'anthropic-ratelimit-requests-remaining': '3',
      'anthropic-ratelimit-requests-reset': '2026-01-02T04:00:00Z',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-01-02T03:04:45Z',
    };
    expect(rateLimitResetMs(headers, NOW)).toBe(40_000);
  });
});

const wire = process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire');

test('every reset that a provider was recorded to send is read', ({ skip }) => {
  if (!existsSync(wire)) skip(`no recorded traffic at ${wire}; set UNDERSTUDY_WIRE_DIR`);
  const resets = new Set<string>();
  for (const file of readdirSync(wire).filter((name) => name.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(wire, file), 'utf8').split('\n').filter(Boolean)) {
      const headers: Record<string, unknown> = JSON.parse(line).response?.headers ?? {};
      for (const [name, value] of Object.entries(headers)) {
        if (/^((x-)?ratelimit(bysize)?-reset|anthropic-ratelimit-.*-reset)/i.test(name)) resets.add(String(value));
      }
    }
  }
  expect(resets.size).toBeGreaterThan(20);
  const unread = [...resets].filter(
    (reset) => rateLimitResetMs({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }, NOW) === undefined,
  );
  expect(unread).toEqual([]);
});
