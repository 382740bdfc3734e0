import { describe, expect, test } from 'vitest';
import { rateLimitResetMs, resetInMs, retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('the names that tell what remains', () => {
  test.each([
    ['x-ratelimit-remaining', 'x-ratelimit-reset'],
    ['ratelimit-remaining', 'ratelimit-reset'],
    ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
    ['ratelimitbysize-remaining', 'ratelimitbysize-reset'],
    ['x-ratelimitbysize-remaining-minute', 'x-ratelimitbysize-reset-minute'],
    ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ])('%s', (remaining, reset) => {
    expect(rateLimitResetMs({ [remaining]: '0', [reset]: '7' }, NOW)).toBe(7_000);
    expect(rateLimitResetMs({ [remaining]: '1', [reset]: '7' }, NOW)).toBeUndefined();
  });

  test.each([
    ['my-x-ratelimit-remaining', 'my-x-ratelimit-reset'],
    ['x-ratelimit-remainings', 'x-ratelimit-resets'],
    ['old-anthropic-ratelimit-tokens-remaining', 'old-anthropic-ratelimit-tokens-reset'],
    ['anthropic-ratelimit-tokens-remaining-here', 'anthropic-ratelimit-tokens-reset-here'],
    ['anthropic-ratelimit--remaining', 'anthropic-ratelimit--nothing'],
    ['anything', 'anything-else'],
  ])('%s is another', (remaining, reset) => {
    expect(rateLimitResetMs({ [remaining]: '0', [reset]: '7' }, NOW)).toBeUndefined();
  });

  test('only the last word of Anthropic’s names is exchanged', () => {
    const kind = 'anthropic-ratelimit-remaining-requests';
    expect(rateLimitResetMs({ [`${kind}-remaining`]: '0', [`${kind}-reset`]: '7' }, NOW)).toBe(7_000);
  });
});

describe('the header of the IETF', () => {
  const reset = (value: string) => rateLimitResetMs({ ratelimit: value }, NOW);

  test.each([
    ['"default";r=0;t=30', 30_000],
    ['"default"; r=0; t=30', 30_000],
    ['"default";  r=0  ;t=30  ', 30_000],
    ['"default";t=30 ;r=0 ', 30_000],
    ['"default";t=30  ;r=0  ', 30_000],
    ['"a";r=0;t=30, "b";r=0;t=40, "c";r=5;t=900', 40_000],
    ['"a";r=0;t=30;q=5', 30_000],
  ])('%s', (value, ms) => {
    expect(reset(value)).toBe(ms);
  });

  test.each([
    '"default";r=1;t=30',
    '"default";r=01;t=30',
    '"default";r=0x;t=30',
    '"default";xr=0;t=30',
    '"default";r=0;xt=30',
    '"default";r=0;t=30s',
    '"default";r=0;t=',
    '"default";r=0',
    '"default";r=0;t=1234567890',
  ])('%s tells nothing', (value) => {
    expect(reset(value)).toBeUndefined();
  });

  test('is read up to 128 characters, and up to eight limits', () => {
    const told = '"d";r=0;t=30';
    expect(reset(told.padEnd(128, ' '))).toBe(30_000);
    expect(reset(told.padEnd(129, ' '))).toBeUndefined();
    const full = Array.from({ length: 8 }, () => 'a;r=1').join(',');
    expect(reset(`${full},${told}`)).toBeUndefined();
  });
});

describe('when a limit is renewed', () => {
  test.each([
    ['1m0.198s', 60_198],
    ['6h0m0s', 21_600_000],
    ['52ms', 52],
    [' 52ms ', 52],
    ['1d', 86_400_000],
    ['2us', 0.002],
    ['2µs', 0.002],
    ['2ns', 0.000002],
    ['0s', 0],
    ['12', 12_000],
    ['999999999', 999_999_999_000],
    ['1e9', undefined],
    ['1000000000', 1e12 - NOW],
    ['99999999999', 99_999_999_999_000 - NOW],
    ['100000000000', 1e11 - NOW],
    ['2026-01-02T03:04:35Z', 30_000],
    [' 2026-01-02T03:04:35Z ', 30_000],
    ['', undefined],
    ['   ', undefined],
    ['s', undefined],
    ['.5s', undefined],
    ['5.s', undefined],
    ['.s', undefined],
    ['1.2.3s', undefined],
    ['1s2', undefined],
    ['1fortnight', undefined],
    ['1S', undefined],
    [undefined, undefined],
  ])('%j', (value, ms) => {
    const found = resetInMs(value, NOW);
    if (ms === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(ms, 6);
  });

  test('is read up to 128 characters', () => {
    expect(resetInMs(`${'0'.repeat(126)}1s`, NOW)).toBe(1_000);
    expect(resetInMs(`${'0'.repeat(127)}1s`, NOW)).toBeUndefined();
    expect(retryAfterMs({ 'retry-after': `${'0'.repeat(127)}1` }, NOW)).toBe(1_000);
    expect(retryAfterMs({ 'retry-after': `${'0'.repeat(128)}1` }, NOW)).toBeUndefined();
    expect(retryAfterMs({ 'retry-after': '+2.' }, NOW)).toBe(2_000);
  });
});
