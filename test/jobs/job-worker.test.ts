import { describe, expect, it } from 'vitest';
import { route, routeTarget } from '../kit/engine-kit.ts';
import { jobHouse, newJob } from '../kit/job-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const HOUR = 3_600_000;
const GOOD: Act = { kind: 'answer', text: 'Here it is.', afterMs: 200 };
const DOWN: Act = { kind: 'status', status: 503 };

function jobsOf(concurrency: number, targets = ['alpha/m', 'beta/m']) {
  return route(
    targets.map((id) => routeTarget(id)),
    { defer: { when: 'on-request', concurrency }, workload: 'background' },
  );
}

function textOf(result: string | undefined): string {
  const answer = JSON.parse(result ?? '{}') as { choices?: { message: { content: string } }[] };
  return answer.choices?.[0]?.message.content ?? '';
}

describe('a deferred job', () => {
  it('is run by the engine, and its answer is stored in the dialect of its caller', async () => {
    const house = await jobHouse(jobsOf(4), { 'alpha/m': () => GOOD, 'beta/m': () => GOOD });
    const job = newJob({ caller: 'web' });
    expect(house.submit(job)).toBe('stored');
    house.worker.start();
    await house.clock.advance(1_000);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 1, requestIds: ['req_job_1'] });
    expect(textOf(house.store.view.result(job.id))).toBe('Here it is.');
    expect(house.ledger.begun).toMatchObject([{ requestId: 'req_job_1', caller: 'web', stream: false }]);
    expect(house.ledger.ended).toMatchObject([{ outcome: 'served', servedBy: 'alpha/m' }]);
    await house.worker.finish(0);
    expect(house.clock.pending).toBe(0);
  });

  it('fails over as every request does', async () => {
    const house = await jobHouse(jobsOf(1), { 'alpha/m': () => DOWN, 'beta/m': () => GOOD });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(60_000);
    expect(house.job(job.id).state).toBe('done');
    expect(house.ledger.ended.at(-1)).toMatchObject({ servedBy: 'beta/m' });
  });

  it('that its provider refuses for good fails at once', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => ({ kind: 'status', status: 400 }) });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(5_000);
    expect(house.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'upstream_refused', status: 400 } });
  });
});

describe('while every target is down', () => {
  it('for two hours a job is held and says why, is not charged for it, and is answered soon after', async () => {
    let down = true;
    const house = await jobHouse(jobsOf(4), {
      'alpha/m': () => (down ? DOWN : GOOD),
      'beta/m': () => (down ? DOWN : GOOD),
    });
    const jobs = Array.from({ length: 40 }, () => newJob());
    for (const job of jobs) house.submit(job);
    house.worker.start();
    await house.clock.advance(2 * HOUR);
    const held = jobs.map(({ id }) => house.job(id));
    expect(new Set(held.map(({ state }) => state))).toEqual(new Set(['held']));
    expect(held[0]?.routeHold?.targets.map(({ target, reason }) => [target, reason])).toEqual([
      ['alpha/m', 'breaker-open'],
      ['beta/m', 'breaker-open'],
    ]);
    expect(Math.max(...held.map(({ attempts }) => attempts))).toBeLessThan(8);
    // A probe every 30 s or less often, a target, and nothing else: the queue does not hammer at a dead provider.
    expect(house.upstream.requests.length).toBeLessThan(2 * 2 * 120 + 40);
    down = false;
    const before = house.upstream.requests.length;
    await house.clock.advance(180_000);
    expect(jobs.map(({ id }) => house.job(id).state)).toEqual(jobs.map(() => 'done'));
    expect(house.upstream.requests.length - before).toBe(40);
    expect(house.troubles).toEqual([]);
  });

  it('jobs come back one, two, four at a time, and not all at once', async () => {
    let down = true;
    const house = await jobHouse(jobsOf(16, ['alpha/m']), {
      'alpha/m': () => (down ? DOWN : { ...GOOD, afterMs: 2_000 }),
    });
    for (let at = 0; at < 60; at += 1) house.submit(newJob());
    house.worker.start();
    await house.clock.advance(300_000);
    house.upstream.maxActive.clear();
    down = false;
    const peaks: number[] = [];
    for (let second = 0; second < 200; second += 1) {
      await house.clock.advance(1_000);
      peaks.push(house.upstream.active.get('alpha/m') ?? 0);
    }
    const risen = [...new Set(peaks.filter((peak) => peak > 0))];
    expect(risen[0]).toBe(1);
    expect(Math.max(...risen)).toBeLessThanOrEqual(16);
    // Each at most twice what was seen a round before.
    const rounds = peaks.map((peak, at) => [peak, Math.max(1, ...peaks.slice(0, Math.max(0, at - 1)))] as const);
    expect(rounds.filter(([peak, before]) => peak > 2 * before)).toEqual([]);
    expect(Math.max(...peaks)).toBeGreaterThan(8);
    expect(house.store.view.totals()).toEqual([{ route: 'reply', state: 'done', jobs: 60, bytes: expect.any(Number) }]);
  });
});

