import { describe, expect, it } from 'vitest';
import { deliveryVerdict } from '../../src/engine/job-courier.ts';
import type { WebhookAnswer } from '../../src/engine/job-store.ts';
import { Secret } from '../../src/upstream/secret.ts';
import { createWebhookSender, webhookKey } from '../../src/upstream/webhook-sender.ts';
import { route, routeTarget } from '../kit/engine-kit.ts';
import { jobHouse, newJob } from '../kit/job-kit.ts';
import { startReceiver, WEBHOOK_SECRET } from '../kit/webhook-receiver.ts';

const HOUR = 3_600_000;
const ROUTE = route([routeTarget('alpha/m')], { defer: { when: 'on-request', concurrency: 4 } });
const GOOD = { 'alpha/m': () => ({ kind: 'answer', text: 'Here.' }) as const };

describe('a receiver', () => {
  it('that is down for a while gets each message under one id, with growing pauses, until it takes it', async () => {
    let down = true;
    const house = await jobHouse(ROUTE, GOOD, {
      answer: () => (down ? { kind: 'unreachable', why: 'ECONNREFUSED' } : { kind: 'answered', status: 200 }),
    });
    const jobs = Array.from({ length: 5 }, () => newJob({ webhook: 'ends' }));
    for (const job of jobs) house.submit(job);
    house.worker.start();
    house.courier.start();
    await house.clock.advance(10 * 60_000);
    expect(house.store.view.deliveries(jobs[0]?.id ?? '')).toMatchObject([{ state: 'pending', error: 'ECONNREFUSED' }]);
    down = false;
    await house.clock.advance(HOUR);
    expect(jobs.map(({ id }) => house.store.view.deliveries(id).map(({ state }) => state))).toEqual(
      jobs.map(() => ['delivered']),
    );
    const ids = new Set(house.messages.map(({ id }) => id));
    expect(ids.size).toBe(5);
    const bodies = new Set(house.messages.map(({ id, body }) => `${id} ${body}`));
    expect(bodies.size).toBe(5);
    const sent = house.messages.length;
    await house.clock.advance(24 * HOUR);
    expect(house.messages).toHaveLength(sent);
    expect(house.troubles).toEqual([]);
  });

  it('that never takes it is given up after twelve tries, and an operator can have it sent again', async () => {
    const house = await jobHouse(ROUTE, GOOD, { answer: () => ({ kind: 'answered', status: 500 }) });
    const job = newJob({ webhook: 'ends' });
    house.submit(job);
    house.worker.start();
    house.courier.start();
    await house.clock.advance(6 * HOUR);
    expect(house.store.view.deliveries(job.id)).toMatchObject([{ state: 'dead', tries: 12 }]);
    expect(house.messages).toHaveLength(12);
    expect(house.store.tables.execute({ kind: 'retry', id: job.id, deadlineMs: HOUR })).toBe(1);
    await house.clock.advance(2_000);
    expect(house.messages).toHaveLength(13);
    expect(house.job(job.id).state).toBe('done');
  });

  it('whose process died with the message on its way gets it again, under the same id', async () => {
    const house = await jobHouse(ROUTE, GOOD);
    const job = newJob({ webhook: 'ends' });
    house.submit(job);
    house.worker.start();
    await house.clock.advance(1_000);
    const dead = house.another('run-dead').store;
    expect(dead.tables.execute({ kind: 'claim-delivery', token: 'lost', leaseMs: 60_000 })).toBe(1);
    const { id } = house.store.view.delivery('lost') ?? {};
    house.courier.start();
    await house.clock.advance(30_000);
    expect(house.messages).toEqual([]);
    await house.clock.advance(60_000);
    expect(house.messages.map((message) => message.id)).toEqual([id]);
  });
});

