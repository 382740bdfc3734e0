import { expect, test } from 'vitest';
import type { StoredAttempt, StoredRequest } from '../storage/stored-request.ts';
import { explainRequest } from './explain-request.ts';

const attempt: StoredAttempt = {
  seq: 1,
  target: 'north/large',
  lane: 'north:large',
  startedMs: 2,
  tryOfTarget: 1,
  losses: [],
  state: 'settled',
  firstContentMs: 301,
  durationMs: 900,
  committed: true,
  usage: { inputTokens: 1_200, cachedInputTokens: 1_000, outputTokens: 40 },
  costUsd: 0.0021,
};

const served: StoredRequest = {
  requestId: 'req-1',
  at: Date.UTC(2030, 0, 2, 3, 4, 5, 678),
  route: 'support-reply',
  dialect: 'openai-chat',
  stream: true,
  caller: 'web',
  tags: ['checkout', 'beta'],
  primary: 'north/large',
  outcome: 'served',
  servedBy: 'north/large',
  attempts: 1,
  firstContentMs: 303,
  durationMs: 905,
  overheadMs: 3.21,
  usage: attempt.usage,
  costUsd: 0.0021,
  attemptRows: [attempt],
  feedback: [],
  decisions: [
    { type: 'eligible', atMs: 1, target: 'north/large' },
    { type: 'skipped', atMs: 1, target: 'south/medium', reason: 'residency', detail: 'needs eu, is us' },
    { type: 'attempt', atMs: 2, target: 'north/large', seq: 1 },
    { type: 'committed', atMs: 303, target: 'north/large', seq: 1 },
  ],
  decisionsDropped: 0,
};

const unavailable = { kind: 'server-error', message: 'the provider answered 503', status: 503 } as const;

test('a request that its primary served', () => {
  expect(explainRequest(served).join('\n')).toBe(`Request req-1
2030-01-02T03:04:05.678Z, route support-reply, openai-chat, streamed, caller web
Tags: checkout, beta

Targets
  north/large (primary): eligible
  south/medium: not eligible, residency (needs eu, is us)

Course
       2 ms  attempt 1 at north/large
             took 900 ms, first content after 301 ms
             billing: 1200 tokens in (1000 cached), 40 out, $0.0021
     303 ms  commit point: from here the caller sees attempt 1

Result
  served, by north/large
  1 attempt in 905 ms, first content after 303 ms, 3.2 ms of it the gateway's own
  cost: $0.0021 (1200 tokens in (1000 cached), 40 out)`);
});

test('a failover after two answers of 503 and a wait', () => {
  const failed = {
    ...attempt,
    state: 'free',
    durationMs: 120,
    committed: false,
    fault: unavailable,
    usage: {},
  } as const;
  const { firstContentMs: _none, costUsd: _free, ...first } = failed;
  const stored: StoredRequest = {
    ...served,
    servedBy: 'south/medium',
    attempts: 3,
    durationMs: 2_412.4,
    firstContentMs: 1_204,
    degraded: { reason: 'fallback', cause: 'server-error', primary: 'north/large' },
    costUsd: 0.00049,
    attemptRows: [
      { ...first, verdict: 'retry-same after 320 ms' },
      { ...first, seq: 2, tryOfTarget: 2, startedMs: 442, verdict: 'next-target' },
      {
        ...attempt,
        seq: 3,
        target: 'south/medium',
        startedMs: 563,
        durationMs: 1_840,
        firstContentMs: 640,
        promptVersion: 'p7',
        servedModel: 'medium-2029-11',
        upstreamRequestId: 'up-77',
        usage: { inputTokens: 1_210, outputTokens: 44 },
        costUsd: 0.00049,
        losses: [
          { field: 'seed', why: 'not known to this dialect', matters: false },
          { field: 'tools[0].strict', why: 'cannot be promised there', matters: true },
        ],
      },
    ],
    failover: {
      at: served.at + 2_412,
      primary: 'north/large',
      error: 'server-error',
      target: 'south/medium',
      latencyDeltaMs: 563,
      costDeltaUsd: -0.00161,
      promptVersion: 'p7',
    },
    decisions: [
      { type: 'eligible', atMs: 1, target: 'north/large' },
      { type: 'eligible', atMs: 1, target: 'south/medium' },
      { type: 'skipped', atMs: 1, target: 'west/small', reason: 'lane-held', retryAfterMs: 12_000 },
      { type: 'attempt', atMs: 2, target: 'north/large', seq: 1 },
      {
        type: 'fault',
        atMs: 122,
        target: 'north/large',
        seq: 1,
        fault: unavailable,
        verdict: 'retry-same after 320 ms',
      },
      { type: 'waited', atMs: 442, target: 'north/large', why: 'backoff', ms: 320 },
      { type: 'attempt', atMs: 442, target: 'north/large', seq: 2 },
      { type: 'fault', atMs: 562, target: 'north/large', seq: 2, fault: unavailable, verdict: 'next-target' },
      { type: 'attempt', atMs: 563, target: 'south/medium', seq: 3 },
      { type: 'committed', atMs: 1_204, target: 'south/medium', seq: 3 },
    ],
  };
  expect(explainRequest(stored).join('\n')).toBe(`Request req-1
2030-01-02T03:04:05.678Z, route support-reply, openai-chat, streamed, caller web
Tags: checkout, beta

Targets
  north/large (primary): eligible
  south/medium: eligible
  west/small: not eligible, lane-held, for another 12000 ms

Course
       2 ms  attempt 1 at north/large
             took 120 ms
             billing: nothing, it never reached a model
     122 ms  attempt 1 failed with server-error (HTTP 503): the provider answered 503
             verdict: retry-same after 320 ms
     442 ms  waited 320 ms before trying again
     442 ms  attempt 2 at north/large (try 2 of this target)
             took 120 ms
             billing: nothing, it never reached a model
     562 ms  attempt 2 failed with server-error (HTTP 503): the provider answered 503
             verdict: next-target
     563 ms  attempt 3 at south/medium
             took 1840 ms, first content after 640 ms, prompt p7, answered as medium-2029-11, provider's id up-77
             billing: 1210 tokens in, 44 out, $0.00049
             changed: seed, not known to this dialect
             lost: tools[0].strict, cannot be promised there
    1204 ms  commit point: from here the caller sees attempt 3

Result
  served, by south/medium
  degraded (fallback): north/large should have served, but server-error
  failover: north/large to south/medium because of server-error, +563 ms, -$0.00161
  3 attempts in 2412 ms, first content after 1204 ms, 3.2 ms of it the gateway's own
  cost: $0.00049 (1200 tokens in (1000 cached), 40 out)`);
});