describe('a payload that no model can take', () => {
  it('is tried eight times with growing pauses while others are served, and is then parked with the reason', async () => {
    const at: number[] = [];
    const house = await jobHouse(jobsOf(2, ['alpha/m']), {
      'alpha/m': ({ body }) => {
        if (!JSON.stringify(body).includes('poison')) return GOOD;
        at.push(house.clock.now());
        return { kind: 'status', status: 500 };
      },
    });
    const poison = newJob({}, 'poison');
    house.submit(poison);
    house.worker.start();
    for (let second = 0; second < 3_000; second += 1) {
      house.submit(newJob());
      await house.clock.advance(1_000);
    }
    const dead = house.job(poison.id);
    expect(dead).toMatchObject({ state: 'dead', attempts: 8, reason: 'given up after 8 attempts' });
    expect(dead.failure?.targets).toMatchObject([{ target: 'alpha/m', reason: 'server-error' }]);
    expect(house.store.view.totals().find(({ state }) => state === 'done')?.jobs).toBeGreaterThan(2_900);
    const sent = at.length;
    await house.clock.advance(HOUR);
    expect(at).toHaveLength(sent);

    expect(house.store.tables.execute({ kind: 'retry', id: poison.id, deadlineMs: HOUR })).toBe(1);
    await house.clock.advance(3_000);
    expect(at.length).toBeGreaterThan(sent);
  });
});

describe('a lease', () => {
  it('is taken over once its process has given no sign of life, and its late answer is not stored', async () => {
    let slow = true;
    const house = await jobHouse(jobsOf(1, ['alpha/m']), {
      'alpha/m': () => ({ ...GOOD, text: slow ? 'late' : 'in time', afterMs: slow ? 80_000 : 100 }),
    });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(10);
    expect(house.job(job.id).state).toBe('running');
    // Its heart stops and its run goes on: the worst of both.
    const beats = house.store;
    beats.broken = new Error('the disk is full');
    slow = false;
    const other = house.another('run-2');
    other.worker.start();
    await house.clock.advance(59_000);
    expect(house.upstream.requests).toHaveLength(1);
    await house.clock.advance(8_000);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 2 });
    beats.broken = undefined;
    await house.clock.advance(60_000);
    expect(textOf(house.store.view.result(job.id))).toBe('in time');
  });

  it('that is renewed is nobody else’s, however long the answer takes', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => ({ ...GOOD, afterMs: 85_000 }) });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    const other = house.another('run-2');
    other.worker.start();
    await house.clock.advance(90_000);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 1 });
    expect(house.upstream.requests).toHaveLength(1);
  });

  it('of a process that is known to be over is free at once', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => GOOD });
    const job = newJob();
    house.submit(job);
    const claim = { kind: 'claim', route: 'reply', token: 'lost', requestId: 'req_lost', leaseMs: 60_000 } as const;
    house.another('run-dead').store.tables.execute(claim);
    house.connection
      .prepare(
        `insert into runs (id, host, pid, process_started_at, started_at, beat_at, recovered_at) values ('run-dead', 'h', 1, 1, 1, 1, 2)`,
      )
      .run([]);
    house.worker.start();
    await house.clock.advance(1_500);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 2, requestIds: ['req_lost', 'req_job_1'] });
  });
});