describe('an answer', () => {
  it.each<[string, WebhookAnswer, number, string]>([
    ['200', { kind: 'answered', status: 200 }, 1, 'delivered'],
    ['299', { kind: 'answered', status: 299 }, 1, 'delivered'],
    ['a redirect, which is not followed', { kind: 'answered', status: 302 }, 1, 'again'],
    ['410', { kind: 'answered', status: 410 }, 1, 'dead'],
    ['404', { kind: 'answered', status: 404 }, 11, 'again'],
    ['the last try', { kind: 'answered', status: 404 }, 12, 'dead'],
    ['an endpoint that is gone from the configuration', { kind: 'unknown-endpoint' }, 1, 'dead'],
    ['no answer', { kind: 'unreachable', why: 'ECONNRESET' }, 1, 'again'],
  ])('%s', (_, answer, tries, kind) => {
    expect(deliveryVerdict(answer, tries, 0.5).kind).toBe(kind);
  });

  it('with Retry-After is waited for, and never for more than an hour', () => {
    const asked = (retryAfterMs: number) => deliveryVerdict({ kind: 'answered', status: 503, retryAfterMs }, 1, 0);
    expect(asked(90_000)).toMatchObject({ kind: 'again', waitMs: 90_000 });
    expect(asked(9e9)).toMatchObject({ kind: 'again', waitMs: HOUR });
  });
});

describe('the sender', () => {
  const message = (signal = new AbortController().signal) =>
    ({
      webhook: 'ends',
      id: 'msg_1',
      timestamp: Math.floor(Date.now() / 1000),
      body: '{"type":"job.done","data":{}}',
      signal,
    }) as const;
  const senderTo = (url: string, secret = WEBHOOK_SECRET) =>
    createWebhookSender(new Map([['ends', { url, secret: async () => new Secret(secret) }]]));

  it('signs as the library of Standard Webhooks verifies, and not with another key', async () => {
    const receiver = await startReceiver();
    try {
      expect(await senderTo(receiver.url).send(message())).toEqual({ kind: 'answered', status: 204 });
      expect(receiver.received).toMatchObject([{ id: 'msg_1', type: 'job.done' }]);
      await senderTo(receiver.url, `whsec_${Buffer.alloc(32).toString('base64')}`).send(message());
      expect(receiver.refused).toHaveLength(1);
    } finally {
      await receiver.close();
    }
  });

  it('follows no redirect and takes what a receiver says of when to come back', async () => {
    const receiver = await startReceiver();
    const [there, later]: readonly { status: number; headers: Record<string, string> }[] = [
      { status: 307, headers: { location: '/elsewhere' } },
      { status: 429, headers: { 'retry-after': '7' } },
    ];
    receiver.answer = (nth) => (nth === 1 ? there : later);
    try {
      const sender = senderTo(receiver.url);
      expect(await sender.send(message())).toMatchObject({ status: 307 });
      expect(await sender.send(message())).toEqual({ kind: 'answered', status: 429, retryAfterMs: 7_000 });
      expect(receiver.received).toHaveLength(2);
    } finally {
      await receiver.close();
    }
  });

  it('does not wait when the process stops', async () => {
    const receiver = await startReceiver();
    receiver.answer = () => undefined;
    const stop = new AbortController();
    const sent = senderTo(receiver.url).send(message(stop.signal));
    setTimeout(() => stop.abort(), 100);
    expect(await sent).toMatchObject({ kind: 'unreachable' });
    await receiver.close();
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://[::ffff:169.254.169.254]/',
    'ftp://example.com/',
    'https://user:word@example.com/',
  ])('refuses the address %s', (url) => {
    expect(() => senderTo(url)).toThrow(/webhooks\.ends\.url/);
  });

  it.each(['', 'secret', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${Buffer.alloc(65).toString('base64')}`])(
    'takes no secret such as "%s", and does not repeat it',
    (value) => {
      if (value === '') return expect(() => new Secret(value)).toThrow();
      expect(() => webhookKey('ends', new Secret(value))).toThrow(
        'webhooks.ends.secret must be whsec_ and 24 to 64 bytes in base64',
      );
    },
  );
});
