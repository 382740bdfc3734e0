import { describe, expect, it } from 'vitest';
import { JobRelease } from '../../src/engine/job-release.ts';
import { jobVerdict } from '../../src/engine/job-verdict.ts';
import { run } from '../../src/engine/run.ts';
import type { Failure } from '../../src/model/failure.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';

describe('a request that nobody waits for', () => {
  it('leaves an open breaker alone, where one that somebody waits for asks all the same', async () => {
    const setting = engine({ 'alpha/m': () => ({ kind: 'status', status: 503 }) });
    const only = route([routeTarget('alpha/m')]);
    const ask = (patient: boolean) =>
      setting.clock.until(
        run(
          {
            requestId: `req_${patient}`,
            request: chatRequest({ stream: false }),
            route: only,
            signal: new AbortController().signal,
            startedAt: setting.clock.now(),
            ...(patient && { patient: true }),
          },
          { open() {}, write() {} },
          setting.deps,
        ),
      );
    for (let request = 0; request < 3; request += 1) await ask(false);
    expect(setting.moves).toContain('alpha/m closed→open');
    const before = setting.upstream.requests.length;
    expect(await ask(true)).toMatchObject({ kind: 'failed', failure: { code: 'all_targets_failed' } });
    expect(setting.upstream.requests).toHaveLength(before);
    await ask(false);
    expect(setting.upstream.requests).toHaveLength(before + 1);
  });
});

describe('places for jobs', () => {
  it('are one after a hold, whoever brought it about, and one more for each job that came through', () => {
    const release = new JobRelease(4);
    expect(release.free).toBe(4);
    release.turn(true);
    expect([release.free, release.idle]).toEqual([0, false]);
    release.turn(false);
    expect(release.free).toBe(1);
    release.reached();
    release.running = 1;
    expect(release.free).toBe(1);
    for (let job = 0; job < 9; job += 1) release.reached();
    expect(release.free).toBe(3);
    release.refused();
    expect(release.free).toBe(0);
  });

  it.each([0, 1.5, Number.NaN])('cannot be %s', (concurrency) => {
    expect(() => new JobRelease(concurrency)).toThrow(RangeError);
  });
});

describe('a failed run', () => {
  const failure = (over: Partial<Failure>, reason = 'server-error'): Failure => ({
    code: 'all_targets_failed',
    status: 503,
    message: 'nobody',
    shouldRetry: false,
    targets: [{ target: 'alpha/m', reason }],
    ...over,
  });
  const verdict = (of: Failure, over: { attempts?: number; outage?: boolean } = {}) =>
    jobVerdict({ failure: of, attempts: 1, maxAttempts: 8, outage: false, random: 0.5, ...over });

  it.each<[string, ReturnType<typeof verdict>['kind'], Failure, { attempts?: number; outage?: boolean }]>([
    ['that a provider answered with 500', 'again', failure({}), {}],
    ['the eighth', 'dead', failure({}), { attempts: 8 }],
    ['the eighth, in an outage', 'held', failure({}), { attempts: 8, outage: true }],
    ['in which nobody was asked', 'held', failure({}, 'breaker-open'), {}],
    ['for want of a budget', 'held', failure({}, 'budget'), {}],
    ['refused by its provider', 'failed', failure({ code: 'upstream_refused', status: 400 }), {}],
    ['refused in a way that no rule covers', 'again', failure({ code: 'upstream_refused', status: 502 }), {}],
    ['that nobody may ever serve', 'failed', failure({ code: 'no_eligible_target', status: 400 }, 'residency'), {}],
    [
      'with an answer that breaks its contract',
      'again',
      failure({ code: 'contract_broken', status: 502 }, 'contract-broken'),
      {},
    ],
    ['without a record', 'again', failure({ code: 'ledger_unavailable', targets: [] }), {}],
    ['cut off by a shutdown', 'given-back', failure({ code: 'gateway_draining' }), {}],
  ])('%s is %s', (_, kind, of, over) => {
    expect(verdict(of, over).kind).toBe(kind);
  });

  it('waits for what a provider asked for, with jitter on top, and never for more than an hour', () => {
    expect(verdict(failure({ retryAfterMs: 90_000 }), { attempts: 3 })).toMatchObject({ waitMs: 90_000 + 2_000 });
    expect(verdict(failure({ retryAfterMs: 9e9 }))).toMatchObject({ waitMs: 3_600_000 });
  });
});
