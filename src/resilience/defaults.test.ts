import { expect, test } from 'vitest';
import { DEFAULT_BREAKER } from './breaker.ts';
import { RESILIENCE_DEFAULTS } from './defaults.ts';

const printed = (name: string) => RESILIENCE_DEFAULTS.find((entry) => entry.name === name)?.value;

test('every number of the breaker is among the defaults, under a name of its own', () => {
  const names = RESILIENCE_DEFAULTS.map((entry) => entry.name);
  expect(new Set(names).size).toBe(names.length);
  for (const option of Object.keys(DEFAULT_BREAKER)) expect(names).toContain(`breaker.${option}`);
});

test('values are printed with their units', () => {
  expect(printed('breaker.failureShare')).toBe('50 %');
  expect(printed('breaker.probeIntervalMs')).toBe('30 s');
  expect(printed('breaker.flatMs')).toBe('10 min');
  expect(printed('breaker.ramp')).toBe('1 %, 5 %, 25 %, 100 %, 7.5 s each');
  expect(printed('retryAfter.max')).toBe('24 h');
});

test('each has a reason of one sentence or more, and a source', () => {
  for (const { reason, source } of RESILIENCE_DEFAULTS) {
    expect(reason).toMatch(/^[A-Z].{20,}\.$/);
    expect(source).not.toBe('');
  }
});

test('the mechanisms that came with rate limits and speed are among them', () => {
  expect(printed('slow.firstContentMs, slow.tokenMs')).toBe('off');
  expect(printed('slow.well')).toBe('80 % of the threshold');
  expect(printed('headroom.reserve')).toBe('2 %');
  expect(printed('headroom.max')).toBe('5 min');
  expect(printed('adaptive.factor')).toBe('3 times the 99 % quantile');
  expect(printed('adaptive.floor')).toBe('headers 2 s, first content 4 s, gap 5 s');
  expect(printed('latency.windowMs')).toBe('5 min in 5 slices, quantiles within 5 %');
});
