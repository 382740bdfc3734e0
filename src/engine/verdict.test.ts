import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault, type FaultKind } from '../model/fault.ts';
import { MIN_ATTEMPT_MS } from './engine-defaults.ts';
import { FAULT_TABLE } from './fault-table.ts';
import { judge, type Situation, verdictInWords } from './verdict.ts';

function fault(kind: FaultKind, more: { retryAfterMs?: number; about?: 'opaque-state' } = {}): Fault {
  const said = { message: 'said' };
  switch (kind) {
    case 'connection-failed':
      return { ...said, kind, stage: 'refused' };
    case 'timed-out':
      return { ...said, kind, clock: 'headers' };
    case 'bad-response':
      return { ...said, kind, what: 'html' };
    default:
      return { ...said, ...more, kind } as Fault;
  }
}

function situation(over: Partial<Situation> = {}): Situation {
  return {
    fault: fault('server-error'),
    tries: 1,
    timesSeen: 1,
    maxTries: 3,
    budgetLeftMs: 8_000,
    laneOpen: true,
    repairAllowed: false,
    onContentPolicy: 'stop',
    random: 0.5,
    takeRetry: () => true,
    ...over,
  };
}

const RETRIED = FAULT_KINDS.filter((kind) => FAULT_TABLE[kind].sameTarget !== 'no');
const anySituation = fc.record({
  fault: fc
    .tuple(
      // The kinds that may be retried, and times that fit, often: the limits are what is looked for.
      fc.oneof(fc.constantFrom(...FAULT_KINDS), fc.constantFrom(...RETRIED)),
      fc.option(fc.oneof(fc.nat(100_000), fc.nat(1_000))),
    )
    .map(([kind, wait]) => fault(kind, wait === null ? {} : { retryAfterMs: wait })),
  tries: fc.integer({ min: 1, max: 4 }),
  timesSeen: fc.integer({ min: 1, max: 2 }),
  maxTries: fc.integer({ min: 1, max: 3 }),
  budgetLeftMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
  laneOpen: fc.boolean(),
  repairAllowed: fc.boolean(),
  onContentPolicy: fc.constantFrom('stop' as const, 'next' as const),
  random: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
  budgetHolds: fc.boolean(),
});