describe('when the clock is set', () => {
  it.each([
    ['an hour back', -HOUR],
    ['an hour forward', HOUR],
  ])('%s, jobs run on and are answered once', async (_, step) => {
    const house = await jobHouse(jobsOf(2, ['alpha/m']), { 'alpha/m': () => ({ ...GOOD, afterMs: 3_000 }) });
    const jobs = Array.from({ length: 6 }, () => newJob());
    for (const job of jobs) house.submit(job);
    house.worker.start();
    await house.clock.advance(1_000);
    house.clock.wallOffset += step;
    await house.clock.advance(30_000);
    expect(jobs.map(({ id }) => house.job(id))).toMatchObject(jobs.map(() => ({ state: 'done', attempts: 1 })));
    expect(house.upstream.requests).toHaveLength(6);
  });

  it('back while a job pauses, the pause is over within the longest one', async () => {
    let down = true;
    const house = await jobHouse(jobsOf(1, ['alpha/m']), {
      'alpha/m': () => (down ? { kind: 'status', status: 500 } : GOOD),
    });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(5_000);
    house.clock.wallOffset -= 30 * 24 * HOUR;
    down = false;
    await house.clock.advance(HOUR);
    expect(house.job(job.id).state).toBe('done');
  });

  it('back by less than that, the pause lasts as long as it was meant to', async () => {
    let down = true;
    const house = await jobHouse(jobsOf(1, ['alpha/m']), {
      'alpha/m': () => (down ? { kind: 'status', status: 429, headers: { 'retry-after': '200' } } : GOOD),
    });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(6_000);
    expect(house.job(job.id).state).toBe('held');
    house.clock.wallOffset -= HOUR / 2;
    down = false;
    await house.clock.advance(300_000);
    expect(house.job(job.id).state).toBe('done');
  });

  it('back while another process held a lease and died, the lease does not stand for an hour', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => GOOD });
    const job = newJob();
    house.submit(job);
    const claim = { kind: 'claim', route: 'reply', token: 'lost', requestId: 'req_lost', leaseMs: 60_000 } as const;
    house.another('run-2').store.tables.execute(claim);
    house.clock.wallOffset -= HOUR;
    house.worker.start();
    await house.clock.advance(10_000);
    expect(house.job(job.id).state).toBe('done');
  });
});

describe('a deadline', () => {
  it('that passes during an outage ends the job, and says what stood in the way', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => DOWN });
    const job = newJob({ deadlineMs: HOUR });
    house.submit(job);
    house.worker.start();
    await house.clock.advance(HOUR + 10_000);
    expect(house.job(job.id)).toMatchObject({ state: 'expired', failure: { code: 'all_targets_failed' } });
    expect(house.store.view.totals()).toMatchObject([{ state: 'expired', jobs: 1 }]);
  });
});

describe('a cancelled job', () => {
  it('that runs is aborted at the provider, and no answer is stored', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => ({ ...GOOD, afterMs: 80_000 }) });
    const job = newJob({ caller: 'web' });
    house.submit(job);
    house.worker.start();
    await house.clock.advance(1_000);
    expect(house.store.tables.execute({ kind: 'cancel', id: job.id, caller: 'other' })).toBe(0);
    expect(house.store.tables.execute({ kind: 'cancel', id: job.id, caller: 'web' })).toBe(1);
    await house.clock.advance(21_000);
    expect(house.upstream.active.get('alpha/m')).toBe(0);
    await house.clock.advance(80_000);
    expect(house.job(job.id).state).toBe('cancelled');
    expect(house.store.view.result(job.id)).toBeUndefined();
  });
});

describe('a process that stops', () => {
  it('lets what runs end within the grace, and takes nothing more', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => ({ ...GOOD, afterMs: 5_000 }) });
    const [one, two] = [newJob(), newJob()];
    house.submit(one);
    house.submit(two);
    house.worker.start();
    await house.clock.advance(1_000);
    expect(await house.clock.until(house.worker.finish(30_000))).toBe(true);
    expect([one, two].map(({ id }) => house.job(id).state)).toEqual(['done', 'queued']);
    expect(house.clock.pending).toBe(0);
  });

  it('gives back what has not ended then, uncounted, and the next one takes it at once', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), {
      'alpha/m': (_, nth) => (nth === 1 ? { kind: 'hang' } : GOOD),
    });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(1_000);
    expect(await house.clock.until(house.worker.finish(2_000))).toBe(false);
    expect(house.job(job.id)).toMatchObject({ state: 'queued', attempts: 0 });
    const next = house.another('run-2');
    next.worker.start();
    await house.clock.advance(1_000);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 1 });
  });
});

describe('an answer that cannot be written', () => {
  it('is written again until it can, and is paid for once', async () => {
    const house = await jobHouse(jobsOf(1, ['alpha/m']), { 'alpha/m': () => ({ ...GOOD, afterMs: 500 }) });
    const job = newJob();
    house.submit(job);
    house.worker.start();
    await house.clock.advance(100);
    house.store.broken = new Error('the disk is full');
    await house.clock.advance(10_000);
    house.store.broken = undefined;
    await house.clock.advance(3_000);
    expect(house.job(job.id)).toMatchObject({ state: 'done', attempts: 1 });
    expect(house.upstream.requests).toHaveLength(1);
    expect(house.troubles.some((trouble) => trouble.includes('the disk is full'))).toBe(true);
  });
});
