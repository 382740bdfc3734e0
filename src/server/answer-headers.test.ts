import { describe, expect, it } from 'vitest';
import type { Failure } from '../model/failure.ts';
import type { ServedSummary } from '../model/summary.ts';
import { failureHeaders, headerSafe, summaryHeaders } from './answer-headers.ts';

const SUMMARY: ServedSummary = {
  requestId: 'req_1',
  route: 'reply',
  servedBy: 'beta/two',
  attempts: 3,
  degraded: {
    reason: 'fallback',
    cause: 'server-error',
    primary: 'alpha/one',
    severity: 'slight',
    reasons: ['fallback'],
    parity: 'pass',
    notice: { language: 'de', text: 'Kurz: ein Ersatz für heute', inText: false },
  },
  promptVersion: 'v7',
  adapted: [],
  usage: {},
  costUsd: 0.000_012_3,
  overheadMs: 1.2345,
};
const FAILURE: Failure = { code: 'overloaded', status: 503, message: 'm', shouldRetry: false, targets: [] };

describe('headers of an answer', () => {
  it('tell who served, how, and why it is degraded', () => {
    expect(summaryHeaders(SUMMARY, true)).toEqual({
      'x-understudy-request-id': 'req_1',
      'x-understudy-route': 'reply',
      'x-understudy-served-by': 'beta/two',
      'x-understudy-attempts': '3',
      'x-understudy-degraded': 'true',
      'x-understudy-degraded-reason': 'fallback: server-error',
      'x-understudy-degraded-severity': 'slight',
      'x-understudy-primary': 'alpha/one',
      'x-understudy-parity': 'pass',
      'x-understudy-notice': 'Kurz%3A%20ein%20Ersatz%20f%C3%BCr%20heute',
      'x-understudy-prompt-version': 'v7',
      'x-understudy-cost-usd': '0.00001230',
      'x-understudy-overhead-ms': '1.23',
    });
  });

  it('count what the target could not be told as it was said', () => {
    const adapted = [{ field: 'seed', why: 'has no counterpart at this target', matters: false }];
    expect(summaryHeaders({ ...SUMMARY, adapted }, true)['x-understudy-adapted']).toBe('1');
  });

  it('of a stream leave out the cost, which nobody knows yet', () => {
    expect(summaryHeaders(SUMMARY, false)).not.toHaveProperty('x-understudy-cost-usd');
  });

  it('say nothing that is not known', () => {
    const { degraded: _d, promptVersion: _p, costUsd: _c, overheadMs: _o, ...plain } = SUMMARY;
    expect(Object.keys(summaryHeaders(plain, true))).toEqual([
      'x-understudy-request-id',
      'x-understudy-route',
      'x-understudy-served-by',
      'x-understudy-attempts',
      'x-understudy-degraded',
    ]);
    expect(summaryHeaders(plain, true)['x-understudy-degraded']).toBe('false');
  });

  it('hold names that no header could', () => {
    const headers = summaryHeaders({ ...SUMMARY, route: 'a\r\nset-cookie: x', servedBy: `é/${'x'.repeat(400)}` }, true);
    expect(headers['x-understudy-route']).toBe('a??set-cookie: x');
    expect(headers['x-understudy-served-by']).toHaveLength(256);
    expect(headerSafe('ü\u0000ok')).toBe('??ok');
  });
});

describe('headers of a failure', () => {
  it.each([
    [undefined, undefined],
    [0, '1'],
    [1_000, '1'],
    [1_001, '2'],
  ])('a wait of %s ms is told as %s whole seconds: never too early', (retryAfterMs, seconds) => {
    const headers = failureHeaders({ ...FAILURE, ...(retryAfterMs !== undefined && { retryAfterMs }) }, 'req_1');
    expect(headers['retry-after']).toBe(seconds);
  });

  it('tell official clients whether trying again makes sense', () => {
    expect(failureHeaders(FAILURE, 'req_1')).toEqual({
      'x-understudy-request-id': 'req_1',
      'x-should-retry': 'false',
    });
    expect(failureHeaders({ ...FAILURE, shouldRetry: true }, 'req_1')['x-should-retry']).toBe('true');
  });
});
