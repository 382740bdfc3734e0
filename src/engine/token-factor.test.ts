import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MIN_LEARNED_TOKENS, MIN_MARGIN, TokenFactor, UNLEARNED_MARGIN } from './token-factor.ts';

const learned = (...ratios: number[]) => {
  const factor = new TokenFactor();
  for (const ratio of ratios) factor.learn(10_000, 10_000 * ratio);
  return factor;
};

it('nothing learned: the estimate as it is, with the widest margin', () => {
  expect(new TokenFactor().snapshot()).toEqual({ factor: 1, margin: UNLEARNED_MARGIN, samples: 0 });
});

it('the first count is believed, later ones move the average', () => {
  expect(learned(1.3).factor).toBeCloseTo(1.3, 9);
  const moved = learned(1.3, 1.5).factor;
  expect(moved).toBeGreaterThan(1.3);
  expect(moved).toBeLessThan(1.4);
});

it('counts that agree narrow the margin, counts that scatter keep it wide', () => {
  expect(learned(1.3, 1.3, 1.3, 1.3, 1.3, 1.3).margin).toBe(MIN_MARGIN);
  expect(learned(1, 1.02, 0.98, 1.02, 0.98, 1.02).margin).toBeGreaterThan(MIN_MARGIN);
  expect(learned(1, 1.6, 0.7, 1.6, 0.7, 1.6).margin).toBe(UNLEARNED_MARGIN);
});

it('a new tokenizer behind the same name is followed within some ten counts', () => {
  const factor = learned(...Array<number>(20).fill(1));
  for (let i = 0; i < 12; i += 1) factor.learn(10_000, 13_000);
  expect(factor.factor).toBeGreaterThan(1.25);
});

it('small requests teach nothing, and neither do counts that make no sense', () => {
  const factor = new TokenFactor();
  factor.learn(MIN_LEARNED_TOKENS - 1, 9_000);
  for (const count of [0, -5, Number.NaN, Number.POSITIVE_INFINITY]) factor.learn(10_000, count);
  expect(factor.snapshot().samples).toBe(0);
});

it('a provider that counts everything twice over, or nothing, moves the factor no further than its bounds', () => {
  expect(learned(50, 50, 50).factor).toBe(2);
  expect(learned(0.001, 0.001).factor).toBeCloseTo(0.5, 9);
});

it('once a model is well known one comparison in thirty-two is wanted', () => {
  const factor = learned(...Array<number>(40).fill(1.1));
  const wanted = Array.from({ length: 320 }, () => factor.wants()).filter(Boolean).length;
  expect(wanted).toBe(10);
  expect(Array.from({ length: 5 }, () => new TokenFactor().wants())).not.toContain(false);
});

it('any counts: factor and margin stay within their bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 60 }), (counts) => {
      const factor = new TokenFactor();
      for (const [estimated, counted] of counts) factor.learn(estimated, counted);
      const { factor: value, margin } = factor.snapshot();
      expect(value).toBeGreaterThanOrEqual(0.5);
      expect(value).toBeLessThanOrEqual(2);
      expect(margin).toBeGreaterThanOrEqual(MIN_MARGIN);
      expect(margin).toBeLessThanOrEqual(UNLEARNED_MARGIN);
    }),
  );
});
