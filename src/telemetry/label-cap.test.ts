import { describe, expect, it } from 'vitest';
import { LabelCap } from './label-cap.ts';

describe('a cap on label values', () => {
  it('lets the first names through for ever and calls all later ones other', () => {
    const cap = new LabelCap(2);
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map((name) => cap.of(name))).toEqual(['a', 'b', 'other', 'a', 'other', 'b']);
  });

  it.each([0, -1, Number.NaN])('a limit of %s is refused', (limit) => {
    expect(() => new LabelCap(limit)).toThrow(RangeError);
  });
});
