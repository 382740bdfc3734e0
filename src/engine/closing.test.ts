import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget } from '../../test/kit/engine-kit.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { TargetReport } from '../model/failure.ts';
import type { Fault } from '../model/fault.ts';
import { endedRow, exhausted, interrupted, refusal } from './closing.ts';
import type { Route } from './route.ts';
import { RunState } from './run-state.ts';

const A = routeTarget('alpha/one');
const B = routeTarget('beta/two', { prompt: { version: 'v7', text: 'Be exact.', placement: 'before' } });

function state(over: { request?: ChatRequest; route?: Route; attempts?: number; reports?: TargetReport[] } = {}) {
  const world = engine({});
  const order = {
    requestId: 'req_1',
    request: over.request ?? chatRequest(),
    route: over.route ?? route([A, B]),
    signal: new AbortController().signal,
    startedAt: 0,
  };
  const one = new RunState(order, { open: () => {}, write: () => {} }, world.deps);
  one.attempts = over.attempts ?? 1;
  for (const report of over.reports ?? []) one.journal.report(report);
  return { one, clock: world.clock };
}

const report = (target: string, reason: string, retryAfterMs?: number): TargetReport => ({
  target,
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const both = (reason: string) => [report('alpha/one', reason), report('beta/two', reason)];

describe('when nobody could serve', () => {
  it('the error names every target with its reason and the earliest moment to come back', () => {
    const reports = [report('alpha/one', 'breaker-open', 9_000), report('beta/two', 'rate-limited', 4_000)];
    expect(exhausted(state({ reports }).one, undefined)).toEqual({
      code: 'all_targets_failed',
      status: 503,
      message:
        'all targets of route "reply" failed or are unavailable (alpha/one: breaker-open; beta/two: rate-limited)',
      retryAfterMs: 4_000,
      shouldRetry: false,
      targets: reports,
      requestId: 'req_1',
    });
  });

  it.each([
    ['only limits stood in the way', ['rate-limited', 'lane-held'], 'all_targets_failed', 429],
    ['every answer broke the contract', ['contract-broken', 'contract-broken'], 'contract_broken', 502],
    ['everything is full', ['headroom', 'headroom'], 'overloaded', 503],
    ['the reasons differ', ['rate-limited', 'server-error'], 'all_targets_failed', 503],
  ] as const)('because %s: %s is %s %i', (_, reasons, code, status) => {
    const reports = reasons.map((reason, index) => report(`t/${index}`, reason));
    expect(exhausted(state({ reports }).one, undefined)).toMatchObject({ code, status });
  });

  it.each(['capability(vision)', 'context-window', 'residency', 'pinned-elsewhere'])(
    'because of %s everywhere, before any attempt: no waiting cures it, and it is a 400',
    (reason) => {
      const failure = exhausted(state({ attempts: 0, reports: both(reason) }).one, undefined);
      expect(failure).toMatchObject({ code: 'no_eligible_target', status: 400 });
      expect(failure.retryAfterMs).toBeUndefined();
    },
  );

  it('because one may not and another is down: waiting does cure it', () => {
    const reports = [report('alpha/one', 'residency'), report('beta/two', 'breaker-open', 500)];
    expect(exhausted(state({ attempts: 0, reports }).one, undefined)).toMatchObject({ status: 503 });
  });

  it('in time: 504', async () => {
    const { one, clock } = state({ reports: both('timed-out') });
    await clock.advance(30_000);
    expect(exhausted(one, undefined)).toMatchObject({ code: 'deadline_exceeded', status: 504 });
  });

  it('because the conversation is too long: the provider’s own words', () => {
    const fault: Fault = {
      kind: 'context-too-long',
      message: 'too long',
      status: 400,
      complaint: { message: 'maximum context length is 8192 tokens' },
    };
    expect(exhausted(state({ reports: both('context-too-long') }).one, fault)).toMatchObject({
      code: 'upstream_refused',
      status: 400,
      message: 'maximum context length is 8192 tokens',
      fault,
    });
  });
});

describe('a refusal that is passed on', () => {
  it.each([
    [422, 422],
    [undefined, 400],
    [200, 400],
    [503, 400],
  ])('provider’s status %s becomes %s: it is the caller’s to mend', (given, status) => {
    const fault: Fault = { kind: 'invalid-request', message: 'bad', ...(given !== undefined && { status: given }) };
    expect(refusal(state().one, fault)).toMatchObject({ code: 'upstream_refused', status, message: 'bad' });
  });

  it('an unknown fault is no client error', () => {
    expect(refusal(state().one, { kind: 'unknown', message: 'odd', status: 418 })).toMatchObject({ status: 502 });
  });

  it('the caller’s own deadline is 504', () => {
    expect(refusal(state().one, { kind: 'deadline-exceeded', message: 'late' })).toMatchObject({
      code: 'deadline_exceeded',
      status: 504,
    });
  });
});

describe('an answer that broke after it had begun', () => {
  it('is told from one that breaks its contract', () => {
    const { one } = state();
    expect(interrupted(one, { kind: 'bad-response', what: 'cut', message: 'gone' }).code).toBe('stream_interrupted');
    expect(interrupted(one, { kind: 'bad-response', what: 'empty', message: 'none' }).code).toBe('contract_broken');
    expect(interrupted(one, { kind: 'contract-broken', message: 'no JSON' }).message).toContain('no JSON');
  });
});

describe('the last row', () => {
  function served(rank: 0 | 1, request = chatRequest()) {
    const { one, clock } = state({ request, attempts: rank + 1 });
    const candidate = one.candidates[rank];
    if (!candidate) throw new Error('no candidate');
    one.branch.serving = { candidate, seq: rank + 1, losses: [], startedMs: 120 };
    one.primaryCause = 'server-error';
    one.spend(one.branch, { inputTokens: 10, outputTokens: 50 }, 0.08);
    return { one, clock };
  }

  it('of a request that the primary served tells of no failover', () => {
    const row = endedRow(served(0).one, 'served', undefined);
    expect(row).toMatchObject({ outcome: 'served', servedBy: 'alpha/one', attempts: 1, costUsd: 0.08 });
    expect([row.failover, row.degraded, row.promptVersion]).toEqual([undefined, undefined, undefined]);
  });

  it('of a failover tells who, why, what it cost in time and money, and with which prompt', () => {
    // The kit prices a thousandth of a dollar a token, whoever serves.
    expect(endedRow(served(1).one, 'served', undefined)).toMatchObject({
      servedBy: 'beta/two',
      promptVersion: 'v7',
      degraded: { reason: 'fallback', cause: 'server-error', primary: 'alpha/one' },
      failover: {
        primary: 'alpha/one',
        error: 'server-error',
        target: 'beta/two',
        latencyDeltaMs: 120,
        costDeltaUsd: expect.closeTo(0.03),
        promptVersion: 'v7',
      },
    });
  });

  it('of a failover that served nobody names no target', () => {
    const row = endedRow(served(1).one, 'failed', undefined);
    expect(row.failover).toMatchObject({ primary: 'alpha/one', error: 'server-error' });
    expect([row.failover?.target, row.servedBy, row.degraded]).toEqual([undefined, undefined, undefined]);
  });

  it('of a pinned request tells of no failover, whatever the rank: the caller chose', () => {
    const row = endedRow(served(1, chatRequest({}, { pin: 'beta/two' })).one, 'served', undefined);
    expect([row.failover, row.degraded]).toEqual([undefined, undefined]);
  });

  it('with one attempt of unknown cost names no cost at all, and no difference', () => {
    const { one } = served(1);
    one.spend(one.branch, {}, undefined);
    one.spend(one.branch, {}, 0.5);
    const row = endedRow(one, 'served', undefined);
    expect([row.costUsd, row.failover?.costDeltaUsd]).toEqual([undefined, undefined]);
  });

  it('of a switch inside the answer counts as a failover even back on the primary', () => {
    const { one } = served(0);
    one.branch.switched = true;
    const row = endedRow(one, 'served', undefined);
    expect(row).toMatchObject({ degraded: { reason: 'switched' }, failover: { target: 'alpha/one' } });
  });

  it('of a failure holds code, status and words', () => {
    const failure = exhausted(state({ reports: both('server-error') }).one, undefined);
    expect(endedRow(served(1).one, 'failed', failure).failure).toEqual({
      code: 'all_targets_failed',
      status: 503,
      message: failure.message,
    });
  });
});
