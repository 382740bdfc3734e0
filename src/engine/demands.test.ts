import { expect, it } from 'vitest';
import { MODEL_TIERS } from '../model/capability.ts';
import { isBelow } from './demands.ts';

it('tiers stand in a line, and vectors in none', () => {
  const below = MODEL_TIERS.flatMap((tier) =>
    MODEL_TIERS.filter((than) => isBelow(tier, than)).map((than) => `${tier} < ${than}`),
  );
  expect(below).toEqual(['standard < frontier', 'small < frontier', 'small < standard']);
});
