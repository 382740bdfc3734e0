import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { Clock } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/system-clock.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

const MINUTE = 60_000;
/** The route of `docs/preference.md`, whose example is what runs here. */
const EXAMPLE = failoverOf(readFileSync(new URL('../../docs/preference.md', import.meta.url), 'utf8'));

function failoverOf(page: string): Record<string, unknown> {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  return parse(yaml).routes['support-reply'].failover;
}

/** Real time, and leaps over the minutes in which nothing happens. */
class LeapingClock implements Clock {
  leapt = 0;
  now = () => systemClock.now() + this.leapt;
  wallNow = () => systemClock.wallNow() + this.leapt;
  setTimer = systemClock.setTimer;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function house(options: HouseOptions = {}) {
  const clock = new LeapingClock();
  const at = await startHouse({ targets: ['alpha/steady-1', 'beta/terse-1'], clock, ...options });
  closing.push(() => at.close());
  return { at, clock };
}

interface Told {
  readonly id: string;
  readonly by: string;
  readonly degraded: string | undefined;
  readonly text: string;
}

async function ask(at: House, messages: readonly object[], headers: Record<string, string> = {}): Promise<Told> {
  const response = await fetch(`${at.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'reply', messages }),
  });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  return {
    id: response.headers.get('x-understudy-request-id') ?? '',
    by: response.headers.get('x-understudy-served-by') ?? '',
    degraded: response.headers.get('x-understudy-degraded-reason') ?? undefined,
    text: body.choices[0]?.message.content ?? '',
  };
}

const HELLO = [{ role: 'user', content: 'Hello' }];

async function explained(at: House, id: string): Promise<string> {
  const stored = await eventually(
    () => at.reader.request(id),
    (row) => row?.outcome === 'served',
  );
  return stored ? explainRequest(stored).join('\n') : '';
}

describe('the score', () => {
  test('a primary that has been slow for minutes is left, and comes back when it is quick again', async () => {
    const { at, clock } = await house({ failover: EXAMPLE });
    const load = async (requests: number) => {
      const told: Told[] = [];
      for (let nth = 0; nth < requests; nth += 1) {
        told.push(await ask(at, HELLO));
        clock.leapt += 4_000;
      }
      return told;
    };
    at.simulator.script('alpha', { fault: 'none', delayMs: 60 });
    await load(90);
    const moved = await load(15);
    expect(moved.filter(({ by }) => by === 'beta/terse-1').length).toBeGreaterThanOrEqual(14);
    const last = moved.find(({ by }) => by === 'beta/terse-1');
    expect(last?.degraded).toBe('fallback: score');
    const story = await explained(at, last?.id ?? '');
    expect(story).toMatch(/beta\/terse-1 goes first \(score\)/);
    expect(story).toMatch(
      /alpha\/steady-1 is [\d.]+ times as bad by the score \(failure 1\.00 times, latency [\d.]+ times/,
    );
    at.simulator.script('alpha', undefined);
    at.simulator.script('beta', { fault: 'none', delayMs: 30 });
    await load(120);
    const back = await load(15);
    expect(back.filter(({ by }) => by === 'alpha/steady-1').length).toBeGreaterThanOrEqual(14);
  });
});

describe('a status page', () => {
  test('tells of an outage: the others go first; it clears: the primary is back', async () => {
    const page = { indicator: 'operational' };
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(summary(page.indicator));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    closing.push(() => new Promise((closed) => server.close(() => closed())));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/summary.json`;
    const alpha = { statusPage: { kind: 'statuspage', url, components: ['Chat'] } };
    const { at, clock } = await house({ providers: { alpha } });
    expect((await ask(at, HELLO)).by).toBe('alpha/steady-1');
    page.indicator = 'major_outage';
    // An answer of the last minute contradicts the page.
    const inDoubt = await eventually(
      () => {
        clock.leapt += 2 * MINUTE;
        return ask(at, HELLO);
      },
      ({ by }) => by === 'beta/terse-1',
    );
    expect(inDoubt.degraded).toBe('fallback: status-page');
    expect(await explained(at, inDoubt.id)).toMatch(/status pages speak against alpha\/steady-1: outage/);
    page.indicator = 'operational';
    const clear = await eventually(
      () => {
        clock.leapt += MINUTE;
        return ask(at, HELLO);
      },
      ({ by }) => by === 'alpha/steady-1',
    );
    expect(clear.degraded).toBeUndefined();
  });
});

/** As Atlassian Statuspage writes it. */
function summary(status: string): string {
  const updated = '2026-01-01T00:00:00.000Z';
  const base = { page_id: 'p', group_id: null, group: false, created_at: updated, updated_at: updated, position: 1 };
  return JSON.stringify({
    page: { id: 'p', name: 'Alpha', url: 'https://status.example.com', time_zone: 'Etc/UTC', updated_at: updated },
    components: [{ ...base, id: 'c', name: 'Chat', status, description: null, only_show_if_degraded: false }],
    incidents: [],
    scheduled_maintenances: [],
    status: { indicator: status === 'operational' ? 'none' : 'critical', description: status },
  });
}

describe('a conversation of an outage that is over', () => {
  test('stays with the target that came to serve it, new ones go to the primary, and in the end it goes back', async () => {
    const { at, clock } = await house({ failover: { ...EXAMPLE, attempts: 1, score: 'off' } });
    const talk: object[] = [];
    const say = async (content: string, headers = {}) => {
      talk.push({ role: 'user', content });
      const told = await ask(at, talk, headers);
      talk.push({ role: 'assistant', content: told.text });
      return told;
    };
    expect((await say('Hello')).by).toBe('alpha/steady-1');
    at.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 1 });
    expect(await say('Still there?')).toMatchObject({ by: 'beta/terse-1', degraded: 'fallback: server-error' });
    const stays = await say('And now?');
    expect(stays).toMatchObject({ by: 'beta/terse-1', degraded: 'fallback: affinity' });
    expect(await explained(at, stays.id)).toMatch(/it has had this conversation for \d+ s and 1 answers/);
    expect(await ask(at, HELLO)).toMatchObject({ by: 'alpha/steady-1', degraded: undefined });
    clock.leapt += 31 * MINUTE;
    const back = await say('Are you back?');
    expect(back).toMatchObject({ by: 'alpha/steady-1', degraded: undefined });
    expect(await explained(at, back.id)).toMatch(
      /alpha\/steady-1 goes first \(failback\)[\s\S]*it was away for 18\d\d s/,
    );
    expect((await say('Good.')).by).toBe('alpha/steady-1');
  });

  test('is known by the name that its caller gives it', async () => {
    const { at } = await house({ failover: { attempts: 1 } });
    const named = { 'x-understudy-conversation': 'c-1' };
    at.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 1 });
    expect((await ask(at, HELLO, named)).by).toBe('beta/terse-1');
    expect((await ask(at, HELLO, named)).degraded).toBe('fallback: affinity');
    expect((await ask(at, HELLO)).by).toBe('alpha/steady-1');
  });

  test('goes with the order of the route where affinity is off', async () => {
    const { at } = await house({ failover: { attempts: 1, affinity: 'off' } });
    const named = { 'x-understudy-conversation': 'c-1' };
    at.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 1 });
    expect((await ask(at, HELLO, named)).by).toBe('beta/terse-1');
    expect((await ask(at, HELLO, named)).by).toBe('alpha/steady-1');
  });
});