test('a request that every target failed', () => {
  const { servedBy: _nobody, caller: _open, costUsd: _unknown, firstContentMs: _never, ...rest } = served;
  const slow = { kind: 'timed-out', clock: 'first-content', message: 'no content in 4000 ms' } as const;
  const { firstContentMs: _first, costUsd: _cost, ...tried } = { ...attempt, committed: false, usage: {} };
  const stored: StoredRequest = {
    ...rest,
    tags: [],
    stream: false,
    outcome: 'failed',
    attempts: 2,
    durationMs: 5_300,
    usage: {},
    failure: { code: 'all_targets_failed', status: 503, message: 'No target of route support-reply could serve.' },
    failover: { at: served.at, primary: 'north/large', error: 'timed-out', latencyDeltaMs: 4_003 },
    attemptRows: [
      { ...tried, state: 'unknown', durationMs: 4_000, fault: slow, verdict: 'next-target' },
      { ...tried, seq: 2, target: 'south/medium', state: 'free', durationMs: 80, fault: unavailable, verdict: 'stop' },
    ],
    decisions: [
      { type: 'eligible', atMs: 1, target: 'north/large' },
      { type: 'eligible', atMs: 1, target: 'south/medium' },
      { type: 'eligible', atMs: 1, target: 'west/small' },
      { type: 'attempt', atMs: 2, target: 'north/large', seq: 1 },
      { type: 'fault', atMs: 4_002, target: 'north/large', seq: 1, fault: slow, verdict: 'next-target' },
      { type: 'waited', atMs: 5_203, target: 'south/medium', why: 'gate', ms: 1_200 },
      { type: 'attempt', atMs: 5_203, target: 'south/medium', seq: 2 },
      { type: 'fault', atMs: 5_283, target: 'south/medium', seq: 2, fault: unavailable, verdict: 'stop' },
      { type: 'skipped', atMs: 5_283, target: 'west/small', reason: 'breaker-open', retryAfterMs: 30_000 },
      { type: 'stopped', atMs: 5_284, reason: 'no target is left' },
    ],
    decisionsDropped: 2,
  };
  expect(explainRequest(stored).join('\n')).toBe(`Request req-1
2030-01-02T03:04:05.678Z, route support-reply, openai-chat, as one answer

Targets
  north/large (primary): eligible
  south/medium: eligible
  west/small: eligible

Course
       2 ms  attempt 1 at north/large
             took 4000 ms
             billing: not known; it was sent and may be billed
    4002 ms  attempt 1 failed with timed-out: no content in 4000 ms
             verdict: next-target
    5203 ms  waited 1200 ms for a free place at the target
    5203 ms  attempt 2 at south/medium
             took 80 ms
             billing: nothing, it never reached a model
    5283 ms  attempt 2 failed with server-error (HTTP 503): the provider answered 503
             verdict: stop
    5283 ms  west/small was not asked: breaker-open, for another 30000 ms
    5284 ms  stopped: no target is left
             2 further steps were not kept

Result
  failed
  the caller was told 503 all_targets_failed: No target of route support-reply could serve.
  failover: north/large to nobody because of timed-out, +4003 ms, cost not known
  2 attempts in 5300 ms, 3.2 ms of it the gateway's own
  cost: cost not known (unknown tokens in, unknown out)`);
});

test('a request whose process died: its attempts tell how far it came', () => {
  const { servedBy: _none, durationMs: _never, overheadMs: _own, firstContentMs: _first, ...rest } = served;
  const { durationMs: _open, firstContentMs: _no, costUsd: _cost, ...begun } = attempt;
  const stored: StoredRequest = {
    ...rest,
    outcome: 'unknown',
    attempts: 0,
    decisions: [],
    attemptRows: [{ ...begun, state: 'unknown', committed: false, usage: {} }],
  };
  expect(explainRequest(stored).slice(4).join('\n')).toBe(`Targets
  nothing is on record

Course
       2 ms  attempt 1 at north/large
             billing: not known; it was sent and may be billed

Result
  not known: the gateway ended before the request did
  cost: $0.0021 (1200 tokens in (1000 cached), 40 out)`);
});
