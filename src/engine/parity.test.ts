import { describe, expect, it } from 'vitest';
import { route, routeTarget } from '../../test/kit/engine-kit.ts';
import { NO_DEMANDS, type ParityRule } from './demands.ts';
import { operatorsWord } from './parity.ts';

const target = routeTarget('beta/two');
const END = Date.UTC(2026, 11, 31);

function verdict(parity: ParityRule, now = 0) {
  return operatorsWord(() => now).verdict({
    route: route([routeTarget('alpha/one'), target], { demands: { ...NO_DEMANDS, parity } }),
    target: target.target,
  });
}

const accepted = (until?: number): ParityRule => ({
  mode: 'tolerant',
  accepted: [{ target: 'beta/two', reason: 'read 40 answers', ...(until !== undefined && { until }) }],
});

describe('the word of an operator', () => {
  it('passes until it ends, and says whose word it is', () => {
    expect(verdict(accepted(END), END - 1)).toEqual({
      verdict: 'pass',
      because: "the operator's word until 2026-12-31T00:00:00.000Z: read 40 answers",
    });
    expect(verdict(accepted(END), END)).toEqual({
      verdict: 'stale',
      because: "the operator's word ended at 2026-12-31T00:00:00.000Z",
    });
  });

  it('without an end passes for ever', () => {
    expect(verdict(accepted(), Number.MAX_SAFE_INTEGER)).toEqual({
      verdict: 'pass',
      because: "the operator's word: read 40 answers",
    });
  });

  it('holds for the target that it names alone', () => {
    const other: ParityRule = {
      mode: 'strict',
      allowUnknown: false,
      accepted: [{ target: 'gamma/three', reason: 'x' }],
    };
    expect(verdict(other)).toEqual({
      verdict: 'missing',
      because: 'nothing shows that its answers are as good as the primary’s',
    });
  });

  it('is not asked for on a route that asks for none', () => {
    expect(verdict({ mode: 'none' })).toEqual({ verdict: 'missing', because: 'the route asks for none' });
  });
});
