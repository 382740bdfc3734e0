import { describe, expect, it } from 'vitest';
import type { Observer } from '../engine/observer.ts';
import { combineObservers } from './observers.ts';
import { target, tellFailover } from './test-kit.ts';

const counted = { requestId: 'r', route: 'reply', result: 'counted', for: 'caller', tokens: 7, ms: 1 } as const;

function recording(told: string[], name: string, fails = false): Observer {
  const hear = (what: string) => () => {
    told.push(`${name} ${what}`);
    if (fails) throw new Error(`${name} failed`);
  };
  return {
    requestBegun: hear('requestBegun'),
    attemptBegun: hear('attemptBegun'),
    attemptEnded: hear('attemptEnded'),
    requestEnded: hear('requestEnded'),
    breakerMoved: hear('breakerMoved'),
    tokensCounted: hear('tokensCounted'),
    qualityMoved: hear('qualityMoved'),
    alert: hear('alert'),
  };
}

const STORY = ['requestBegun', 'attemptBegun', 'attemptEnded', 'attemptBegun', 'attemptEnded', 'requestEnded'];

describe('several observers as one', () => {
  it('each hears everything, also after one that throws, which is reported and goes no further', () => {
    const told: string[] = [];
    const errors: unknown[] = [];
    const both = combineObservers([recording(told, 'bad', true), recording(told, 'good')], (error) =>
      errors.push(error),
    );
    tellFailover(both);
    both.breakerMoved({ lane: 'a', from: 'closed', to: 'open' });
    both.tokensCounted({ ...counted, target: target('alpha/one') });
    both.alert({ kind: 'unknown', message: 'm' });
    const story = [...STORY, 'breakerMoved', 'tokensCounted', 'alert'];
    expect(told).toEqual(story.flatMap((what) => [`bad ${what}`, `good ${what}`]));
    expect(errors.map(String)).toEqual(story.map(() => 'Error: bad failed'));
  });
});
