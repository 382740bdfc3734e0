import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobOrder, SUBMISSIONS } from '../../src/engine/job-store.ts';
import { JOB_POLICY, jobDatabase, newJob, storeOver } from '../kit/job-kit.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';

const HOUR = 3_600_000;
const TEND = { kind: 'tend', leaseMs: 60_000, attempts: 8, longestWaitMs: HOUR, keepMs: 24 * HOUR } as const;

async function store() {
  const clock = new VirtualClock();
  const connection = await jobDatabase();
  const { tables, view } = storeOver(connection, clock, 'run-1');
  const submit = (over: Parameters<typeof newJob>[0] = {}, limits = JOB_POLICY.queue) => {
    const job = newJob(over);
    return { job, became: SUBMISSIONS[tables.execute({ kind: 'submit', job, limits })] };
  };
  const claim = (token: string, route = 'reply') =>
    tables.execute({ kind: 'claim', route, token, requestId: `req_${token}`, leaseMs: 60_000 });
  return { clock, connection, tables, view, submit, claim };
}

describe('a queue of 100,000 jobs', () => {
  it('refuses the next one at once, tells the age of the oldest, and takes again when one has ended', async () => {
    const { clock, connection, tables, view, submit, claim } = await store();
    const limits = { jobs: 100_000, bytes: 2 ** 30, ageMs: HOUR };
    const first = submit({}, limits);
    await clock.advance(60_000);
    // Rows as `submit` writes them, in one transaction, because a hundred thousand of them take a while.
    connection.exec('begin');
    const insert = connection.prepare(
      `insert into jobs (id, caller, digest, route, dialect, state, turn, created_at, deadline_at, not_before, bytes, options, body)
       select 'job_bulk_' || ?, '', '', route, dialect, state, turn + ?, ?, deadline_at, 0, bytes, options, body from jobs where id = ?`,
    );
    for (let at = 1; at < 100_000; at += 1) insert.run([String(at), at, clock.wallNow(), first.job.id]);
    connection.exec('commit');
    expect(view.oldestAgeMs()).toBe(60_000);
    const begun = performance.now();
    for (let at = 0; at < 1_000; at += 1) expect(submit({}, limits).became).toBe('too-many');
    // Counting 100,000 rows a thousand times would take a minute.
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(claim('one')).toBe(1);
    tables.execute({ kind: 'settle', token: 'one', outcome: { kind: 'done', result: '{}' } });
    expect(submit({}, limits).became).toBe('stored');
    expect(submit({}, limits).became).toBe('too-many');
    expect(view.job(first.job.id)?.state).toBe('done');
    expect(view.oldestAgeMs()).toBe(0);
    expect(view.ahead('job_bulk_99999')).toBe(99_998);
  }, 120_000);

  it('by bytes and by age', async () => {
    const { clock, submit } = await store();
    const bytes = Buffer.byteLength(newJob().body);
    expect(submit({}, { ...JOB_POLICY.queue, bytes: bytes * 2 }).became).toBe('stored');
    expect(submit({}, { ...JOB_POLICY.queue, bytes: bytes * 2 - 1 }).became).toBe('too-large');
    await clock.advance(HOUR + 1);
    expect(submit({}, { ...JOB_POLICY.queue, ageMs: HOUR }).became).toBe('too-old');
    expect(submit({ route: 'other' }, { ...JOB_POLICY.queue, ageMs: HOUR }).became).toBe('stored');
  });
});

describe('an idempotency key', () => {
  it('belongs to its caller and its request, and is free again when the job is gone', async () => {
    const { clock, tables, submit } = await store();
    const key = { caller: 'web', idempotencyKey: 'k' };
    expect(submit({ ...key, digest: 'a' }).became).toBe('stored');
    expect(submit({ ...key, digest: 'a' }).became).toBe('known');
    expect(submit({ ...key, digest: 'b' }).became).toBe('conflict');
    expect(submit({ ...key, caller: 'app', digest: 'b' }).became).toBe('stored');
    await clock.advance(26 * HOUR);
    tables.execute(TEND);
    await clock.advance(26 * HOUR);
    tables.execute(TEND);
    expect(submit({ ...key, digest: 'b' }).became).toBe('stored');
  });
});

describe('a lease that has passed to another', () => {
  it('changes nothing any more: neither before the other has ended the job, nor after', async () => {
    const { clock, connection, tables, view, submit, claim } = await store();
    const { job } = submit({ webhook: 'ends' });
    claim('mine');
    await clock.advance(61_000);
    const other = storeOver(connection, clock, 'run-2').tables;
    other.execute(TEND);
    const take = { kind: 'claim', route: 'reply', token: 'theirs', requestId: 'req_2', leaseMs: 60_000 } as const;
    expect(other.execute(take)).toBe(1);
    const end = (token: string, result: string) =>
      tables.execute({ kind: 'settle', token, outcome: { kind: 'done', result } });
    expect(end('mine', '"late"')).toBe(0);
    expect(view.job(job.id)?.state).toBe('running');
    expect(tables.execute({ kind: 'renew', tokens: ['mine', 'theirs'], leaseMs: 60_000 })).toBe(1);
    expect(view.standing(['mine', 'theirs'])).toEqual(new Set(['theirs']));
    expect(end('theirs', '"in time"')).toBe(1);
    expect([end('mine', '"late"'), end('theirs', '"twice"')]).toEqual([0, 0]);
    expect(view.result(job.id)).toBe('"in time"');
    expect(view.deliveries(job.id)).toHaveLength(1);
  });
});