describe('whatever the fault and the situation', () => {
  it('a paid retry stays within attempts, time, health and the retry budget, and takes exactly one from it', () => {
    fc.assert(
      fc.property(anySituation, ({ budgetHolds, ...rest }) => {
        let taken = 0;
        const takeRetry = () => {
          if (budgetHolds) taken += 1;
          return budgetHolds;
        };
        const verdict = judge({ ...rest, takeRetry });
        if (verdict.kind !== 'retry-same') {
          expect(taken).toBe(0);
          return;
        }
        if (rest.fault.kind === 'stale-connection') {
          expect([rest.timesSeen, verdict.waitMs, taken]).toEqual([1, 0, 0]);
          return;
        }
        expect(rest.tries).toBeLessThan(rest.maxTries);
        expect(verdict.waitMs + MIN_ATTEMPT_MS).toBeLessThanOrEqual(rest.budgetLeftMs);
        expect(rest.laneOpen && budgetHolds).toBe(true);
        expect(taken).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a kind that the table sends nowhere is never retried and never walks on', () => {
    fc.assert(
      fc.property(anySituation, ({ budgetHolds, ...rest }) => {
        const rule = FAULT_TABLE[rest.fault.kind];
        const { kind } = judge({ ...rest, takeRetry: () => budgetHolds });
        if (rule.sameTarget === 'no') expect(kind).not.toBe('retry-same');
        if (rule.nextTarget === 'no') expect(kind).not.toBe('next');
        if (rule.nextTarget === 'yes') expect(kind).not.toBe('stop');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a 429', () => {
  it('that names a wait that fits is retried after exactly that wait', () => {
    const verdict = judge(situation({ fault: fault('rate-limited', { retryAfterMs: 1_234 }) }));
    expect(verdict).toMatchObject({ kind: 'retry-same', waitMs: 1_234, wait: 'retry-after' });
  });

  it('that names a wait longer than what is left leads to the next target and says so', () => {
    const verdict = judge(situation({ fault: fault('rate-limited', { retryAfterMs: 7_900 }) }));
    expect(verdict).toEqual({
      kind: 'next',
      why: 'a retry after 7900 ms does not fit the 8000 ms left here',
      onlyLargerWindow: false,
    });
  });

  it('that names none leads to the next target', () => {
    expect(judge(situation({ fault: fault('rate-limited') })).kind).toBe('next');
  });
});

describe('a 5xx', () => {
  it('waits with full jitter, growing with the attempts', () => {
    const waits = [1, 2].map((tries) => judge(situation({ tries, random: 0.5 })));
    expect(waits.map((verdict) => verdict.kind === 'retry-same' && verdict.waitMs)).toEqual([500, 1_000]);
  });

  it('that names a longer wait than the jitter is given that wait', () => {
    const verdict = judge(situation({ fault: fault('server-error', { retryAfterMs: 3_000 }) }));
    expect(verdict).toMatchObject({ waitMs: 3_000, wait: 'retry-after' });
  });

  it('on the last attempt, with the breaker open, or without retry budget leads elsewhere, each with its reason', () => {
    const reasons = [
      judge(situation({ tries: 3 })),
      judge(situation({ laneOpen: false })),
      judge(situation({ takeRetry: () => false })),
      judge(situation({ budgetLeftMs: 700, random: 0.9 })),
    ].map((verdict) => verdict.kind === 'next' && verdict.why);
    expect(reasons).toEqual([
      'server-error',
      'breaker opened',
      'retry budget of the lane used up',
      'a retry after 900 ms does not fit the 700 ms left here',
    ]);
  });
});

describe('the rest of the table', () => {
  it('a stale socket costs nothing the first time and is a failed target the second', () => {
    const stale = fault('stale-connection');
    expect(judge(situation({ fault: stale, takeRetry: () => false, tries: 3 }))).toMatchObject({
      kind: 'retry-same',
      freshConnection: true,
      waitMs: 0,
    });
    expect(judge(situation({ fault: stale, timesSeen: 2 })).kind).toBe('next');
  });

  it('a refused connection is tried once more, on a fresh one', () => {
    const refused = fault('connection-failed');
    expect(judge(situation({ fault: refused }))).toMatchObject({ kind: 'retry-same', freshConnection: true });
    expect(judge(situation({ fault: refused, timesSeen: 2, tries: 2 })).kind).toBe('next');
  });

  it('no retry goes beyond the attempts of the route, whatever the row', () => {
    const kinds = RETRIED.filter((kind) => kind !== 'stale-connection');
    for (const kind of kinds) {
      const last = situation({
        fault: fault(kind, { retryAfterMs: 10, about: 'opaque-state' }),
        tries: 3,
        repairAllowed: true,
      });
      expect([kind, judge(last).kind]).toEqual([kind, 'next']);
      expect([kind, judge({ ...last, tries: 2 }).kind]).toEqual([kind, 'retry-same']);
    }
  });

  it('a broken contract is repaired once, and only where the operator gave the words', () => {
    const broken = fault('contract-broken');
    expect(judge(situation({ fault: broken })).kind).toBe('next');
    expect(judge(situation({ fault: broken, repairAllowed: true }))).toMatchObject({
      kind: 'retry-same',
      withRepair: true,
    });
    expect(judge(situation({ fault: broken, repairAllowed: true, timesSeen: 2, tries: 2 })).kind).toBe('next');
  });

  it('state of an earlier turn that was refused is left out once; another refusal is not asked again', () => {
    const refused = fault('provider-rejected', { about: 'opaque-state' });
    const verdict = judge(situation({ fault: refused }));
    expect(verdict).toMatchObject({ kind: 'retry-same', waitMs: 0, withoutState: true });
    expect(verdictInWords(verdict)).toContain('without the state of earlier turns');
    expect(judge(situation({ fault: refused, timesSeen: 2, tries: 2 })).kind).toBe('next');
    expect(judge(situation({ fault: fault('provider-rejected') })).kind).toBe('next');
  });

  it('content policy follows the route', () => {
    const policy = fault('content-policy');
    expect(judge(situation({ fault: policy }))).toEqual({ kind: 'stop', why: 'route says stop' });
    expect(judge(situation({ fault: policy, onContentPolicy: 'next' }))).toMatchObject({ kind: 'next' });
  });

  it('a context that is too long asks for larger windows only', () => {
    expect(judge(situation({ fault: fault('context-too-long') }))).toMatchObject({ onlyLargerWindow: true });
  });

  it('an unknown fault stops', () => {
    expect(judge(situation({ fault: fault('unknown') }))).toEqual({ kind: 'stop', why: 'unknown' });
  });
});

describe('a verdict in words', () => {
  it.each([
    [situation(), 'retry-same after 500 ms (backoff)'],
    [situation({ fault: fault('stale-connection') }), 'retry-same at once on a fresh connection'],
    [
      situation({ fault: fault('contract-broken'), repairAllowed: true }),
      'retry-same at once with the words of repair',
    ],
    [situation({ fault: fault('timed-out') }), 'next-target: timed-out'],
    [situation({ fault: fault('context-too-long') }), 'next-target: context-too-long (larger or unknown window only)'],
    [situation({ fault: fault('invalid-request') }), 'stop: invalid-request'],
  ])('%# reads as it should', (given, words) => {
    expect(verdictInWords(judge(given))).toBe(words);
  });
});
