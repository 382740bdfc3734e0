import { describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import { chatRequest, engineDeps, route, routeTarget, textOf } from './engine-kit.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { seededChance } from './seeded-chance.ts';
import { VirtualClock } from './virtual-clock.ts';
import { drawMs, TokenBucket, type VirtualFault } from './virtual-incident.ts';
import { VirtualProvider, type VirtualTemper, VirtualUpstream } from './virtual-provider.ts';

function house(temper: VirtualTemper) {
  const clock = new VirtualClock();
  const provider = new VirtualProvider('alpha', temper, { clock, seed: 1 });
  const ledger = new MemoryLedger();
  const deps = engineDeps({ clock, upstream: new VirtualUpstream([provider]), ledger, seed: 1 });
  let asked = 0;
  const ask = async (body: Record<string, unknown> = {}) => {
    asked += 1;
    const events: ChatEvent[] = [];
    const order = {
      requestId: `req_${asked}`,
      request: chatRequest(body),
      route: route([routeTarget('alpha/one')], { attempts: 1 }),
      signal: new AbortController().signal,
      startedAt: clock.now(),
    };
    const result = await clock.until(run(order, { open() {}, write: (more) => void events.push(...more) }, deps));
    if (result.kind === 'served') events.push(...result.events);
    return { result, events, faults: ledger.attempts.filter(({ requestId }) => requestId === order.requestId) };
  };
  return { clock, provider, ledger, ask };
}

describe('a virtual provider', () => {
  test('answers streamed and whole in words that name it, and counts what it told', async () => {
    const { ask, provider, ledger } = house({ pieces: [3, 3] });
    const streamed = await ask();
    const whole = await ask({ stream: false });
    expect(textOf(streamed.events)).toBe('alpha#1.0/3 alpha#1.1/3 alpha#1.2/3 ');
    expect(textOf(whole.events)).toBe('alpha#2.0/3 alpha#2.1/3 alpha#2.2/3 ');
    const billed = ledger.attempts.reduce((sum, { usage }) => sum + (usage.outputTokens ?? 0), 0);
    expect(provider.meter).toMatchObject({ seen: 2, answered: 2, active: 0, toldOutputTokens: billed });
    expect(billed).toBeGreaterThan(0);
  });

  test('calls the tool that it is given, and keeps to JSON where a schema is asked for', async () => {
    const { ask } = house({});
    const tool = { type: 'function', function: { name: 'note', parameters: { type: 'object' } } };
    const called = await ask({ tools: [tool] });
    expect(called.events.find(({ type }) => type === 'tool-call-start')).toMatchObject({ name: 'note' });
    const schema = { type: 'object', required: ['said'] };
    const format = { type: 'json_schema', json_schema: { name: 'said', schema } };
    const told = await ask({ response_format: format });
    expect(JSON.parse(textOf(told.events))).toHaveProperty('said');
  });

  const faults: [VirtualFault, string][] = [
    [{ kind: 'status', status: 503 }, 'server-error'],
    [{ kind: 'refused-connection' }, 'connection-failed'],
    [{ kind: 'black-hole' }, 'timed-out'],
    [{ kind: 'stale-socket' }, 'stale-connection'],
    [{ kind: 'cut', afterPieces: 0, how: 'ends' }, 'bad-response'],
    [{ kind: 'cut', afterPieces: 1, how: 'reset' }, 'bad-response'],
    [{ kind: 'stall', afterPieces: 0 }, 'timed-out'],
    [{ kind: 'garbage', what: 'html' }, 'bad-response'],
    [{ kind: 'garbage', what: 'not-json' }, 'bad-response'],
    [{ kind: 'garbage', what: 'empty' }, 'bad-response'],
    [{ kind: 'garbage', what: 'error-body' }, 'bad-response'],
    [{ kind: 'rate-limit', retryAfterS: 7 }, 'rate-limited'],
    [{ kind: 'quota' }, 'quota-exhausted'],
    [{ kind: 'retired' }, 'model-not-found'],
    [{ kind: 'bad-credential' }, 'credential-refused'],
    [{ kind: 'breaks-contract' }, 'bad-response'],
  ];
  test.each(faults)('fails as told: %j is %s', async (fault, kind) => {
    const { ask, provider } = house({
      incidents: [{ fromMs: 0, untilMs: Number.POSITIVE_INFINITY, share: 1, fault }],
    });
    const { faults: rows } = await ask();
    expect(rows[0]?.fault?.kind).toBe(kind);
    expect(provider.meter.active).toBe(0);
  });

  test('works on no more at once than it can, and refuses what its queue cannot hold', async () => {
    const { clock, provider } = house({ capacity: { concurrent: 2, queue: 3 } });
    const statuses = await sendAll({ clock, provider }, 10);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 503)).toHaveLength(5);
  });

  test('limits its rate by a bucket, and names the wait', async () => {
    const { clock, provider } = house({ rateLimit: { perMinute: 60, burst: 3, tells: true } });
    const statuses = await sendAll({ clock, provider }, 5);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    await clock.advance(1_000);
    expect(await sendAll({ clock, provider }, 1)).toEqual([200]);
  });

  test('stops for good once its spend cap is reached', async () => {
    const { ask } = house({ spendCapTokens: 1 });
    await ask();
    const { faults: rows } = await ask();
    expect(rows[0]?.fault?.kind).toBe('quota-exhausted');
  });
});

async function sendAll({ clock, provider }: { clock: VirtualClock; provider: VirtualProvider }, count: number) {
  const target = routeTarget('alpha/one').target;
  const answers = Array.from({ length: count }, () =>
    provider.send({
      target,
      path: '/chat/completions',
      headers: {},
      body: { model: 'one', messages: [] },
      stream: false,
      connectMs: 1_000,
      freshConnection: false,
      signal: new AbortController().signal,
    }),
  );
  const settled = await clock.until(Promise.all(answers));
  return settled.map((answer) => (answer.kind === 'refused' ? answer.response.status : answer.status));
}

test('latencies are log-normal: half of them below the median, one in a hundred 3.2 times as long at 0.5', () => {
  const chance = seededChance(3);
  const drawn = Array.from({ length: 20_000 }, () => drawMs({ medianMs: 400, sigma: 0.5 }, chance)).sort(
    (a, b) => a - b,
  );
  expect(drawn[10_000]).toBeGreaterThan(390);
  expect(drawn[10_000]).toBeLessThan(410);
  expect((drawn[19_800] ?? 0) / 400).toBeGreaterThan(3);
  expect((drawn[19_800] ?? 0) / 400).toBeLessThan(3.4);
});

test('a bucket never holds more than its burst, and refills evenly', () => {
  const bucket = new TokenBucket({ perMinute: 60, burst: 2 }, 0);
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 1_000]);
  expect(bucket.take(500)).toBe(500);
  expect(bucket.level(60_000)).toBe(2);
  expect(() => new TokenBucket({ perMinute: 0, burst: 1 }, 0)).toThrow('perMinute must be above 0, got 0');
});