describe('what is stored of a job', () => {
  it.each([
    ['done', { kind: 'done', result: '{"a":1}' }, false],
    [
      'failed',
      { kind: 'failed', failure: { code: 'upstream_refused', status: 400, message: 'no', targets: [] } },
      true,
    ],
  ] as const)(
    '%s: the text goes when nobody needs it any more, and everything after its time',
    async (state, outcome, stays) => {
      const { clock, connection, tables, view, submit, claim } = await store();
      const { job } = submit({ webhook: 'ends' });
      claim('t');
      expect(view.claimed('t')?.body).toContain('Say it.');
      expect(tables.execute({ kind: 'settle', token: 't', outcome })).toBe(1);
      const left = () => JSON.stringify(connection.prepare('select body from jobs').all([]));
      expect(left().includes('Say it.')).toBe(stays);
      expect(view.deliveries(job.id)).toMatchObject([{ webhook: 'ends', state: 'pending', tries: 0 }]);
      expect(view.job(job.id)?.state).toBe(state);
      await clock.advance(24 * HOUR + 1);
      tables.execute(TEND);
      expect([view.job(job.id), view.deliveries(job.id), view.totals()]).toEqual([undefined, [], []]);
    },
  );

  it('twenty ids of its runs, the newest, however often it was held', async () => {
    const { clock, tables, view, submit, claim } = await store();
    const { job } = submit();
    const failure = { code: 'all_targets_failed', status: 503, message: 'nobody', targets: [] } as const;
    for (let at = 0; at < 50; at += 1) {
      expect(claim(`t${at}`)).toBe(1);
      tables.execute({
        kind: 'settle',
        token: `t${at}`,
        outcome: { kind: 'held', failure, reason: 'nobody', waitMs: 1 },
      });
      await clock.advance(10);
    }
    const { requestIds, attempts } = view.job(job.id) ?? {};
    expect([requestIds?.length, requestIds?.at(-1), attempts]).toEqual([20, 'req_t49', 0]);
  });
});

describe('whatever is done to jobs in whatever order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('submit' as const), route: fc.constantFrom('a', 'b'), hook: fc.boolean() }),
    fc.record({ do: fc.constant('claim' as const), route: fc.constantFrom('a', 'b') }),
    fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(9),
      how: fc.constantFrom('done', 'failed', 'dead', 'again', 'held', 'given-back'),
    }),
    fc.record({ do: fc.constant('cancel' as const), which: fc.nat(9) }),
    fc.record({ do: fc.constant('retry' as const), which: fc.nat(9) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 70_000, 2 * HOUR, 25 * HOUR, -HOUR) }),
    fc.record({ do: fc.constant('tend' as const), by: fc.constantFrom('run-1', 'run-2') }),
  );

  it('totals are what counting gives, an end is told once, and no end changes without a retry', async () => {
    const failure = { code: 'all_targets_failed', status: 503, message: 'x', targets: [] } as const;
    const outcomes = {
      done: { kind: 'done', result: '{}' },
      failed: { kind: 'failed', failure },
      dead: { kind: 'dead', failure, reason: 'x' },
      again: { kind: 'again', failure, waitMs: 1_000 },
      held: { kind: 'held', failure, reason: 'x', waitMs: 1_000 },
      'given-back': { kind: 'given-back' },
    } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, connection, tables, view, submit, claim } = await store();
        const other = storeOver(connection, clock, 'run-2').tables;
        const ids: string[] = [];
        const tokens: string[] = [];
        const ends = new Map<string, string>();
        for (const [at, each] of steps.entries()) {
          if (each.do === 'submit') {
            ids.push(submit({ id: `j${at}`, route: each.route, ...(each.hook && { webhook: 'ends' }) }).job.id);
          } else if (each.do === 'claim') {
            if (claim(`t${at}`, each.route) > 0) tokens.push(`t${at}`);
          } else if (each.do === 'settle') {
            tables.execute({
              kind: 'settle',
              token: tokens[each.which] ?? 'none',
              outcome: outcomes[each.how as keyof typeof outcomes],
            });
          } else if (each.do === 'wait') {
            if (each.ms < 0) clock.wallOffset += each.ms;
            else await clock.advance(each.ms);
          } else if (each.do === 'tend') {
            (each.by === 'run-1' ? tables : other).execute(TEND);
          } else {
            const id = ids[each.which] ?? 'none';
            const order: JobOrder =
              each.do === 'cancel' ? { kind: 'cancel', id } : { kind: 'retry', id, deadlineMs: HOUR };
            if (tables.execute(order) > 0 && each.do === 'retry') ends.delete(id);
          }
          for (const id of ids) {
            const job = view.job(id);
            if (!job || ['queued', 'held', 'running'].includes(job.state)) continue;
            const before = ends.get(id);
            if (before !== undefined) expect(job.state).toBe(before);
            ends.set(id, job.state);
            expect(view.deliveries(id).filter(({ state }) => state === 'pending').length).toBeLessThanOrEqual(1);
          }
          const counted = connection
            .prepare(
              'select route, state, count(*) as jobs, sum(bytes) as bytes from jobs group by route, state order by route, state',
            )
            .all([]);
          const totals = [...view.totals()].sort((a, b) =>
            `${a.route}${a.state}`.localeCompare(`${b.route}${b.state}`),
          );
          expect(totals).toEqual(counted);
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
